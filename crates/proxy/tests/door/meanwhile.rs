//! Rights that change while a filtered answer is on its way: those of when it is filtered count.

use doorward_domain::{Effect, Role};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::harness::{Person, TestDoor, Tool, ToolWire, body};
use crate::things::{ask, give, person, subject};
use crate::told::{as_answer, is_question, told};

/// What a tool waits for, and by what it is told to go on.
fn gate() -> (Gate, Control) {
    let ((reached, is_reached), (go_on, may_go_on)) = (channel(), channel());
    (Gate(reached, Mutex::new(may_go_on)), Control(is_reached, go_on))
}

struct Gate(Sender<()>, Mutex<Receiver<()>>);

impl Gate {
    fn waits(&self) {
        self.0.send(()).unwrap();
        self.1.lock().unwrap().recv().unwrap();
    }
}

struct Control(Receiver<()>, Sender<()>);

impl Control {
    /// What this person gets who asks for that, and may view the location `b` no more when the tool goes on.
    async fn asked(&self, door: &TestDoor, person: &Person, document: &str) -> String {
        let changing = async {
            while self.0.try_recv().is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            give(door, subject(person), Effect::Deny, Some("location:b")).await;
            tokio::time::sleep(Duration::from_millis(1500)).await;
            self.1.send(()).unwrap();
        };
        let (cookie, document) = (person.cookie(), serde_json::json!({"query": document}));
        let (answer, ()) = tokio::join!(ask(door, &cookie, &document), changing);
        answer
    }
}

/// What a tool answers with the locations `a` and `b`, to whoever asks for their names beside.
fn both(request: &str) -> String {
    let key = request.split("doorward0_").find_map(|rest| rest.split_once("_0:name")).map_or("", |(key, _)| key);
    let entry = |name: &str| format!(r#"{{"name":"{name}","doorward0_{key}_0":"{name}"}}"#);
    let entries = format!("{},{}", entry("a"), entry("b"));
    format!(
        r#"{{"data":{{"capturedLogs":{{"stdout":"x"}},"workspaceOrError":{{"locationEntries":[{entries}],"doorward0_type":"Workspace"}}}}}}"#
    )
}

fn answers(wire: &mut ToolWire, request: &str, between: impl FnOnce()) {
    let answer = both(request);
    let (begin, rest) = answer.split_at(20);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}", answer.len());
    wire.say(&format!("{head}\r\n\r\n{begin}"));
    between();
    wire.say(rest);
}

async fn holder_of_both(door: &TestDoor) -> Person {
    let ada = person(door, "ada").await;
    for location in ["location:a", "location:b"] {
        give(door, subject(&ada), Effect::Allow(Role::Viewer), Some(location)).await;
    }
    ada
}

const LOCATIONS: &str = "workspaceOrError{...on Workspace{locationEntries{name}}}";
const ONLY_A: &str = r#""workspaceOrError":{"locationEntries":[{"name":"a"}]}"#;

#[tokio::test]
async fn rights_that_change_while_the_tool_is_asked_what_it_is_of_count_for_the_answer() {
    let (gate, control) = gate();
    let tool = Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            if is_question(&request) {
                gate.waits();
                wire.say(&as_answer(&told(&request)));
            } else {
                answers(wire, &request, || ());
            }
        }
    });
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = holder_of_both(&door).await;
    let logs = r#"capturedLogs(logKey:["a1" "compute_logs" "x"]){stdout}"#;
    let answer = control.asked(&door, &ada, &format!("{{{logs} {LOCATIONS}}}")).await;
    assert!(body(&answer).contains(ONLY_A) && body(&answer).contains(r#"{"stdout":"x"}"#), "{answer}");
}

#[tokio::test]
async fn rights_that_change_while_an_answer_comes_count_for_it() {
    let (gate, control) = gate();
    let tool = Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            answers(wire, &request, || gate.waits());
        }
    });
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = holder_of_both(&door).await;
    let answer = control.asked(&door, &ada, &format!("{{{LOCATIONS}}}")).await;
    assert!(body(&answer).contains(ONLY_A), "{answer}");
}
