//! What people install, tried from what `cargo xtask dist` built: a wheel, a tarball, a Debian package; and the files that a container
//! and a service are made from.

mod installed;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::wrapping::definitions;
use crate::harness::process::Process;
use crate::harness::{Door, cli, eventually, prepared};

/// The one package whose name ends so.
fn package(ending: &str) -> PathBuf {
    let folder = PathBuf::from(prepared("DOORWARD_TEST_PACKAGES"));
    let entries = std::fs::read_dir(&folder).expect("there are packages").map(|entry| entry.expect("an entry").path());
    let found: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "packages ending in {ending} in {}: {found:?}", folder.display());
    found.into_iter().next().expect("one")
}

/// A program that packages are tried with.
fn tool(name: &str) -> Command {
    Command::new(Path::new(&prepared("DOORWARD_TEST_PACKAGING")).join(name))
}

fn done(command: &mut Command) -> String {
    cli::run(command, "").done()
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn version() -> String {
    format!("doorward {}", env!("CARGO_PKG_VERSION"))
}

fn pip_install(python: &Path) {
    let wheel = package(".whl");
    done(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall"])
            .arg(wheel),
    );
}

#[test]
fn the_wheel_installs_on_every_glibc_that_distributions_still_look_after() {
    let wheel = package(".whl");
    let name = wheel.file_name().expect("a name").to_string_lossy();
    assert!(name.contains("-py3-none-manylinux") && name.contains("manylinux2014_"), "{name}");
    let folder = tempfile::tempdir().expect("a folder");
    done(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(folder.path()));
    let binary = folder.path().join(format!("doorward-{}.data/scripts/doorward", env!("CARGO_PKG_VERSION")));
    let needed = done(Command::new("readelf").args(["--version-info", "--wide"]).arg(binary));
    let newest = needed.split("Name: GLIBC_").skip(1).filter_map(|rest| {
        let (major, minor) = rest.split_whitespace().next()?.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.split('.').next()?.parse::<u32>().ok()?))
    });
    let newest = newest.max().expect("it is linked against glibc");
    assert!(newest <= (2, 17), "it needs glibc {newest:?}");
}

#[test]
fn pip_puts_doorward_into_an_environment_and_without_a_dagster_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = folder.path().join("venv");
    done(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    pip_install(&environment.join("bin/python"));
    let doorward = environment.join("bin/doorward");
    assert_eq!(done(Command::new(&doorward).arg("--version")).trim(), version());
    let alone =
        Command::new(&doorward).arg("dagster").env_clear().env("HOME", folder.path()).output().expect("it starts");
    let said = String::from_utf8_lossy(&alone.stderr);
    assert_eq!(alone.status.code(), Some(127), "{said}");
    assert!(said.contains("dagster-webserver was not found; install it (pip install dagster-webserver)"), "{said}");
}

/// Without the environment in `PATH`: whoever runs `.venv/bin/doorward` means the Dagster in there.
#[tokio::test]
async fn the_wheel_puts_a_login_in_front_of_the_dagster_of_its_environment() {
    let python = PathBuf::from(prepared("DOORWARD_TEST_PYTHON"));
    pip_install(&python);
    let doorward = python.with_file_name("doorward");
    let door = Door::command(&["dagster", "-f", &definitions(), "-p", "{port}"])
        .program(&doorward)
        .env("PATH", "/usr/bin:/bin")
        .env("DAGSTER_HOME", "{folder}")
        .env("DAGSTER_DISABLE_TELEMETRY", "yes")
        .start()
        .await
        .ready()
        .await;
    let page = door.admin().await.get("/server_info").await;
    let said = page.text().await.expect("an answer");
    assert!(said.contains("dagster_webserver_version"), "{said}");
    drop(door);
    done(Command::new(&python).args(["-m", "pip", "uninstall", "--quiet", "--yes", "doorward"]));
}

