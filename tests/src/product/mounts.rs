//! A tool below a path, the real Flower: with its own prefix, and without.

use reqwest::header::{LOCATION, SET_COOKIE};

use crate::harness::person::{head, text};
use crate::harness::{Door, Person, PythonTool};

/// A door with Flower at `/flower`, and somebody who may look.
async fn mounted(upstream: &str) -> (Door, Person) {
    let app = format!("  flower: {{upstream: \"{upstream}\", profile: generic, path: /flower}}");
    let door = Door::serving(&app).start().await;
    let dev = door.user("dana", "developer").await;
    (door, dev)
}

/// The addresses of the tool that a page names. Flower has no page about this broker, only a link to it.
fn links(page: &str) -> Vec<&str> {
    let after =
        page.split([' ', '\n']).filter_map(|word| word.strip_prefix("href=\"").or_else(|| word.strip_prefix("src=\"")));
    let mut links: Vec<_> =
        after.filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with('/')).collect();
    links.retain(|link| !link.starts_with("/_doorward/") && !link.ends_with("/broker"));
    links.sort_unstable();
    links.dedup();
    links
}

#[tokio::test]
async fn flower_with_its_own_prefix_works_with_all_its_pages_and_assets() {
    let flower = PythonTool::flower(Some("flower")).await;
    for upstream in [flower.url(), format!("{}/flower", flower.url())] {
        let (_door, dev) = mounted(&upstream).await;
        let bare = dev.visit("/flower").await;
        assert_eq!((bare.status().as_u16(), head(&bare, LOCATION.as_str())), (302, "/flower/"));
        let front = dev.visit("/flower/").await;
        assert_eq!(front.status(), 200);
        let page = text(front).await;
        let links = links(&page);
        assert!(links.len() > 8, "{links:?}");
        for link in links {
            assert!(link.starts_with("/flower/"), "{link} leads out of the mount");
            let there = dev.visit(link.split('?').next().unwrap()).await;
            assert_eq!(there.status(), 200, "{link}");
        }
        // Its API asks for credentials of its own unless it is told otherwise.
        let health = dev.get("/flower/healthcheck").await;
        assert_eq!(health.status(), 200);
        assert_eq!(dev.visit("/tasks").await.status(), 404, "nothing of it is outside the mount");
    }
}

#[tokio::test]
async fn flower_at_its_root_is_found_below_the_mount() {
    let flower = PythonTool::flower(None).await;
    let (_door, dev) = mounted(&format!("{}/", flower.url())).await;
    let bare = dev.visit("/flower?a=b").await;
    assert_eq!((bare.status().as_u16(), head(&bare, LOCATION.as_str())), (302, "/flower/?a=b"));
    for path in ["/flower/", "/flower/tasks", "/flower/workers", "/flower/healthcheck"] {
        assert_eq!(dev.visit(path).await.status(), 200, "{path}");
    }
    let front = dev.visit("/flower/").await;
    assert_eq!(head(&front, SET_COOKIE.as_str()).rsplit_once("; ").unwrap().1, "Path=/flower");
    let page = text(front).await;
    // Flower does not heed X-Forwarded-Prefix: its pages name its own paths, which are there below the mount.
    let assets = links(&page).into_iter().filter(|link| link.starts_with("/static/")).collect::<Vec<_>>();
    assert!(assets.len() > 5, "{assets:?}");
    for asset in assets {
        assert_eq!(dev.get(&format!("/flower{asset}")).await.status(), 200, "{asset}");
    }
}

#[tokio::test]
async fn flowers_own_redirects_stay_below_the_mount_both_ways() {
    for (prefix, base, own) in
        [(Some("flower"), "", "%2Fflower"), (Some("flower"), "/flower", "%2Fflower"), (None, "/", "")]
    {
        let flower = PythonTool::flower_asking_who(prefix).await;
        let (_door, dev) = mounted(&format!("{}{base}", flower.url())).await;
        for page in ["", "tasks"] {
            let sent = dev.visit(&format!("/flower/{page}")).await;
            let to = format!("/flower/login?next={own}%2F{page}");
            assert_eq!(
                (sent.status().as_u16(), head(&sent, LOCATION.as_str())),
                (302, to.as_str()),
                "{prefix:?} {base}"
            );
        }
        let login = dev.visit("/flower/login?next=%2Fflower%2Ftasks").await;
        assert!(head(&login, LOCATION.as_str()).starts_with("https://github.com/login/oauth/authorize?"), "{login:?}");
        assert_eq!(dev.visit("/flower/logout").await.status(), 200);
    }
}
