//! `toadlane user`, `toadlane moderate`.

use crate::harness::{Command, Role, Server, on_both_databases, organization};
use serde_json::json;
use std::process::Output;

on_both_databases!(accounts_by_command, listings_by_command);

fn run(server: &Server, args: &[&str], stdin: &str) -> Output {
    Command::new(args)
        .on(server.data_dir(), &server.database_url())
        .run(stdin)
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn accounts_by_command(server: Server) {
    let admin = server.person(Role::Admin).await;
    let member = server.person(Role::Member).await;
    let listed = said(&run(&server, &["user", "list"], ""));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed
            .lines()
            .next()
            .unwrap()
            .starts_with(&format!("{}\tadmin\t", admin.email))
    );
    let some = said(&run(&server, &["user", "list", "--role", "member"], ""));
    assert!(
        some.starts_with(&member.email) && some.ends_with("\tactive\n"),
        "{some}"
    );

    let email = ["--email", member.email.as_str()];
    said(&run(
        &server,
        &[&["user", "set-role", "--role", "moderator"], &email[..]].concat(),
        "",
    ));
    assert_eq!(
        server.get_as("/v1/me", &member.token).await.json()["role"],
        "moderator"
    );

    let suspend = [&["user", "suspend", "--note", "Advertising"], &email[..]].concat();
    said(&run(&server, &suspend, ""));
    server.get_as("/v1/me", &member.token).await.problem(401);
    assert!(complaint(&run(&server, &suspend, "")).contains("suspended already"));
    let some = said(&run(&server, &["user", "list", "--suspended"], ""));
    assert!(
        some.starts_with(&member.email) && some.ends_with("\tsuspended\n"),
        "{some}"
    );
    said(&run(
        &server,
        &[&["user", "unsuspend"], &email[..]].concat(),
        "",
    ));

    let reset = [&["user", "reset-password", "--password-stdin"], &email[..]].concat();
    assert!(complaint(&run(&server, &reset, "short")).contains("12"));
    said(&run(&server, &reset, "another long password\n"));
    let credentials = json!({"email": member.email, "password": "another long password"});
    assert_eq!(
        server
            .post("/v1/auth/login", None, &credentials)
            .await
            .status,
        200
    );

    let path = format!("/v1/moderation/users/{}", member.id);
    let detail = server.get_as(&path, &admin.token).await.json();
    let told: Vec<_> = detail["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| json!([event["action"], event["actor"], event["note"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["password_reset", null, null]),
            json!(["unsuspended", null, null]),
            json!(["suspended", null, "Advertising"]),
            json!(["role_set", null, null]),
        ]
    );

    let last = [
        "user",
        "set-role",
        "--email",
        admin.email.as_str(),
        "--role",
        "member",
    ];
    assert!(complaint(&run(&server, &last, "")).contains("last admin"));
    let nobody = ["user", "suspend", "--email", "nobody@example.coop"];
    assert!(complaint(&run(&server, &nobody, "")).contains("no account for"));
}

async fn listings_by_command(server: Server) {
    let owners = [
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    ];
    for (name, owner) in ["First Forge", "Second Forge"].iter().zip(&owners) {
        let body = organization(name);
        server
            .post("/v1/organizations", Some(&owner.token), &body)
            .await;
    }
    let [owner, other] = owners;
    let queue = said(&run(&server, &["moderate", "queue"], ""));
    let slugs: Vec<_> = queue
        .lines()
        .map(|line| line.split('\t').next_back().unwrap())
        .collect();
    let [first, second] = slugs[..] else {
        panic!("{queue}");
    };
    assert!(first.starts_with("first-forge-"), "{first}");
    assert!(second.starts_with("second-forge-"), "{second}");
    assert!(queue.starts_with("listing\t"), "{queue}");
    let more = organization("Third Forge");
    server
        .post("/v1/organizations", Some(&other.token), &more)
        .await;
    let grouped = said(&run(&server, &["moderate", "queue"], ""));
    let end = format!("{second}\t{}\t+1\n", other.id);
    assert!(grouped.ends_with(&end), "{grouped}");
    let id = other.id.to_string();
    let opened = said(&run(&server, &["moderate", "queue", "--account", &id], ""));
    assert_eq!(opened.lines().count(), 2, "{opened}");
    let one = said(&run(&server, &["moderate", "queue", "--limit", "1"], ""));
    assert_eq!(one.lines().count(), 1);
    assert_eq!(
        said(&run(
            &server,
            &["moderate", "queue", "--type", "report"],
            ""
        )),
        ""
    );

    assert_eq!(
        said(&run(&server, &["moderate", "publish", first], "")),
        "published first-forge\n"
    );
    let mail = server.mail_to(&owner.email).await;
    assert_eq!(mail.subject, "Your listing of First Forge was published");
    let history = server
        .get("/v1/organizations/first-forge/history")
        .await
        .json();
    assert_eq!(history["items"][0]["action"], "published");
    assert_eq!(history["items"][0]["role"], "admin");
    let again = run(&server, &["moderate", "publish", "first-forge"], "");
    assert!(complaint(&again).contains("is published"));
    said(&run(&server, &["moderate", "archive", "first-forge"], ""));
    server
        .get("/v1/organizations/first-forge")
        .await
        .problem(410);

    let reject = ["moderate", "reject", second, "--note", "Who are you?"];
    said(&run(&server, &reject, ""));
    let path = format!("/v1/organizations/{second}/history");
    let history = server.get_as(&path, &other.token).await.json();
    assert_eq!(history["items"][0]["note"], "Who are you?");
    assert!(history["items"][0].get("actor").is_none());
    let nobody = run(&server, &["moderate", "publish", "nobody"], "");
    assert!(complaint(&nobody).contains("no organization"));
    for help in [
        &["moderate", "reject", "--help"],
        &["user", "suspend", "--help"],
    ] {
        assert!(said(&run(&server, help, "")).contains("Example:"));
    }
}
