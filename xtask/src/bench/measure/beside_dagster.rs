//! A real Dagster behind Doorward, behind nginx and bare.

use super::Bench;
use crate::bench::LOAD_CORE;
use crate::bench::door::{self, Door};
use crate::bench::load::Question;
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::dagster::Dagster;
use crate::failure::Outcome;
use crate::python::Venv;
use crate::steps::say;
use crate::workspace::Workspace;

impl Bench {
    /// A real Dagster with and without Doorward in front, and with nginx in its place.
    pub fn beside_dagster(&self, workspace: &Workspace, venv: &Venv) -> Outcome<[Figure; 2]> {
        say("starting a real Dagster");
        door::forget(&self.folder, "dagster");
        let dagster = Dagster::start(workspace, venv, Some(LOAD_CORE))?;
        let door = Door::start(&self.doorward, &self.folder, "dagster", dagster.port())?;
        let question = Question::as_browser("/server_info", &door.sign_in()?);
        say("Dagster's /server_info through Doorward and bare, in turns");
        let bare = self.turns((door.port, &question), (dagster.port(), &question))?;
        say("the same through Doorward and through plain nginx, in turns");
        let nginx = Nginx::proxy(&self.folder, dagster.port())?;
        let behind_nginx = self.turns((door.port, &question), (nginx.port, &question))?;
        drop(nginx);
        say("through nginx that adds the headers Doorward adds to other tools, and bare");
        let nginx = Nginx::naming_proxy(&self.folder, dagster.port())?;
        let naming = self.turns((nginx.port, &question), (dagster.port(), &question))?.ratio;
        let bare = bare.figure("behind", "bare");
        let behind_nginx = behind_nginx.figure("Doorward", "nginx");
        Ok([
            Figure {
                name: "Dagster /server_info: behind Doorward ÷ bare",
                goal: 0.97,
                floor: 0.97,
                details: format!("{}; nginx that also names the person {naming:.3}", bare.details),
                ..bare
            },
            Figure {
                name: "Dagster /server_info: behind Doorward ÷ plain nginx",
                goal: 0.98,
                floor: 0.98,
                ..behind_nginx
            },
        ])
    }
}
