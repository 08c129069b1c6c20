//! A fixed number of requests per second, to see latency without a queue.
//!
//! wrk always asks as fast as it gets answers. Here every connection has a thread that sends on a schedule, whatever the answers
//! do. Latency counts from the send, or from when it should have been sent if the answer before came too late, so that a stall is
//! counted for everything it delays and not only once.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use super::LOAD_CORE;
use crate::failure::{Failure, Outcome, While};

/// Connections, each with its thread.
const CONNECTIONS: u32 = 8;

/// Runs the paced load in a process of its own on the load core and answers with the median latency.
pub fn median_latency(port: u16, path: &str, cookie: Option<&str>, rate: f64, time: Duration) -> Outcome<Duration> {
    let program = std::env::current_exe().during("finding ourselves")?;
    let mut command = Command::new("taskset");
    command.args(["-c", &LOAD_CORE.to_string()]).arg(program).arg("paced-load");
    command.args(["--port", &port.to_string(), "--path", path, "--rate", &rate.to_string()]);
    command.args(["--seconds", &time.as_secs_f64().to_string()]);
    if let Some(cookie) = cookie {
        command.args(["--cookie", cookie]);
    }
    let said = crate::steps::read(&mut command)?;
    let nanoseconds = said.trim().parse().during("reading the median")?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// The process that [`median_latency`] starts: prints nanoseconds.
pub fn generate(port: u16, path: &str, cookie: Option<&str>, rate: f64, seconds: f64) -> Outcome {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{cookie}\r\n");
    let interval = Duration::from_secs_f64(f64::from(CONNECTIONS) / rate);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut latencies = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let request = request.as_bytes();
                scope.spawn(move || {
                    one_connection(port, request, Instant::now() + interval * number / CONNECTIONS, interval, end)
                })
            })
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| Failure::new("a load thread ended badly"))??);
        }
        Ok::<_, Failure>(all)
    })?;
    latencies.sort_unstable();
    let median = latencies.get(latencies.len() / 2).ok_or_else(|| Failure::new("no request was answered"))?;
    println!("{}", median.as_nanos());
    Ok(())
}

fn one_connection(
    port: u16,
    request: &[u8],
    first: Instant,
    interval: Duration,
    end: Instant,
) -> Outcome<Vec<Duration>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).during("connecting")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut latencies = Vec::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut due = first;
    while due < end {
        let now = Instant::now();
        // Sleeping always overshoots a little; that is no latency of the proxy's, so the clock starts at the send.
        let began = if let Some(early) = due.checked_duration_since(now) {
            std::thread::sleep(early);
            Instant::now()
        } else {
            due
        };
        stream.write_all(request)?;
        read_answer(&mut stream, &mut buffer)?;
        latencies.push(began.elapsed());
        due += interval;
    }
    Ok(latencies)
}

/// Reads one answer with a Content-Length to its end.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Outcome {
    let mut filled = 0;
    loop {
        let free = buffer
            .get_mut(filled..)
            .filter(|free| !free.is_empty())
            .ok_or_else(|| Failure::new("an answer over 64 kB"))?;
        let count = stream.read(free).during("reading an answer")?;
        if count == 0 {
            return Err(Failure::new("the connection was closed"));
        }
        filled += count;
        let text = buffer.get(..filled).unwrap_or_default();
        let Some(head) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head_text = String::from_utf8_lossy(text.get(..head).unwrap_or_default()).to_ascii_lowercase();
        if !head_text.starts_with("http/1.1 200") {
            return Err(Failure::new(format!("not a good answer: {head_text}")));
        }
        let length: usize = head_text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse().ok())
            .ok_or_else(|| Failure::new("an answer without Content-Length"))?;
        if filled >= head + 4 + length {
            return Ok(());
        }
    }
}
