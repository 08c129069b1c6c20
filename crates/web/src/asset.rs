//! The style sheet, the scripts of the desk and of the menu in the tools' pages, and the icon, embedded. Their addresses carry a hash of
//! their content, so caches may keep them for good.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use doorward_http::desk_paths::ASSETS;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, sync::LazyLock};

use crate::error::{ApiError, Code};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Embedded;

struct Asset {
    name: &'static str,
    kind: &'static str,
    /// Files that stand in it, each where a comment names it.
    parts: &'static [&'static str],
    /// `style-0123456789ab.css`.
    hashed: LazyLock<String>,
}

static STYLE: Asset =
    Asset { name: "style.css", kind: "text/css; charset=utf-8", parts: &[], hashed: LazyLock::new(|| hashed(&STYLE)) };
static SCRIPT: Asset = Asset {
    name: "desk.js",
    kind: "text/javascript; charset=utf-8",
    parts: &[],
    hashed: LazyLock::new(|| hashed(&SCRIPT)),
};
static ICON: Asset =
    Asset { name: "icon.svg", kind: "image/svg+xml", parts: &[], hashed: LazyLock::new(|| hashed(&ICON)) };

static MENU: Asset = Asset {
    name: "menu.js",
    kind: "text/javascript; charset=utf-8",
    parts: &[
        "menu/session.js",
        "menu/actions.js",
        "menu/drawing.js",
        "menu/placing.js",
        "menu/watching.js",
        "menu.css",
    ],
    hashed: LazyLock::new(|| hashed(&MENU)),
};

/// The address of the style sheet.
pub(crate) fn style() -> String {
    format!("{ASSETS}{}", *STYLE.hashed)
}

/// The address of the script.
pub(crate) fn script() -> String {
    format!("{ASSETS}{}", *SCRIPT.hashed)
}

/// The address of the icon.
pub(crate) fn icon() -> String {
    format!("{ASSETS}{}", *ICON.hashed)
}

/// The address of the script that is our menu in the tools' pages. It is the same for everybody and holds nothing of anybody.
pub(crate) fn menu() -> String {
    format!("{ASSETS}{}", *MENU.hashed)
}

/// One of them.
pub(crate) async fn show(Path(file): Path<String>) -> Result<Response, ApiError> {
    let asset = [&STYLE, &SCRIPT, &ICON, &MENU].into_iter().find(|asset| *asset.hashed == file);
    let found = asset.and_then(|asset| content(asset).map(|content| (asset.kind, content)));
    let (kind, content) = found.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], content).into_response())
}

/// Its bytes, with each part where the comment is that names it.
fn content(asset: &Asset) -> Option<Cow<'static, [u8]>> {
    let whole = Embedded::get(asset.name)?.data;
    if asset.parts.is_empty() {
        return Some(whole);
    }
    let whole = String::from_utf8(whole.into_owned()).ok()?;
    let whole = asset.parts.iter().try_fold(whole, |whole, part| {
        let text = Embedded::get(part)?.data;
        Some(whole.replacen(&format!("/* {part} */"), std::str::from_utf8(&text).ok()?, 1))
    });
    whole.map(|text| Cow::Owned(text.into_bytes()))
}

/// Its name, with the beginning of its content's hash.
fn hashed(asset: &Asset) -> String {
    let content = content(asset).unwrap_or_default();
    let hash = hex::encode(Sha256::digest(&content));
    let (stem, extension) = asset.name.split_once('.').unwrap_or((asset.name, ""));
    format!("{stem}-{hash:.12}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_is_one_script_with_all_its_parts() {
        let script = String::from_utf8(content(&MENU).expect("the script").into_owned()).expect("text");
        for part in MENU.parts {
            let text = Embedded::get(part).unwrap_or_else(|| panic!("{part}")).data;
            assert!(!script.contains(&format!("/* {part} */")), "{part} has no place");
            assert!(script.contains(std::str::from_utf8(&text).expect("text")), "{part} is missing");
        }
        let files = Embedded::iter().filter(|file| file.starts_with("menu")).count();
        assert_eq!(files, MENU.parts.len() + 1, "each file of the menu stands in it");
    }
}
