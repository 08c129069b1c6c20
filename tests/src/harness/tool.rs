//! A tool behind the door, made of a function for each connection.

use std::net::TcpListener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Something that listens on 127.0.0.1 until it is dropped. It has a thread of its own, so that it answers while a test waits for
/// a command to end.
#[derive(Debug)]
pub struct Tool {
    /// Where it listens.
    pub port: u16,
    _stop: oneshot::Sender<()>,
}

impl Tool {
    /// Starts it; every connection is handed to this function.
    pub fn start<S, F>(serve: S) -> Self
    where
        S: Fn(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("it can be");
        let port = listener.local_addr().expect("its address").port();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(stream));
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
        });
        Self { port, _stop: stop }
    }

    /// One that has this page at every address.
    pub fn pages(html: &'static str) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
        let answer = format!("{head}Content-Length: {}\r\n\r\n{html}", html.len());
        Self::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
                while !read.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut chunk).await {
                        Ok(count @ 1..) => read.extend_from_slice(&chunk[..count]),
                        _ => return,
                    }
                }
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
