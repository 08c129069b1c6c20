//! The configuration is read again while people are at work: nothing is dropped, and nothing goes by half of the old and half of the new.

use doorward_domain::Role;
use doorward_proxy::{Limits, Site, Sites, Snapshot};
use doorward_service::App;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crate::harness::{TestDoor, Tool, Wire, body, header, status};

/// Says its name and for whom it was asked; a stream says it piece by piece.
fn tool(name: &'static str) -> Tool {
    Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            let said = format!("{name} for {}", header(&request, "x-forwarded-for"));
            if request.starts_with("GET /stream") {
                wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for piece in said.as_bytes() {
                    wire.say(&format!("1\r\n{}\r\n", char::from(*piece)));
                    std::thread::sleep(Duration::from_millis(5));
                }
                wire.say("0\r\n\r\n");
            } else {
                wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()));
            }
        }
    })
}

const CLAIMED: &str = "X-Forwarded-For: 203.0.113.9\r\n";

/// Both ways in which it may have been read: the one tool believing the proxy, or the other believing nobody.
const WHOLE: [&str; 2] = ["one for 203.0.113.9, 127.0.0.1", "other for 127.0.0.1"];

struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    /// Asks for as long as it goes on, and has every answer be whole.
    fn ask(&self, connect: impl Fn() -> Wire, is_kept: bool, send: impl Fn(&mut Wire)) -> [usize; 2] {
        let mut by = [0; 2];
        let mut wire = connect();
        while !self.is_over.load(Relaxed) {
            send(&mut wire);
            let answer = wire.read_message(false).unwrap_or_else(|| panic!("dropped after {by:?}"));
            assert_eq!(status(&answer), 200, "{answer}");
            let said = body(&answer);
            let which =
                WHOLE.iter().position(|whole| *whole == said).unwrap_or_else(|| panic!("half and half: {said}"));
            by[which] += 1;
            self.answered.fetch_add(1, Relaxed);
            if !is_kept || header(&answer, "connection") == "close" {
                wire = connect();
            }
        }
        by
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_every_request_is_answered_by_one_whole_configuration() {
    let (one, other) = (tool("one"), tool("other"));
    let door = Arc::new(TestDoor::build().trusting("127.0.0.0/8").before(&one).await);
    let cookie = Arc::new(door.sign_in("ada", Role::Admin).await.cookie());
    let moved = Site { upstream: other.upstream(), ..door.site.clone() };
    let load = Arc::new(Load { is_over: AtomicBool::new(false), answered: AtomicUsize::new(0) });
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: door\r\n{cookie}{CLAIMED}\r\n");
    let (page, stream) = (get("/page"), get("/stream"));
    let form = format!(
        "POST /form HTTP/1.1\r\nHost: door\r\nOrigin: http://door\r\n{cookie}{CLAIMED}Content-Length: 4\r\n\r\nab"
    );
    let people =
        [(true, page.clone(), ""), (true, page.clone(), ""), (false, page, ""), (true, stream, ""), (true, form, "cd")]
            .map(|(is_kept, first, then)| {
                let (load, door) = (Arc::clone(&load), Arc::clone(&door));
                std::thread::spawn(move || {
                    let send = |wire: &mut Wire| {
                        wire.say(&first);
                        if !then.is_empty() {
                            std::thread::sleep(Duration::from_millis(20));
                            wire.say(then);
                        }
                    };
                    load.ask(|| door.connect(), is_kept, send)
                })
            });
    let mut swaps = 0;
    while load.answered.load(Relaxed) < 2000 && swaps < 5000 {
        let is_one = swaps % 2 == 1;
        let limits = Limits { max_connections: 1000 + swaps, keep_alive: Duration::from_mins(1), ..Limits::default() };
        let (site, proxies) = if is_one { (&door.site, "127.0.0.0/8") } else { (&moved, "192.0.2.0/24") };
        let sites = Sites::new(vec![site.clone()]).unwrap();
        door.door.replace(Snapshot {
            sites,
            trusted_proxies: vec![proxies.parse().unwrap()],
            limits,
            ..Snapshot::default()
        });
        swaps += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    load.is_over.store(true, Relaxed);
    let by = people.map(|person| person.join().expect("every answer is whole"));
    assert!(swaps > 100, "{swaps} times");
    for one_person in by {
        assert!(one_person.iter().all(|answers| *answers > 0), "both were in force: {by:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_longer_trusted_is_not_believed_on_a_connection_from_before() {
    let tool = tool("one");
    let door = TestDoor::build().trusting("127.0.0.0/8").before(&tool).await;
    let cookie = door.sign_in("ada", Role::Viewer).await.cookie();
    let mut wire = door.connect();
    let mut ask = || {
        wire.say(&format!("GET / HTTP/1.1\r\nHost: door\r\n{cookie}{CLAIMED}\r\n"));
        body(&wire.read_message(false).unwrap()).to_owned()
    };
    assert_eq!(ask(), "one for 203.0.113.9, 127.0.0.1");
    let sites = || Sites::new(vec![door.site.clone()]).unwrap();
    door.door.replace(Snapshot { sites: sites(), ..Snapshot::default() });
    assert_eq!(ask(), "one for 127.0.0.1");
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    door.door.replace(Snapshot { sites: sites(), trusted_proxies, ..Snapshot::default() });
    assert_eq!(ask(), "one for 203.0.113.9, 127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_limits_hold_for_connections_from_before() {
    let door = TestDoor::before(&Tool::hello()).await;
    let mut idle = door.connect();
    idle.say("GET / HTTP/1.1\r\nHost: door\r\n\r\n");
    assert_eq!(status(&idle.read_message(false).unwrap()), 401);
    let limits = Limits { keep_alive: Duration::from_millis(200), ..Limits::default() };
    let sites = Sites::new(vec![door.site.clone()]).unwrap();
    door.door.replace(Snapshot { sites, limits, ..Snapshot::default() });
    assert_eq!(tokio::task::spawn_blocking(move || idle.rest()).await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_services_know_of_apps_is_what_the_door_goes_by() {
    let door = TestDoor::before(&Tool::hello()).await;
    let (apps, name) = (&door.services.apps, &door.site.app.name);
    assert!(Arc::ptr_eq(&apps.find(name).unwrap(), &door.site.app));
    let renamed = App { title: "Another".to_owned(), ..App::clone(&door.site.app) };
    let added = App { name: "wiki".parse().unwrap(), ..renamed.clone() };
    let at = |app: &App, path: &str| Site { app: Arc::new(app.clone()), path: path.to_owned(), ..door.site.clone() };
    let (first, again) = (at(&renamed, ""), at(&renamed, "/again"));
    door.replace_sites(vec![first, again, at(&added, "/wiki")]);
    let known: Vec<_> = apps.all().iter().map(|app| (app.name.to_string(), app.title.clone())).collect();
    let expected = [("tool", "Another"), ("wiki", "Another")].map(|(name, title)| (name.to_owned(), title.to_owned()));
    assert_eq!(known, expected, "each once, with no second swap");
    door.replace_sites(Vec::new());
    assert!(apps.find(name).is_none());
}
