//! Starting other programs: as a user PostgreSQL accepts, and apart from the test.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A user by its numbers in the password file.
#[derive(Clone, Copy)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// A user that owns nothing of value. PostgreSQL refuses to run as root, so tests
    /// that run as root start it as this one.
    ///
    /// # Errors
    /// When the machine has neither a `postgres` nor a `nobody` user.
    pub fn unprivileged() -> Result<Self, String> {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| users.lines().find_map(|line| Self::parse(line, name)))
            .ok_or_else(|| {
                "PostgreSQL does not run as root and there is no user postgres or nobody to run \
                 it as: run the tests as an ordinary user"
                    .to_owned()
            })
    }

    /// Reads `name:password:uid:gid:…`.
    fn parse(line: &str, name: &str) -> Option<Self> {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self { uid, gid })
    }
}

/// Runs a program to its end in `folder`, as `user` when there is one.
///
/// # Errors
/// When the program cannot be started or fails, with its name and what it printed.
pub fn run(program: &Path, args: &[&str], folder: &Path, user: Option<User>) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    let name = program.display();
    let output = command
        .output()
        .map_err(|error| format!("cannot start {name} in {}: {error}", folder.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(format!(
        "{name}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&printed).trim_end()
    ))
}

/// Runs a shell script in the background and forgets it; `args` are its `$1`, `$2` ….
///
/// It gets its own process group and none of the test's handles, so it outlives the
/// test, is not hit by what ends the run (Ctrl-C, a time-out), and holds up nobody who
/// waits for the test's output to close. Its parent is gone at once: nobody has to
/// collect it.
///
/// # Errors
/// When there is no shell.
pub fn detach(script: &str, args: &[&str]) -> Result<(), String> {
    Command::new("sh")
        .arg("-c")
        .arg(format!("{{\n{script}\n}} &"))
        .arg("toadlane-tests")
        .args(args)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .map_err(|error| format!("cannot start sh: {error}"))
}