#[test]
fn uvx_runs_the_wheel() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut uvx = tool("uvx");
    uvx.args(["--offline", "--no-index", "--from"]).arg(package(".whl")).args(["doorward", "--version"]);
    uvx.env("UV_CACHE_DIR", folder.path().join("cache")).env("UV_TOOL_DIR", folder.path().join("tools"));
    assert_eq!(done(&mut uvx).trim(), version());
}

/// It is not in `uvx`'s own environment, but in the one that is active.
#[tokio::test]
async fn uvx_puts_a_login_in_front_of_the_dagster_in_the_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let packaging = PathBuf::from(prepared("DOORWARD_TEST_PACKAGING"));
    let dagster = PathBuf::from(prepared("DOORWARD_TEST_PYTHON"));
    let wheel = package(".whl").display().to_string();
    let (uvx, python) = (packaging.join("uvx").display().to_string(), packaging.join("python").display().to_string());
    let uvx = [&uvx, "--offline", "--no-index", "--python", &python, "--from", &wheel].map(str::to_owned);
    let door = Door::command(&["dagster", "-f", &definitions(), "-p", "{port}"])
        .program(Path::new("doorward"))
        .under(&uvx)
        .env("PATH", format!("{}:/usr/bin:/bin", dagster.parent().expect("a folder").display()))
        .env("UV_CACHE_DIR", folder.path().join("cache").display().to_string())
        .env("UV_TOOL_DIR", folder.path().join("tools").display().to_string())
        .env("DAGSTER_HOME", "{folder}")
        .env("DAGSTER_DISABLE_TELEMETRY", "yes")
        .start()
        .await
        .ready()
        .await;
    let page = door.admin().await.get("/server_info").await;
    let said = page.text().await.expect("an answer");
    assert!(said.contains("dagster_webserver_version"), "{said}");
}

/// `uvx` runs it by its name in a `PATH` that nobody else has.
#[tokio::test]
async fn under_uvx_the_command_that_adds_people_is_one_for_any_shell() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut uvx = tool("uvx");
    // Not one that is found by way of the home folder, which is another here.
    let python = Path::new(&prepared("DOORWARD_TEST_PACKAGING")).join("python");
    uvx.args(["--offline", "--no-index", "--python"]).arg(python).arg("--from").arg(package(".whl"));
    uvx.args(["doorward", "run", "--profile", "generic", "--listen", "127.0.0.1:0", "--", "sleep", "1000"]);
    uvx.env("UV_CACHE_DIR", folder.path().join("cache")).env("UV_TOOL_DIR", folder.path().join("tools"));
    uvx.env("HOME", folder.path()).env_remove("XDG_DATA_HOME").env("PATH", "/usr/bin:/bin");
    let door = Process::start(&mut uvx, &folder.path().join("terminal.log"));
    let line = || door.output().lines().find_map(|line| line.trim().strip_prefix("add people").map(str::to_owned));
    assert!(eventually(Duration::from_secs(30), async || line().is_some()).await, "{}", door.output());
    let command = line().expect("a line").replace("NAME --role viewer", "ada --role viewer --no-password");
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder.path());
    done(&mut shell);
}

#[test]
fn the_tarball_holds_a_binary_that_runs_and_its_checksum_is_right() {
    let tarball = package(".tar.gz");
    done(
        Command::new("sha256sum")
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(tarball.parent().expect("a folder")),
    );
    let folder = tempfile::tempdir().expect("a folder");
    done(Command::new("tar").arg("-xzf").arg(&tarball).args(["--strip-components", "1", "-C"]).arg(folder.path()));
    assert_eq!(done(Command::new(folder.path().join("doorward")).arg("--version")).trim(), version());
    for file in ["LICENSE", "README.md", "doorward.service", "doorward.yaml", "completions/_doorward"] {
        assert!(folder.path().join(file).is_file(), "{file} is missing");
    }
}

