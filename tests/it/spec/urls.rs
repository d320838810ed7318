//! What is taken as a URL is answered as the spec says.

use super::{faults, spec};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    every_url_that_is_taken_is_answered_as_a_uri,
    a_url_reads_the_same_when_it_is_sent_back
);

const TYPED: [&str; 9] = [
    "https://x.coop",
    "HTTP://X.coop/",
    "https://x.coop:12345/é",
    "https://liberté.coop/",
    "https://192.0.2.7/",
    "https://[2001:DB8::1]:8443/",
    "https://x_y.coop/a|b?c={d}#e#f",
    "https://x.coop/100%",
    "https://x.coop/\u{202e}",
];

async fn every_url_that_is_taken_is_answered_as_a_uri(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let spec = spec();
    let view = json!({"$ref": "#/components/schemas/OrganizationView"});
    for typed in TYPED {
        let mut body = organization("Webbed");
        body["website"] = json!(typed);
        body["logo_url"] = json!(typed);
        body["links"] = json!([{"rel": "x", "url": typed}]);
        let created = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        assert_eq!(created.status, 201, "{typed}: {}", created.text());
        let faults = faults(&spec, &view, &created.json());
        assert!(faults.is_empty(), "{typed}: {faults:?}");
        let url = &created.json()["website"];
        assert!(url.as_str().unwrap().is_ascii(), "{url}");
        assert_eq!(url, &created.json()["links"][0]["url"]);
    }
}

async fn a_url_reads_the_same_when_it_is_sent_back(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    for typed in TYPED {
        let mut body = organization("Webbed");
        body["website"] = json!(typed);
        let created = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        for url in [json!(typed), created.json()["website"].clone()] {
            let patch = json!({ "website": url });
            let answer = server
                .patch(created.header("location"), &moderator, "*", &patch)
                .await;
            let mut listed = created.json();
            listed
                .as_object_mut()
                .unwrap()
                .remove("possible_duplicates");
            assert_eq!(answer.json(), listed, "{typed}");
        }
    }
}
