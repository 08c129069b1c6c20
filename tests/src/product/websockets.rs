//! Sockets whose messages no profile reads: real servers and real clients with the door between them.

use std::process::Command;
use std::time::Duration;

use crate::harness::{Door, PythonTool, python_tools};

#[tokio::test]
async fn code_runs_in_a_jupyter_kernel_through_the_door() {
    let jupyter = PythonTool::jupyter().await;
    let door = Door::guarding(&jupyter.url(), "generic").start().await;
    let dev = door.user("dev", "developer").await;
    let code = "print('the answer is', 6 * 7)";
    let printed = python_tools::run("kernel.py", &[&door.url(""), &dev.cookie, code]);
    assert_eq!(printed.done(), "the answer is 42\nthe answer is 42\n");
    let audit = door.audit();
    let opened: Vec<_> = audit.iter().filter(|event| event["target"] == "WEBSOCKET /**").collect();
    assert_eq!(opened.len(), 2, "{audit:#?}");
    assert!(opened.iter().all(|event| event["actor"] == "dev" && event["outcome"] == "success"), "{opened:#?}");
}

#[tokio::test]
async fn a_viewer_does_not_get_to_a_kernel() {
    let jupyter = PythonTool::jupyter().await;
    let door = Door::guarding(&jupyter.url(), "generic").start().await;
    let vera = door.user("vera", "viewer").await;
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let asked = vera.ask(reqwest::Method::GET, "/api/kernels/00000000-0000-0000-0000-000000000000/channels");
    let asked = upgrade.iter().fold(asked, |asked, (name, value)| asked.header(*name, *value));
    assert_eq!(asked.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn python_websockets_talks_to_itself_through_the_door() {
    let echo = PythonTool::echo().await;
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let dev = door.user("dev", "developer").await;
    let printed = python_tools::run("echo.py", &["ask", &door.url(""), &dev.cookie]);
    assert_eq!(printed.done(), "chat permessage-deflate Upgrade\n1000 done\n");
}

#[tokio::test]
async fn a_stopping_door_tells_clients_that_it_goes_away() {
    let echo = PythonTool::echo().await;
    let mut door = Door::guarding(&echo.url(), "generic").config("shutdown_grace: 30s").start().await;
    let dev = door.user("dev", "developer").await;
    let waiting = tokio::task::spawn_blocking({
        let (url, cookie) = (door.url(""), dev.cookie.clone());
        move || python_tools::run("echo.py", &["wait", &url, &cookie]).done()
    });
    // The socket is open once it is in the log.
    let opened = || async {
        door.audit().iter().any(|event| event["target"] == "WEBSOCKET /**" && event["outcome"] == "success")
    };
    assert!(crate::harness::eventually(Duration::from_secs(30), opened).await);
    let status = Command::new("kill").args(["-TERM", &door.process.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert!(door.process.end_within(Duration::from_secs(8)).await.is_some(), "the socket holds the door open");
    assert_eq!(waiting.await.unwrap(), "1001 going away\n");
}
