//! Whether the database is there and whole, and the folder it is in is ours alone.

use doorward_domain::AppName;
use doorward_service::ports::{GrantQuery, Paging};
use doorward_store::Store;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Findings, space};
use crate::cli::Outcome;
use crate::cli::support::output::counted;
use crate::compose;
use crate::config::{DatabaseUrl, Loaded};

/// Opens it, and asks it how it is.
pub fn look_at_database(loaded: &Loaded, findings: &mut Findings) -> Outcome<()> {
    let address = compose::database_address(&loaded.config);
    if let Some(file) = compose::missing_database(&address) {
        findings.add("note", "database", format!("{} is not there yet; the first start makes it", file.display()));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match compose::open_store(&address).await {
            Err(error) => findings.add("wrong", "database", error),
            Ok(store) => {
                findings.add("good", "database", address.to_string());
                for (what, result) in store.diagnose().await {
                    findings.add_result(what, result);
                }
                look_at_grants(loaded, &address, &store, findings).await;
            }
        }
    });
    let path = compose::file_of(&address);
    if let Some(folder) = path.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        findings.add_result("data folder", folder_permissions(folder));
        findings.add_result("free space", space::free(folder));
    }
    Ok(())
}

/// Grants on what is no app (any more) wait for an app of that name; most often one was renamed.
async fn look_at_grants(loaded: &Loaded, address: &DatabaseUrl, store: &Store, findings: &mut Findings) {
    let Ok(apps) = compose::known_apps(&loaded.config, address) else { return };
    if apps.is_empty() {
        // A tool that is wrapped is known only while it runs.
        return;
    }
    let grants = store.stores().grants;
    let mut lost = BTreeMap::<AppName, u64>::new();
    let mut cursor = None;
    loop {
        let paging = Paging { limit: 500, cursor, ..Paging::default() };
        let Ok(page) = grants.list(&GrantQuery { paging, ..GrantQuery::default() }).await else { return };
        for grant in page.items {
            if let Some(app) = grant.grant.scope.app().filter(|app| !apps.iter().any(|known| known.name == **app)) {
                *lost.entry(app.clone()).or_default() += 1;
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let command = compose::own_command(loaded);
    for (app, count) in lost {
        let told = format!("{} on `{app}`, which is no app: {command} grant list --app {app}", counted(count, "grant"));
        findings.add("note", "grants", told);
    }
}

/// Whoever may write in the folder can put another database in the place of ours.
fn folder_permissions(folder: &Path) -> Result<String, String> {
    let mode = folder.metadata().map_err(|error| format!("{}: {error}", folder.display()))?.permissions().mode();
    let shared_but_sticky = mode & 0o1000 != 0;
    if mode & 0o022 != 0 && !shared_but_sticky {
        return Err(format!(
            "other users may write in {} ({:o}); run: chmod go-w {0}",
            folder.display(),
            mode & 0o7777
        ));
    }
    Ok(format!("{} ({:o})", folder.display(), mode & 0o7777))
}
