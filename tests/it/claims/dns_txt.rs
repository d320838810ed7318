//! A TXT record of the domain.

use super::{
    Dns, claimed, conflict, for_each_database, imported, listed, prove, prove_by_record, verify,
    with_dns,
};
use crate::harness::{Database, Role};

for_each_database!(
    a_record_of_the_domain_makes_an_owner,
    another_proof_publishes_what_a_mail_does_not,
);

async fn a_record_of_the_domain_makes_an_owner(database: Database) {
    let dns = Dns::start().await;
    let server = with_dns(database, &dns).await;
    let path = imported(&server, "http://www.Liberté.coop:8080/about").await;
    let ada = server.person(Role::Member).await;
    let (at, made) = claimed(&server, &path, &ada, "dns_txt").await;
    assert_eq!(made["domain"], "xn--libert-gva.coop");
    assert_eq!(made["where"], "_toadlane.xn--libert-gva.coop");
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(missed.contains("There is no TXT record"), "{missed}");

    let name = made["where"].as_str().unwrap();
    let challenge = made["challenge"].as_str().unwrap();
    dns.text_of("xn--libert-gva.coop", &[challenge]);
    dns.text_of(name, &["something else", challenge]);
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(
        missed.contains("TXT records with other texts: 1"),
        "{missed}"
    );
    // One text in two strings.
    let (start, end) = challenge.split_at(20);
    dns.text_of(name, &[start, end]);
    let proven = verify(&server, &at, &ada).await;
    assert_eq!(proven.status, 200, "{}", proven.text());
    assert_eq!(proven.json()["status"], "verified");
}

async fn another_proof_publishes_what_a_mail_does_not(database: Database) {
    let dns = Dns::start().await;
    let server = with_dns(database, &dns).await;
    let ada = server.person(Role::Member).await;
    let path = listed(&server, &ada, "https://suma.example/").await;
    let (_, proven) = prove(&server, &path, &ada, "office@suma.example").await;
    assert_eq!(proven["status"], "verified", "{proven}");
    server.get(&path).await.problem(404);

    let proven = prove_by_record(&server, &dns, &path, &ada).await;
    assert_eq!(proven["status"], "verified", "{proven}");
    let public = server.get(&path).await.json();
    assert_eq!(public["status"], "published");
}
