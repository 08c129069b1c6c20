//! The style sheet, the scripts of the desk and of the menu in the tools' pages, and the icon, embedded. Their addresses carry a hash of
//! their content, so caches may keep them for good.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use rust_embed::RustEmbed;
use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use crate::error::{ApiError, Code};

/// Where they are.
pub(crate) const PREFIX: &str = "/_doorward/assets/";

#[derive(RustEmbed)]
#[folder = "assets"]
struct Embedded;

struct Asset {
    name: &'static str,
    kind: &'static str,
    /// A file that stands in it, where a comment names it.
    part: Option<&'static str>,
    /// `style-0123456789ab.css`.
    hashed: LazyLock<String>,
}

static STYLE: Asset = Asset {
    name: "style.css",
    kind: "text/css; charset=utf-8",
    part: None,
    hashed: LazyLock::new(|| hashed("style", "css", None)),
};
static SCRIPT: Asset = Asset {
    name: "desk.js",
    kind: "text/javascript; charset=utf-8",
    part: None,
    hashed: LazyLock::new(|| hashed("desk", "js", None)),
};
static ICON: Asset = Asset {
    name: "icon.svg",
    kind: "image/svg+xml",
    part: None,
    hashed: LazyLock::new(|| hashed("icon", "svg", None)),
};

static MENU: Asset = Asset {
    name: "menu.js",
    kind: "text/javascript; charset=utf-8",
    part: Some("menu.css"),
    hashed: LazyLock::new(|| hashed("menu", "js", Some("menu.css"))),
};

/// The address of the style sheet.
pub(crate) fn style() -> String {
    format!("{PREFIX}{}", *STYLE.hashed)
}

/// The address of the script.
pub(crate) fn script() -> String {
    format!("{PREFIX}{}", *SCRIPT.hashed)
}

/// The address of the icon.
pub(crate) fn icon() -> String {
    format!("{PREFIX}{}", *ICON.hashed)
}

/// The address of the script that is our menu in the tools' pages. It is the same for everybody and holds nothing of anybody.
pub(crate) fn menu() -> String {
    format!("{PREFIX}{}", *MENU.hashed)
}

/// One of them.
pub(crate) async fn show(Path(file): Path<String>) -> Result<Response, ApiError> {
    let asset = [&STYLE, &SCRIPT, &ICON, &MENU].into_iter().find(|asset| *asset.hashed == file);
    let found = asset.and_then(|asset| content(asset).map(|content| (asset.kind, content)));
    let (kind, content) = found.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], content).into_response())
}

/// Its bytes, with its part where the comment is that names it.
fn content(asset: &Asset) -> Option<Cow<'static, [u8]>> {
    let whole = Embedded::get(asset.name)?.data;
    let Some(part) = asset.part else { return Some(whole) };
    let text = Embedded::get(part)?.data;
    let (whole, text) = (std::str::from_utf8(&whole).ok()?, std::str::from_utf8(&text).ok()?);
    Some(Cow::Owned(whole.replacen(&format!("/* {part} */"), text, 1).into_bytes()))
}

fn hashed(stem: &str, extension: &str, part: Option<&str>) -> String {
    let files = [Some(format!("{stem}.{extension}")), part.map(str::to_owned)];
    let hashes = files
        .iter()
        .flatten()
        .map(|file| Embedded::get(file).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    let short = hashes.flat_map(|hash| hash.into_iter().take(6)).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("{stem}-{short}.{extension}")
}
