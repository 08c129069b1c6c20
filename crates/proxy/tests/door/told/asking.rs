//! When the door asks, how often, and what it takes for an answer.

use super::*;

#[tokio::test]
async fn nobody_whose_rights_do_not_depend_on_it_makes_the_door_ask() {
    let tool = knowing();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    for request in about("b1") {
        assert!(!is_denied(&ask(&door, &ada.cookie(), &request).await), "{request}");
        ask(&door, &bob.cookie(), &request).await;
    }
    let eve = holder(&door, "eve", Role::Viewer).await;
    assert!(is_denied(&ask(&door, &eve.cookie(), &terminate(&["a1"])).await));
    assert!(is_denied(&ask(&door, &eve.cookie(), &json!({"query": "{runsOrError{__typename}}"})).await));
    assert_eq!(questions(&tool).len(), 0);
}

#[tokio::test]
async fn it_asks_once_for_all_and_remembers_it() {
    let tool = answering(|request| {
        std::thread::sleep(Duration::from_millis(200));
        as_answer(&told(request))
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Operator).await;
    let (cookie, many) = (ada.cookie(), terminate(&["a1", "a2", "a3"]));
    let (one, two) = (terminate(&["a1", "a2"]), terminate(&["a2", "a3"]));
    // Meanwhile others want to know the same.
    let answers = tokio::join!(ask(&door, &cookie, &many), ask(&door, &cookie, &one), ask(&door, &cookie, &two));
    for answer in [answers.0, answers.1, answers.2, ask(&door, &cookie, &many).await] {
        assert!(!is_denied(&answer), "{answer}");
    }
    let asked: usize = questions(&tool).iter().map(|question| question.matches("runOrError(").count()).sum();
    assert_eq!(asked, 3, "each run once");
    let all: Vec<String> = (0..65).map(|n| format!("a{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let answer = ask(&door, &cookie, &terminate(&all)).await;
    assert!(is_denied(&answer) && body(&answer).contains("too many things"), "{answer}");
    let before = questions(&tool).len();
    assert!(!is_denied(&ask(&door, &cookie, &terminate(&all[1..])).await));
    assert_eq!(questions(&tool).len(), before + 1);
}

#[tokio::test]
async fn a_tool_that_does_not_tell_is_no_reason_to_allow() {
    type Answer = fn(&str) -> String;
    let faults: [(&str, Answer); 12] = [
        ("slow", |request| {
            std::thread::sleep(Duration::from_secs(4));
            as_answer(&told(request))
        }),
        ("too large", |request| {
            let mut answer = told(request);
            answer["extensions"] = json!("x".repeat(2 << 20));
            as_answer(&answer)
        }),
        ("endless", |_| {
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(40))
        }),
        ("malformed", |_| "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"data\":}".to_owned()),
        ("twice", |_| {
            let text = r#"{"data":{"q0":null},"data":{"q0":{"runId":"a1","jobName":"j","repositoryOrigin":{"repositoryLocationName":"a","repositoryName":"r"}}}}"#;
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        }),
        ("of another", |request| {
            as_answer(&json!({"data": {"q0": told(&request.replace("\"a1\"", "\"a2\""))["data"]["q0"]}}))
        }),
        ("an error", |request| as_answer(&told(request)).replace("200 OK", "500 Internal Server Error")),
        ("elsewhere", |_| "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n".to_owned()),
        ("compressed", |request| {
            as_answer(&told(request)).replace("Content-Type", "Content-Encoding: gzip\r\nContent-Type")
        }),
        ("no HTTP", |_| "nonsense\r\n\r\n".to_owned()),
        ("switched", |_| "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n".to_owned()),
        ("nothing", |_| as_answer(&json!({"errors": [{"message": "no"}]}))),
    ];
    for (fault, answer) in faults {
        let tool = answering(answer);
        let door = TestDoor::build().builtin("dagster").before(&tool).await;
        let ada = holder(&door, "ada", Role::Operator).await;
        let began = Instant::now();
        let answer = ask(&door, &ada.cookie(), &terminate(&["a1"])).await;
        assert!(is_denied(&answer), "{fault}: {answer}");
        let words = if fault == "of another" { "the app knows nothing of it" } else { "the app did not answer" };
        assert!(body(&answer).contains(words), "{fault}: {answer}");
        assert!(began.elapsed() < Duration::from_millis(3500), "{fault}");
        assert_eq!(forwarded(&tool), 0, "{fault}");
    }
    let tool = Tool::absent();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Operator).await;
    let answer = ask(&door, &ada.cookie(), &terminate(&["a1"])).await;
    assert!(is_denied(&answer) && body(&answer).contains("the app did not answer"), "{answer}");
}

#[tokio::test]
async fn what_could_not_be_had_is_asked_for_again_a_moment_later() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let tool = answering(move |request| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        as_answer(&told(request))
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Operator).await;
    assert!(is_denied(&ask(&door, &ada.cookie(), &terminate(&["a1"])).await));
    let began = Instant::now();
    while is_denied(&ask(&door, &ada.cookie(), &terminate(&["a1"])).await) {
        assert!(began.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(questions(&tool).len(), 2);
}

#[tokio::test]
async fn what_ails_one_persons_question_is_not_anothers() {
    // Schedules and sensors cannot be had; and a run that cannot be had takes the others of one question with it.
    let tool = answering(|request| {
        if request.contains("workspaceOrError") || request.contains("\"a-ill\"") {
            return "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        as_answer(&told(request))
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let (ada, eve) = (holder(&door, "ada", Role::Operator).await, holder(&door, "eve", Role::Developer).await);
    for number in 0..5 {
        let run = format!("a{number}");
        for spoiling in [
            json!({"query": format!("mutation{{terminateRun(runId:\"{run}\"){{__typename}} stopSensor(id:\"x{number}\"){{__typename}}}}")}),
            terminate(&[&run, "a-ill"]),
        ] {
            let answer = ask(&door, &eve.cookie(), &spoiling).await;
            assert!(is_denied(&answer), "{answer}");
            let answer = ask(&door, &ada.cookie(), &terminate(&[&run])).await;
            assert!(!is_denied(&answer), "{answer}");
        }
    }
}

#[tokio::test]
async fn what_one_question_does_for_is_asked_once_at_a_time() {
    let tool = answering(|_| {
        std::thread::sleep(Duration::from_millis(300));
        as_answer(&json!({"data": {"q0": {"locationEntries": []}}}))
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let eve = holder(&door, "eve", Role::Developer).await;
    let stop = |number: usize| json!({"query": format!("mutation{{stopSensor(id:\"x{number}\"){{__typename}}}}")});
    let cookie = eve.cookie();
    let stops: Vec<Value> = (0..40).map(stop).collect();
    let answers = futures_util::future::join_all(stops.iter().map(|stop| ask(&door, &cookie, stop))).await;
    assert!(answers.iter().all(|answer| is_denied(answer)));
    // One, and one for all that were wanted meanwhile; twice that, where the door has two workers.
    assert!(questions(&tool).len() <= 6, "{}", questions(&tool).len());
}
