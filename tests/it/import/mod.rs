//! `toadlane import`, as a command.

mod concurrent;
mod csv;
mod essglobal_csv;
mod jobs;
mod json_ld;
mod killed;
mod ndjson;
mod repeated;

use crate::changes::support::{caught_up, public_list};
use crate::harness::{Command, Server};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Output;
use tempfile::NamedTempFile;

/// `toadlane import ARGS FILES` into the store of this server.
pub fn import(server: &Server, args: &[&str], files: &[&Path]) -> Output {
    import_command(server, args, files).run("")
}

/// The same, to be started.
pub fn import_command(server: &Server, args: &[&str], files: &[&Path]) -> Command {
    let mut line = vec!["import"];
    line.extend(args);
    line.extend(files.iter().map(|file| file.to_str().unwrap()));
    Command::new(&line).on(server.data_dir(), &server.database_url())
}

/// What it did: the last line of its standard output.
pub fn summary(output: &Output) -> String {
    let said = std::str::from_utf8(&output.stdout).unwrap();
    said.lines().last().unwrap_or_default().to_owned()
}

/// What it said on the way.
pub fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The summary line.
pub fn counts(created: usize, updated: usize, unchanged: usize, rejected: usize) -> String {
    format!("created: {created}, updated: {updated}, unchanged: {unchanged}, rejected: {rejected}")
}

/// A file.
pub fn file(text: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".data").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.flush().unwrap();
    file
}

/// An NDJSON file of records with these numbers as ids, and these fields beside the least they need.
pub fn lines(records: impl IntoIterator<Item = (usize, Value)>) -> NamedTempFile {
    let mut text = String::new();
    for (number, fields) in records {
        let mut data = json!({
            "name": format!("Imported {}", crate::changes::support::word(number)),
            "organization_type": "worker_cooperative",
        });
        let data_fields = data.as_object_mut().unwrap();
        data_fields.extend(fields.as_object().unwrap().clone());
        let line = json!({"external_id": number.to_string(), "data": data});
        text.push_str(&line.to_string());
        text.push('\n');
    }
    file(&text)
}

/// The public record that an import made of this id.
pub async fn record(server: &Server, source: &str, external_id: &str) -> Value {
    caught_up(server).await;
    let named = json!([source, external_id]);
    let list = public_list(server).await;
    let found = list.values().find(|item| {
        let source = &item["source"];
        json!([source["name"], source["external_id"]]) == named
    });
    found
        .unwrap_or_else(|| panic!("{named} is not in the list"))
        .clone()
}
