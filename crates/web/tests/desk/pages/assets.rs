//! `assets/{file}`.

use crate::support::TestDesk;

#[tokio::test]
async fn the_style_sheet_may_be_kept_for_good_and_pages_never() {
    let desk = TestDesk::fresh().await;
    let page = desk.ask("GET", "/_doorward/setup").navigating().send("").await;
    let (_, rest) = page.text.split_once("<link rel=\"stylesheet\" href=\"").unwrap();
    let style = desk.get(rest.split_once('"').unwrap().0).await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(style.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn nothing_else_is_there() {
    let desk = TestDesk::new().await;
    for file in ["style.css", "style-000000000000.css", "..%2F..%2FCargo.toml", "icon.svg", "desk.js"] {
        let answer = desk.get(&format!("/_doorward/assets/{file}")).await;
        assert_eq!((answer.brief().as_str(), answer.header("cache-control")), ("404 not_found", "no-store"), "{file}");
    }
}

#[tokio::test]
async fn the_only_script_is_ours_and_the_policy_lets_no_other_run() {
    let desk = TestDesk::new().await;
    let page = desk.get("/_doorward/login").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'; script-src 'self'; style-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.text.matches("<script").count(), 1);
    assert!(!page.text.contains("style=") && !page.text.contains("<style"), "nothing stands in the page itself");
    let (_, rest) = page.text.split_once("<script src=\"").unwrap();
    let script = desk.get(rest.split_once('"').unwrap().0).await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    // A path alone may begin with `//`, which is another host to browsers.
    assert!(!script.text.contains("pathname"), "it goes to whole addresses only");
}

#[tokio::test]
async fn the_menu_is_one_script_that_holds_its_styles() {
    let desk = TestDesk::new().await;
    let menu = desk.get(&doorward_web::menu_script()).await;
    assert_eq!((menu.status.as_u16(), menu.header("content-type")), (200, "text/javascript; charset=utf-8"));
    let (_, rest) = menu.text.split_once("var STYLES = `").unwrap();
    let (styles, after) = rest.split_once('`').unwrap();
    assert!(styles.contains(".face {") && styles.contains("/* dark */") && after.starts_with(".split("), "{rest}");
}
