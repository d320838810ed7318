//! The `toadlane` command as a process of its own, to be killed at any moment.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Output, Stdio};

const UNDER_TEST: &str = env!("CARGO_BIN_EXE_toadlane-under-test");

/// A command line.
pub struct Command {
    process: std::process::Command,
    log: Option<std::fs::File>,
}

/// A `serve` that listens.
pub struct Serving {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    child: Child,
}

impl Command {
    /// `toadlane ARGS`, with nothing of the environment but the path.
    pub fn new(args: &[&str]) -> Self {
        Self::of(std::process::Command::new(UNDER_TEST), args)
    }

    /// The same, with other limits of open files: what `ulimit` takes.
    pub fn with_open_files(args: &[&str], limit: &str) -> Self {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args([
            "-c",
            &format!("ulimit {limit} && exec \"$0\" \"$@\""),
            UNDER_TEST,
        ]);
        Self::of(shell, args)
    }

    fn of(mut command: std::process::Command, args: &[&str]) -> Self {
        command.args(args).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self {
            process: command,
            log: None,
        }
    }

    /// With an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.process.env(name, value);
        self
    }

    /// With everything it logs in a file.
    pub fn log_to(mut self, file: &Path) -> Self {
        self.log = Some(std::fs::File::create(file).unwrap());
        self
    }

    /// In a folder.
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.process.current_dir(folder);
        self
    }

    /// On a data dir and database.
    pub fn on(mut self, data_dir: &Path, database_url: &str) -> Self {
        self.process
            .arg("--data-dir")
            .arg(data_dir)
            .arg("--database-url")
            .arg(database_url);
        self
    }

    /// Starts it, with what it says to be read.
    pub fn piped(mut self) -> Child {
        self.process
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs it to its end with this on standard input.
    pub fn run(self, stdin: &str) -> Output {
        let mut child = self.piped();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Starts it and lets it run.
    pub fn spawn(mut self) -> Child {
        self.process
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts a server on a free port and waits until it listens.
    pub fn serve(mut self) -> Serving {
        let mut child = self
            .process
            .args(["--listen", "127.0.0.1:0", "--rate-limit", "off"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(self.log.map_or_else(Stdio::null, Stdio::from))
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("the server ended before it listened");
        // What it prints later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Serving { url, child }
    }
}

impl Serving {
    /// `kill -9`: no chance to tidy up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has.
    pub fn terminate(&mut self) {
        let id = self.child.id().to_string();
        let told = std::process::Command::new("kill").arg(id).status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap();
    }

    /// Its process id, to send other signals to.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
