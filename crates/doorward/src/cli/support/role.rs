//! A role on the command line.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use doorward_domain::Role;
use std::ffi::OsStr;

/// Reads a role as it is read everywhere, and tells shells which there are.
#[derive(Debug, Clone, Copy)]
pub struct RoleParser;

impl TypedValueParser for RoleParser {
    type Value = Role;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Role, Error> {
        StringValueParser::new().try_map(|word| word.parse::<Role>()).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Role::ALL.into_iter().map(|role| PossibleValue::new(role.as_str()))))
    }
}
