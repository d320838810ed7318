//! `toadlane.toml`: defaults for the flags of the commands.

use super::Failure;
use crate::taxonomies::table::closest;
use clap::builder::OsStr;
use std::collections::BTreeMap;

/// The file, in the folder the command is run in.
const NAME: &str = "toadlane.toml";

/// `demo` keeps its own data dir: the file never points it at a real store.
const NOT_FOR_DEMO: [&str; 2] = ["data_dir", "database_url"];

/// The command line with the file's values as defaults. Clap checks them as it checks flags.
pub fn with_defaults(mut command: clap::Command) -> Result<clap::Command, Failure> {
    let text = match std::fs::read_to_string(NAME) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(command),
        Err(error) => return Err(format!("{NAME}: {error}").into()),
    };
    let table: toml::Table = text.parse().map_err(|error| format!("{NAME}: {error}"))?;
    let mut values = BTreeMap::new();
    for (key, value) in table {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(is_so) => is_so.to_string(),
            _ => {
                return Err(
                    format!("{NAME}: {key} must be a string, a number or true/false").into(),
                );
            }
        };
        values.insert(key, value);
    }
    let known = keys(&command);
    for key in values.keys() {
        if !known.contains(key) {
            let hint = closest(key, known.iter().map(String::as_str))
                .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
            return Err(format!("{NAME}: there is no key \"{key}\"{hint}").into());
        }
    }
    let names: Vec<_> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(&name, |subcommand| apply(subcommand, &values));
    }
    Ok(command)
}

/// Every flag that takes one value: those are the keys.
fn keys(command: &clap::Command) -> Vec<String> {
    let own = command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some())
        .map(|arg| arg.get_id().to_string());
    own.chain(command.get_subcommands().flat_map(keys))
        .collect()
}

fn apply(mut command: clap::Command, values: &BTreeMap<String, String>) -> clap::Command {
    let ids: Vec<_> = command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some())
        .map(|arg| arg.get_id().to_string())
        .collect();
    for id in ids {
        let hidden = command.get_name() == "demo" && NOT_FOR_DEMO.contains(&id.as_str());
        if let Some(value) = values.get(&id).filter(|_| !hidden) {
            let value = OsStr::from(value.clone());
            command = command.mut_arg(id, |arg| arg.default_value(value));
        }
    }
    let names: Vec<_> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(&name, |subcommand| apply(subcommand, values));
    }
    command
}