#[test]
fn the_debian_package_holds_a_binary_a_unit_and_a_configuration_that_others_cannot_read() {
    let package = package(".deb");
    let folder = tempfile::tempdir().expect("a folder");
    done(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(folder.path()));
    assert_eq!(done(Command::new(folder.path().join("usr/bin/doorward")).arg("--version")).trim(), version());
    let unit = folder.path().join("usr/lib/systemd/system/doorward.service");
    let unit = std::fs::read_to_string(unit).expect("the unit is where systemd looks for it");
    let source = std::fs::read_to_string(source("packaging/doorward.service")).expect("the unit's source");
    assert_eq!(unit, source, "the unit that is checked below is the one that people get");
    let listed = done(Command::new("dpkg-deb").arg("--contents").arg(&package));
    let configuration =
        listed.lines().find(|line| line.ends_with("./etc/doorward/doorward.yaml")).expect("a configuration");
    assert!(configuration.starts_with("-rw-r-----"), "{configuration}");
    let control = done(Command::new("dpkg-deb").arg("--field").arg(&package));
    assert!(control.contains("Depends: adduser, libc6 (>= 2.17)"), "{control}");
    let scripts = folder.path().join("control");
    done(Command::new("dpkg-deb").arg("--control").arg(&package).arg(&scripts));
    for script in ["postinst", "postrm", "prerm"] {
        done(Command::new("sh").arg("-n").arg(scripts.join(script)));
    }
    assert_eq!(
        std::fs::read_to_string(scripts.join("conffiles")).expect("conffiles").trim(),
        "/etc/doorward/doorward.yaml"
    );
}

/// What systemd calls exposure is from 0 (nothing it could do) to 10; a service without walls has 9.6.
#[test]
fn the_unit_is_right_and_its_walls_are_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = std::fs::read_to_string(source("packaging/doorward.service")).expect("the unit");
    // The verifier wants the program to be there.
    let program = crate::harness::binary::doorward();
    let file = folder.path().join("doorward.service");
    std::fs::write(&file, unit.replace("/usr/bin/doorward", &program.display().to_string())).expect("written");
    done(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file));
    done(Command::new("systemd-analyze").args(["security", "--offline=yes", "--threshold=15"]).arg(&file));
}

#[test]
fn the_configuration_that_packages_bring_is_one_that_the_binary_takes() {
    let checked = Command::new(crate::harness::binary::doorward())
        .args(["config", "check", "--config"])
        .arg(source("packaging/doorward.yaml"))
        .env_clear()
        .output()
        .expect("it runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_dockerfile_is_free_of_known_mistakes() {
    done(tool("hadolint").arg(source("packaging/docker/Dockerfile")));
}

/// As far as that can be read: nothing here builds an image.
#[test]
fn the_image_is_small_not_roots_and_meant_for_a_read_only_root() {
    let text = std::fs::read_to_string(source("packaging/docker/Dockerfile")).expect("the Dockerfile");
    let last = text.rfind("\nFROM ").expect("a stage");
    let said = |word: &str| text[last..].lines().filter_map(|line| line.strip_prefix(word)).collect::<Vec<_>>();
    assert_eq!(said("FROM "), ["gcr.io/distroless/cc-debian12:nonroot"], "no shell, no package manager");
    assert_eq!(said("USER "), ["65532:65532"]);
    assert_eq!(said("RUN "), [""; 0], "there is nothing to run anything with");
    let copied = said("COPY ");
    assert!(copied.len() == 2 && copied.iter().all(|from| from.starts_with("--from=build ")), "{copied:?}");
    assert_eq!(said("VOLUME "), ["/var/lib/doorward"], "all that is written to");
    for file in ["packaging/docker/Dockerfile", "docs/install.md"] {
        let text = std::fs::read_to_string(source(file)).expect("it is there");
        assert!(text.contains("docker run --read-only --cap-drop ALL"), "{file}");
    }
}
