//! What only the environment says: the first administrator.

use doorward_domain::Secret;
use std::path::Path;

use crate::config::read_text;

/// The first administrator, as the environment names them.
#[derive(Debug, Default)]
pub struct Environment {
    /// `DOORWARD_ADMIN_USER`.
    pub admin_user: Option<String>,
    /// `DOORWARD_ADMIN_PASSWORD`, or what is in the file `DOORWARD_ADMIN_PASSWORD_FILE` names.
    pub admin_password: Option<Secret>,
}

impl Environment {
    /// What this process was given.
    pub fn of_process() -> Result<Self, String> {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let admin_user = variable("DOORWARD_ADMIN_USER");
        let admin_password = match (variable("DOORWARD_ADMIN_PASSWORD"), variable("DOORWARD_ADMIN_PASSWORD_FILE")) {
            (Some(_), Some(_)) => {
                return Err("DOORWARD_ADMIN_PASSWORD and DOORWARD_ADMIN_PASSWORD_FILE are both set; use one".into());
            }
            (Some(text), None) => Some(Secret::new(text)),
            (None, Some(file)) => {
                let text = read_text(Path::new(&file), 64 * 1024)
                    .map_err(|why| format!("DOORWARD_ADMIN_PASSWORD_FILE: {file}: {why}"))?;
                Some(Secret::new(text.trim_end_matches(['\n', '\r']).to_owned()))
            }
            (None, None) => None,
        };
        if admin_password.is_some() && admin_user.is_none() {
            return Err("DOORWARD_ADMIN_PASSWORD is set, but not DOORWARD_ADMIN_USER: whose password is it?".into());
        }
        Ok(Self { admin_user, admin_password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_a_name_and_one_source() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            Environment::read(|name| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
        };
        assert!(read(&[("DOORWARD_ADMIN_PASSWORD", "correct horse")]).is_err());
        assert!(
            read(&[
                ("DOORWARD_ADMIN_USER", "a"),
                ("DOORWARD_ADMIN_PASSWORD", "x"),
                ("DOORWARD_ADMIN_PASSWORD_FILE", "/x")
            ])
            .is_err()
        );
        assert!(
            read(&[("DOORWARD_ADMIN_USER", "a"), ("DOORWARD_ADMIN_PASSWORD", "")])
                .is_ok_and(|e| e.admin_password.is_none())
        );
    }
}
