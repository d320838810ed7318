use crate::harness::Command;
use std::path::Path;

/// What a command that must fail says.
fn refused(command: Command) -> String {
    let output = command.run("");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn file(folder: &Path, text: &str) {
    std::fs::write(folder.join("toadlane.toml"), text).unwrap();
}

#[test]
fn a_wrong_value_names_its_key() {
    for (args, named) in [
        (vec!["serve", "--listen", "nowhere"], "--listen"),
        (vec!["serve", "--listen", "127.0.0.1:99999"], "--listen"),
        (
            vec!["serve", "--database-url", "mysql://x"],
            "--database-url",
        ),
        (
            vec!["serve", "--public-url", "directory.example"],
            "--public-url",
        ),
        (vec!["serve", "--license", "free"], "--license"),
        (vec!["serve", "--rate-limit", "maybe"], "--rate-limit"),
        (vec!["serve", "--lisen", "127.0.0.1:0"], "--listen"),
        (vec!["sevre"], "serve"),
    ] {
        let said = refused(Command::new(&args));
        assert!(said.contains(named), "{args:?}: {said}");
    }
    for (name, value, named) in [
        ("TOADLANE_LISTEN", "nowhere", "--listen"),
        ("TOADLANE_DATABASE_URL", "mysql://x", "--database-url"),
        ("TOADLANE_PUBLIC_URL", "x", "--public-url"),
    ] {
        let said = refused(Command::new(&["serve"]).env(name, value));
        assert!(said.contains(named), "{name}: {said}");
    }
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data_dir = folder.path().join("data");
    let data_dir = data_dir.to_str().unwrap();
    let said = refused(Command::new(&[
        "serve",
        "--data-dir",
        data_dir,
        "--listen",
        &address,
    ]));
    assert!(
        said.contains("--listen") && said.contains(&address),
        "{said}"
    );

    std::fs::write(folder.path().join("file"), "").unwrap();
    let file = folder.path().join("file");
    let said = refused(Command::new(&[
        "serve",
        "--data-dir",
        file.to_str().unwrap(),
    ]));
    assert!(
        said.contains("--data-dir") && said.contains("file"),
        "{said}"
    );
}

#[test]
fn a_folder_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a b", "a%20b", "q?mode=ro", "#1", "Zürich"] {
        let data_dir = folder.path().join(name);
        let output = Command::new(&["migrate", "--data-dir", data_dir.to_str().unwrap()]).run("");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(data_dir.join("toadlane.db").is_file(), "{name}");
    }
}

#[test]
fn an_unknown_key_of_the_file_gets_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    for (text, said_so) in [
        (
            "lisen = \"127.0.0.1:0\"",
            "there is no key \"lisen\"; did you mean \"listen\"?",
        ),
        ("zebra = 1", "there is no key \"zebra\""),
        ("listen = [1]", "listen must be a string"),
        ("listen = ", "toadlane.toml"),
    ] {
        file(folder.path(), text);
        let said = refused(Command::new(&["serve"]).current_dir(folder.path()));
        assert!(
            said.contains("toadlane.toml") && said.contains(said_so),
            "{text}: {said}"
        );
    }
    file(folder.path(), "listen = \"nowhere\"");
    let said = refused(Command::new(&["serve"]).current_dir(folder.path()));
    assert!(said.contains("--listen"), "{said}");
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let dir = |name: &str| folder.path().join(name);
    file(
        folder.path(),
        &format!("data_dir = \"{}\"", dir("of-file").display()),
    );
    let migrate = || Command::new(&["migrate"]).current_dir(folder.path());

    assert!(migrate().run("").status.success());
    assert!(dir("of-file").join("toadlane.db").exists());
    let variable = dir("of-variable");
    let output = migrate()
        .env("TOADLANE_DATA_DIR", variable.to_str().unwrap())
        .run("");
    assert!(output.status.success());
    assert!(variable.join("toadlane.db").exists());

    let flag = dir("of-flag");
    let command = Command::new(&["migrate", "--data-dir", flag.to_str().unwrap()]);
    let unused = dir("unused");
    let output = command
        .current_dir(folder.path())
        .env("TOADLANE_DATA_DIR", unused.to_str().unwrap())
        .run("");
    assert!(output.status.success());
    assert!(flag.join("toadlane.db").exists() && !unused.exists());
}

#[test]
fn every_command_explains_itself() {
    for command in [
        "serve", "demo", "migrate", "import", "reindex", "openapi", "user",
    ] {
        let output = Command::new(&[command, "--help"]).run("");
        assert!(output.status.success(), "{command}");
        assert!(
            String::from_utf8(output.stdout).unwrap().contains("Usage:"),
            "{command}"
        );
    }
}

/// No proxy runs here: what it is told to do has to be enough.
#[test]
fn the_proxy_keeps_the_metrics_inside() {
    let caddyfile = include_str!("../../../deploy/Caddyfile");
    let lines: Vec<_> = caddyfile.lines().map(str::trim).collect();
    assert!(lines.contains(&"@inside path /metrics /metrics/*"));
    assert!(lines.contains(&"respond @inside 404"));
}
