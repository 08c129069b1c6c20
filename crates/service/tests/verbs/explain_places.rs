//! Where a request goes that is only thought of: by host, path and mount, or by a whole address.

use doorward_service::App;
use doorward_service::explain::ExplainError;
use http::{HeaderValue, Method};
use std::sync::Arc;

use crate::explain::{house, request};
use crate::house::{House, local};

#[tokio::test]
async fn a_path_is_read_below_where_the_app_is_mounted() {
    let house = house().await;
    let app = |address: &str, prefix: &str| {
        let wiki = house.services.apps.find(&"wiki".parse().unwrap()).unwrap();
        let app = App { address: address.to_owned(), prefix: prefix.to_owned(), ..(*wiki).clone() };
        house.services.apps.replace(vec![Arc::new(app)]);
    };
    for (address, prefix, path, expected) in [
        ("/", "", "/page", "allow"),
        ("/wiki/", "/wiki", "/wiki/page", "allow"),
        ("/wiki/", "/wiki", "/page", "refuse"),
        ("/wiki/", "/wiki", "/wikipage", "refuse"),
        ("/wiki/", "/base", "/wiki/page", "allow"),
        ("https://wiki.example.com:8443/", "", "/page", "allow"),
        ("https://tools.example.com/wiki/", "/wiki", "/wiki", "allow"),
        ("https://tools.example.com/wiki/", "/wiki", "/other", "refuse"),
    ] {
        app(address, prefix);
        let asked = request(Some("ada"), None, Method::GET, path, "");
        let explained = house.services.explain.explain(&local(), &asked).await.unwrap();
        assert_eq!(explained.decision, expected, "{address} {prefix} {path}: {}", explained.reason);
    }
}

#[tokio::test]
async fn among_several_apps_one_has_to_be_named() {
    let house = house().await;
    let asked = request(Some("ada"), None, Method::GET, "/", "");
    assert!(
        matches!(house.services.explain.explain(&local(), &asked).await, Err(ExplainError::NoApp(_))),
        "both are at /"
    );
    let asked = request(Some("ada"), Some("nowhere"), Method::GET, "/", "");
    assert!(matches!(house.services.explain.explain(&local(), &asked).await, Err(ExplainError::UnknownApp(_))));
}

/// What a door never gets is not allowed either.
#[tokio::test]
async fn an_address_that_is_none_leads_nowhere() {
    let house = house().await;
    for address in [
        "http://[::",
        "http://",
        "ftp://wiki/",
        "https://a b/",
        "http:///x",
        "http:////x",
        r"http://\x",
        "ws://?x",
        "http://#",
    ] {
        let asked = request(Some("ada"), Some("wiki"), Method::GET, address, "");
        let told = house.services.explain.explain(&local(), &asked).await;
        assert!(matches!(told, Err(ExplainError::NoAddress(_))), "{address}: {told:?}");
    }
    let asked = request(Some("ada"), Some("wiki"), Method::GET, "/?next=http://[::", "");
    assert!(house.services.explain.explain(&local(), &asked).await.is_ok());
}

/// Three apps: one at a host of its own, one below a path, one for the rest.
async fn house_of_three() -> House {
    let house = house().await;
    let wiki = house.services.apps.find(&"wiki".parse().unwrap()).unwrap();
    let app = |name: &str, address: &str| {
        Arc::new(App {
            name: name.parse().unwrap(),
            address: address.to_owned(),
            prefix: String::new(),
            ..(*wiki).clone()
        })
    };
    house.services.apps.replace(vec![
        app("rest", "/"),
        app("notes", "/notes/"),
        app("etl", "https://etl.example.com:8443/"),
    ]);
    house
}

#[tokio::test]
async fn the_app_is_found_by_host_and_path_as_the_door_finds_it() {
    let house = house_of_three().await;
    let mut told = Vec::new();
    for (host, path) in [
        (None, "/page"),
        (None, "/notes/page"),
        (None, "/notesy"),
        (None, "https://ETL.example.com./notes/page?x=1#there"),
        (Some("etl.example.com:1"), "/page"),
        (Some("etl.example.com"), "http://elsewhere/notes"),
        (Some("elsewhere"), "/page?to=https://etl.example.com/"),
        (None, "/notes%2Fpage"),
        (None, "/a/../b"),
        (None, "/_doorward/login"),
        (None, "/%5Fdoorward"),
    ] {
        let mut asked = request(Some("ada"), None, Method::GET, path, "");
        if let Some(host) = host {
            asked.headers.insert("host", HeaderValue::from_static(host));
        }
        let found = match house.services.explain.explain(&local(), &asked).await {
            Ok(e) if e.app.is_some() => format!("{} {}", e.app.unwrap(), e.decision),
            Ok(e) => format!("{}: {}", e.decision, e.reason),
            Err(error) => error.to_string(),
        };
        told.push(format!("{} {path}: {found}", host.unwrap_or("-")));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    - /page: rest allow
    - /notes/page: notes allow
    - /notesy: rest allow
    - https://ETL.example.com./notes/page?x=1#there: etl allow
    etl.example.com:1 /page: etl allow
    etl.example.com http://elsewhere/notes: notes allow
    elsewhere /page?to=https://etl.example.com/: rest allow
    - /notes%2Fpage: refuse: The path can be read in two ways that lead to different places.
    - /a/../b: refuse: The path holds a dot segment.
    - /_doorward/login: /_doorward/login is Doorward's own; no app is asked there
    - /%5Fdoorward: /%5Fdoorward is Doorward's own; no app is asked there
    ");
}

#[tokio::test]
async fn which_apps_there_are_is_told_to_administrators_only() {
    let house = house_of_three().await;
    let only_at_a_host = house.services.apps.find(&"etl".parse().unwrap()).unwrap();
    house.services.apps.replace(vec![Arc::clone(&only_at_a_host), only_at_a_host]);
    let (ada, root) = (house.actor("ada").await, house.actor("root").await);
    for (app, path) in [(Some("elt"), "/"), (None, "/nowhere")] {
        let asked = request(Some("ada"), app, Method::GET, path, "");
        let own = house.services.explain.explain(&ada, &asked).await.unwrap_err().to_string();
        let all = house.services.explain.explain(&root, &asked).await.unwrap_err().to_string();
        assert!(!own.contains("etl"), "{own}");
        assert!(all.contains("etl"), "{all}");
    }
}
