//! The style sheet, the scripts of the desk and of the menu in the tools' pages, and the icon, embedded. Their addresses carry a hash of
//! their content, so caches may keep them for good.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use rust_embed::RustEmbed;
use std::{fmt::Write, sync::LazyLock};

use crate::error::{ApiError, Code};

/// Where they are.
pub(crate) const PREFIX: &str = "/_doorward/assets/";

#[derive(RustEmbed)]
#[folder = "assets"]
struct Embedded;

struct Asset {
    name: &'static str,
    kind: &'static str,
    /// `style-0123456789ab.css`.
    hashed: LazyLock<String>,
}

static STYLE: Asset =
    Asset { name: "style.css", kind: "text/css; charset=utf-8", hashed: LazyLock::new(|| hashed("style", "css")) };
static SCRIPT: Asset =
    Asset { name: "desk.js", kind: "text/javascript; charset=utf-8", hashed: LazyLock::new(|| hashed("desk", "js")) };
static ICON: Asset = Asset { name: "icon.svg", kind: "image/svg+xml", hashed: LazyLock::new(|| hashed("icon", "svg")) };

static MENU: Asset =
    Asset { name: "menu.js", kind: "text/javascript; charset=utf-8", hashed: LazyLock::new(|| hashed("menu", "js")) };

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
    let found = asset.and_then(|asset| Embedded::get(asset.name).map(|content| (asset.kind, content.data)));
    let (kind, content) = found.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], content).into_response())
}

fn hashed(stem: &str, extension: &str) -> String {
    let content = Embedded::get(&format!("{stem}.{extension}"));
    let hash = content.map(|content| content.metadata.sha256_hash()).unwrap_or_default();
    let short = hash.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("{stem}-{short}.{extension}")
}
