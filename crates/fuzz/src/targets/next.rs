//! Return addresses: after signing in one only ever lands in one of our own apps.

use doorward_service::sign_in::return_address::return_address;
use url::Url;

/// The input is what stands in `next=`.
pub fn next(data: &[u8]) {
    let Ok(wish) = std::str::from_utf8(data) else { return };
    let parse = |text: &str| Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let base = parse("https://tools.example.com/_doorward/login");
    let hosts = [parse("https://dagster.example.com"), parse("http://wiki.example.com:8080")];
    let given = return_address(wish, &base, &hosts);
    assert!(
        given.is_ascii() && !given.bytes().any(|byte| byte.is_ascii_control() || byte == b'\\' || byte == b' '),
        "{given:?}"
    );
    let local = given.starts_with('/');
    assert!(!given.starts_with("//"), "{wish:?} leads to another host: {given}");
    let Ok(there) = base.join(&given) else { panic!("{wish:?} leads nowhere: {given}") };
    let own = there.origin() == base.origin() || hosts.iter().any(|host| host.origin() == there.origin());
    assert!(own, "{wish:?} leads out: {there}");
    assert!(!local || there.origin() == base.origin(), "{wish:?} is no path here: {given}");
    assert!(there.username().is_empty() && there.password().is_none(), "{wish:?} carries a name: {there}");
    let door = ["/_doorward/login", "/_doorward/logout"];
    assert!(there.origin() != base.origin() || !door.contains(&there.path()), "{wish:?} leads in circles: {there}");
    assert_eq!(return_address(&given, &base, &hosts), given, "not stable");
}
