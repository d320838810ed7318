//! The rules of a job, each with its pointer.

use super::{coop, job, path, pointers, post, with};
use crate::harness::{Server, on_both_databases};
use chrono::TimeDelta;
use serde_json::{Value, json};
use toadlane::clock::Clock;

on_both_databases!(
    each_rule_names_its_field,
    all_faults_come_at_once,
    what_the_rules_allow,
    the_end_is_after_today_and_within_180_days,
    a_job_stays_with_its_organization,
);

#[expect(clippy::too_many_lines, reason = "a table")]
async fn each_rule_names_its_field(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let long = "x".repeat(201);
    let cases = [
        (json!({"title": null}), "/title"),
        (json!({"title": " "}), "/title"),
        (json!({"title": long}), "/title"),
        (json!({"title": "\u{200b}\u{2060} \u{feff}"}), "/title"),
        (
            json!({"title": "\u{202e}\u{3164}\u{2800}\u{ad}\u{e0041}"}),
            "/title",
        ),
        (json!({"description": null}), "/description"),
        (json!({"description": " \n"}), "/description"),
        (json!({"description": "\u{200b}\n\u{2060}"}), "/description"),
        (json!({"description": "baker"}), "/description"),
        (json!({"description": "x".repeat(20_001)}), "/description"),
        (json!({"description": "a\u{0}b"}), "/description"),
        (json!({"employment_types": []}), "/employment_types"),
        (json!({"employment_types": null}), "/employment_types"),
        (
            json!({"employment_types": ["full_time", "full_time"]}),
            "/employment_types",
        ),
        (
            json!({"employment_types": ["FULL_TIME"]}),
            "/employment_types/0",
        ),
        (json!({"workplace": null}), "/workplace"),
        (json!({"workplace": "office"}), "/workplace"),
        (json!({"locations": []}), "/locations"),
        (
            json!({"workplace": "hybrid", "locations": [{"locality": "Leeds"}]}),
            "/locations",
        ),
        (
            json!({"workplace": "remote", "locations": []}),
            "/applicant_countries",
        ),
        (
            json!({"locations": [{"country": "UK"}]}),
            "/locations/0/country",
        ),
        (
            json!({"locations": [{"country": "GB", "lat": 91.0, "lon": 0.0}]}),
            "/locations/0/lat",
        ),
        (
            json!({"locations": [{"country": "GB", "lat": 1.0}]}),
            "/locations/0",
        ),
        (
            json!({"locations": vec![json!({"country": "GB"}); 51]}),
            "/locations",
        ),
        (
            json!({"applicant_countries": ["GB", "XX"]}),
            "/applicant_countries/1",
        ),
        (
            json!({"utc_offset_range": {"min": 2.0, "max": 1.0}}),
            "/utc_offset_range/max",
        ),
        (
            json!({"utc_offset_range": {"min": 0.1, "max": 1.0}}),
            "/utc_offset_range/min",
        ),
        (
            json!({"utc_offset_range": {"min": 0.0}}),
            "/utc_offset_range/max",
        ),
        (
            json!({"salary": {"currency": "EUR", "period": "year"}}),
            "/salary",
        ),
        (
            json!({"salary": {"min": 2, "max": 1, "currency": "EUR", "period": "year"}}),
            "/salary/max",
        ),
        (
            json!({"salary": {"min": 1.005, "currency": "EUR", "period": "year"}}),
            "/salary/min",
        ),
        (
            json!({"salary": {"min": -1, "currency": "EUR", "period": "year"}}),
            "/salary/min",
        ),
        (
            json!({"salary": {"min": 1, "currency": "eur", "period": "year"}}),
            "/salary/currency",
        ),
        (
            json!({"salary": {"min": 1, "currency": "EUR", "period": "yearly"}}),
            "/salary/period",
        ),
        (json!({"pay_policy": "equal"}), "/pay_policy"),
        (json!({"pay_ratio": 0.5}), "/pay_ratio"),
        (json!({"surplus_share": 101}), "/surplus_share"),
        (json!({"hours_per_week": 0}), "/hours_per_week"),
        (json!({"hours_per_week": 169}), "/hours_per_week"),
        (json!({"seniority": "principal"}), "/seniority"),
        (json!({"skills": [""]}), "/skills/0"),
        (json!({"skills": vec!["x"; 51]}), "/skills"),
        (json!({"languages": ["english language"]}), "/languages/0"),
        (json!({"membership": {}}), "/membership/track"),
        (
            json!({"membership": {"track": "open", "probation_months": -1}}),
            "/membership/probation_months",
        ),
        (
            json!({"membership": {"track": "open", "buy_in": {"amount": 5}}}),
            "/membership/buy_in/currency",
        ),
        (json!({"governance": "anarchy"}), "/governance"),
        (json!({"visa_sponsorship": "yes"}), "/visa_sponsorship"),
        (json!({"apply_url": null}), "/apply_url"),
        (json!({"apply_url": "ftp://x.coop/"}), "/apply_url"),
        (json!({"apply_url": "http://127.0.0.1/"}), "/apply_url"),
        (json!({"apply_url": "http://localhost/"}), "/apply_url"),
        (json!({"apply_email": "jobs@x.coop"}), "/apply_email"),
        (
            json!({"apply_url": null, "apply_email": "jobs"}),
            "/apply_email",
        ),
        (json!({"direct_apply": 1}), "/direct_apply"),
        (json!({"valid_through": "tomorrow"}), "/valid_through"),
        (json!({"status": "filled"}), "/status"),
        (json!({"status": "pending"}), "/status"),
        (json!({"organization_id": null}), "/organization_id"),
        (json!({"organization_id": "ada-bakery"}), "/organization_id"),
        (
            json!({"organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"}),
            "/organization_id",
        ),
        (json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"}), "/id"),
        (json!({"posted_at": "2020-01-01T00:00:00Z"}), "/posted_at"),
        (json!({"salery": {}}), "/salery"),
    ];
    for (members, pointer) in cases {
        let body = with(job(&ada, "Baker"), &members);
        let answer = server.post("/v1/jobs", Some(&ada.token), &body).await;
        assert_eq!(pointers(&answer), [pointer], "{members}: {}", answer.text());
    }
    assert_eq!(server.get("/v1/jobs").await.json()["total"], 0);
    // A change is held to the same.
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    for (members, pointer) in [
        (json!({"title": null}), "/title"),
        (
            json!({"workplace": "remote", "locations": null}),
            "/applicant_countries",
        ),
        (json!({"apply_email": "jobs@x.coop"}), "/apply_email"),
        (json!({"salary": {"min": 5}}), "/salary/currency"),
        (json!({"slug": "another"}), "/slug"),
    ] {
        let answer = server
            .patch(&path(&posted.id()), &ada.token, "*", &members)
            .await;
        assert!(
            pointers(&answer).iter().any(|named| named == pointer),
            "{members}: {}",
            answer.text()
        );
    }
}

async fn all_faults_come_at_once(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let body = json!({
        "organization_id": ada.id,
        "title": "",
        "workplace": "remote",
        "pay_ratio": 0,
        "salary": {"max": 1, "currency": "XXY", "period": "year"},
    });
    let answer = server.post("/v1/jobs", Some(&ada.token), &body).await;
    let mut named = pointers(&answer);
    named.sort();
    assert_eq!(
        named,
        [
            "/applicant_countries",
            "/apply_url",
            "/description",
            "/employment_types",
            "/pay_ratio",
            "/salary/currency",
            "/title",
        ]
    );
}

async fn what_the_rules_allow(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let cases: [(Value, Value); 7] = [
        (
            json!({"workplace": "remote", "locations": [], "applicant_countries": ["GB", "IE", "GB"]}),
            json!({"applicant_countries": ["GB", "IE"]}),
        ),
        (
            json!({"workplace": "remote", "locations": [{"country": "GB"}]}),
            json!({"applicant_countries": []}),
        ),
        (
            json!({"salary": {"min": 12.5, "currency": "EUR", "period": "hour"}}),
            json!({"salary": {"min": 12.5, "max": null, "currency": "EUR", "period": "hour"}}),
        ),
        (
            json!({"salary": {"min": 5_000_000, "max": 5_000_000, "currency": "JPY", "period": "year"}}),
            json!({"salary": {"min": 5_000_000, "max": 5_000_000, "currency": "JPY", "period": "year"}}),
        ),
        (
            json!({"utc_offset_range": {"min": -3.5, "max": 5.75}}),
            json!({"utc_offset_range": {"min": -3.5, "max": 5.75}}),
        ),
        (
            json!({"skills": ["k8s", "Kubernetes", "weaving"]}),
            json!({"skills": ["Kubernetes", "weaving"]}),
        ),
        (
            json!({"languages": ["EN-gb"], "description": "<b>bold</b>\n\ttext"}),
            json!({"languages": ["en-GB"], "description": "<b>bold</b>\n\ttext"}),
        ),
    ];
    for (number, (sent, shown)) in cases.into_iter().enumerate() {
        let body = with(job(&ada, &format!("Baker {number}")), &sent);
        let posted = post(&server, &ada, &body).await.json();
        for (name, value) in shown.as_object().unwrap() {
            assert_eq!(&posted[name], value, "{sent}");
        }
    }
}

async fn the_end_is_after_today_and_within_180_days(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let at = |days: i64| json!({"valid_through": Clock::System.now() + TimeDelta::days(days)});
    for days in [-1, 0, 181] {
        let body = with(job(&ada, "Baker"), &at(days));
        let answer = server.post("/v1/jobs", Some(&ada.token), &body).await;
        assert_eq!(pointers(&answer), ["/valid_through"], "{days}");
    }
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &at(179))).await;
    let view = posted.json();
    let moved = server
        .patch(&path(&posted.id()), &ada.token, "*", &at(181))
        .await;
    assert_eq!(pointers(&moved), ["/valid_through"]);
    let moved = server
        .patch(&path(&posted.id()), &ada.token, "*", &at(10))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.json()["posted_at"], view["posted_at"]);
    // Without an end it is 60 days.
    let default = post(&server, &ada, &job(&ada, "Miller")).await.json();
    let time = |name: &str| {
        let text = default[name].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap()
    };
    assert_eq!(
        time("valid_through") - time("posted_at"),
        TimeDelta::days(60)
    );
    // A draft's end counts from its publication.
    let body = with(
        job(&ada, "Joiner"),
        &json!({"status": "draft", "valid_through": "2020-01-01T00:00:00Z"}),
    );
    let draft = post(&server, &ada, &body).await;
    let publish = json!({"status": "published"});
    let late = server
        .patch(&path(&draft.id()), &ada.token, "*", &publish)
        .await;
    assert_eq!(pointers(&late), ["/valid_through"]);
    let publish = json!({"status": "published", "valid_through": null});
    let published = server
        .patch(&path(&draft.id()), &ada.token, "*", &publish)
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
}

async fn a_job_stays_with_its_organization(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let bea = coop(&server, "Bea Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let change = json!({"organization_id": bea.id});
    let answer = server
        .patch(&path(&posted.id()), &ada.token, posted.etag(), &change)
        .await;
    assert_eq!(pointers(&answer), ["/organization_id"]);
}
