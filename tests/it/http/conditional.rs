use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

on_both_databases!(
    every_answer_of_a_record_has_its_tag,
    a_version_already_known_is_not_sent_again,
    a_change_needs_the_current_version,
    tags_differ_per_encoding_and_if_match_ignores_it,
    one_of_fifty_patches_on_one_tag_succeeds,
    a_tag_never_comes_with_an_older_body,
);

async fn created(server: &Server, token: &str) -> Answer {
    server
        .post("/v1/organizations", Some(token), &organization("Tagged"))
        .await
}

fn location(answer: &Answer) -> String {
    answer.header("location").to_owned()
}

/// A client that says itself which encodings it takes, and shows answers as they came.
fn plain() -> reqwest::Client {
    reqwest::Client::builder()
        .no_gzip()
        .no_brotli()
        .build()
        .unwrap()
}

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = plain().get(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

async fn every_answer_of_a_record_has_its_tag(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = created(&server, &token).await;
    let got = get(&server, &location(&created), &[]).await;
    let number = got.etag().trim_matches('"').parse::<i64>().unwrap();
    let own = get(
        &server,
        &location(&created),
        &[("authorization", &format!("Bearer {token}"))],
    )
    .await;
    assert_eq!(own.etag(), got.etag(), "the same for every viewer");
    for answer in [&got, &own] {
        assert!(
            answer
                .header("vary")
                .to_lowercase()
                .contains("authorization"),
            "{}",
            answer.header("vary")
        );
        assert_eq!(
            answer.header("accept-patch"),
            "application/merge-patch+json"
        );
    }
    let patched = server
        .patch(
            &location(&created),
            &token,
            created.etag(),
            &json!({"members_count": 1}),
        )
        .await;
    let got = get(&server, &location(&created), &[]).await;
    let next = got.etag().trim_matches('"').parse::<i64>().unwrap();
    assert!(next > number, "{next} after {number}");
    assert!(
        patched.etag().starts_with(&format!("\"{next}")),
        "{}",
        patched.etag()
    );
    let feed = get(&server, "/v1/feeds/organizations", &[]).await;
    assert_eq!(feed.json()["items"][0]["modified"], next);
}

async fn a_version_already_known_is_not_sent_again(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = created(&server, &token).await;
    for path in [location(&created), "/v1/feeds/organizations".to_owned()] {
        let got = get(&server, &path, &[]).await;
        assert_eq!(got.status, 200);
        let weak = format!("W/{}", got.etag());
        let among = format!("\"1-x\", {}, \"y\"", got.etag());
        for known in [got.etag(), &weak, &among, "*"] {
            let answer = get(&server, &path, &[("if-none-match", known)]).await;
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (304, ""),
                "{path} {known}"
            );
            assert_eq!(answer.etag(), got.etag());
            for name in ["cache-control", "vary"] {
                assert_eq!(answer.header(name), got.header(name), "{path} {name}");
            }
        }
        for other in ["\"0\"", "\"x\"", "W/\"0\"", got.etag().trim_matches('"')] {
            let answer = get(&server, &path, &[("if-none-match", other)]).await;
            assert_eq!(answer.status, 200, "{path} {other}");
        }
    }
    let old = get(&server, &location(&created), &[]).await;
    server
        .patch(
            &location(&created),
            &token,
            "*",
            &json!({"members_count": 1}),
        )
        .await;
    for path in [location(&created), "/v1/feeds/organizations".to_owned()] {
        assert_eq!(
            get(&server, &path, &[("if-none-match", old.etag())])
                .await
                .status,
            200,
            "{path}"
        );
    }
}

async fn a_change_needs_the_current_version(server: Server) {
    let token = server.token(Role::Moderator).await;
    let first = created(&server, &token).await;
    let record = location(&first);
    let patch = |body: &serde_json::Value| {
        server
            .request("PATCH", &record)
            .bearer_auth(&token)
            .header("content-type", "application/merge-patch+json")
            .body(body.to_string())
    };
    let body = json!({"members_count": 1});
    let missing = Answer::of(patch(&body)).await.problem(428);
    assert_eq!(missing["type"], "/problems/precondition-required");
    Answer::of(server.request("DELETE", &record).bearer_auth(&token))
        .await
        .problem(428);

    let second = server.patch(&record, &token, first.etag(), &body).await;
    assert_eq!(second.status, 200, "{}", second.text());
    let weak = format!("W/{}", second.etag());
    let bare = second.etag().trim_matches('"').to_owned();
    for stale in [
        first.etag(),
        &weak,
        &bare,
        "\"\"",
        "\"999999\"",
        "nonsense",
        "",
        ",",
    ] {
        let refused = server
            .patch(&record, &token, stale, &json!({"members_count": 9}))
            .await;
        assert_eq!(
            refused.problem(412)["type"],
            "/problems/precondition-failed",
            "{stale}"
        );
        server.delete(&record, &token, stale).await.problem(412);
    }
    assert_eq!(
        server.get(&record).await.text(),
        second.text(),
        "nothing was written"
    );
    assert_eq!(
        server.get(&format!("{record}/history")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let third = server
        .patch(
            &record,
            &token,
            &format!("\"0\", {}", second.etag()),
            &json!({"members_count": 3}),
        )
        .await;
    assert_eq!(third.status, 200, "one of several tags");
    let fourth = server
        .patch(&record, &token, "*", &json!({"members_count": 4}))
        .await;
    assert_eq!((fourth.status, &fourth.json()["version"]), (200, &json!(4)));
    // What is invalid on the current version is said of it; a stale one is not judged.
    server
        .patch(&record, &token, first.etag(), &json!({"members_count": -1}))
        .await
        .problem(412);
    server
        .patch(
            &record,
            &token,
            fourth.etag(),
            &json!({"members_count": -1}),
        )
        .await
        .problem(400);
    assert_eq!(
        server.delete(&record, &token, fourth.etag()).await.status,
        204
    );
}

async fn tags_differ_per_encoding_and_if_match_ignores_it(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = created(&server, &token).await;
    let path = location(&created);
    let mut tags = Vec::new();
    for (accepted, encoding, suffix) in [
        ("identity", "", ""),
        ("gzip", "gzip", "-gzip"),
        ("br", "br", "-br"),
        ("deflate", "deflate", "-deflate"),
    ] {
        let got = get(&server, &path, &[("accept-encoding", accepted)]).await;
        assert_eq!(got.header("content-encoding"), encoding);
        assert!(
            got.etag().ends_with(&format!("{suffix}\"")),
            "{}",
            got.etag()
        );
        assert!(
            got.header("vary")
                .to_lowercase()
                .contains("accept-encoding"),
            "{}",
            got.header("vary")
        );
        let known = get(
            &server,
            &path,
            &[("accept-encoding", accepted), ("if-none-match", got.etag())],
        )
        .await;
        assert_eq!(known.status, 304, "{accepted}");
        assert_eq!(known.etag(), got.etag(), "{accepted}");
        tags.push(got.etag().to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 4, "{tags:?}");
    for (count, suffix) in ["", "-gzip", "-br", "-deflate"].into_iter().enumerate() {
        let got = get(&server, &path, &[]).await;
        let tag = format!("{}{suffix}\"", got.etag().strip_suffix('"').unwrap());
        let patched = server
            .patch(&path, &token, &tag, &json!({"members_count": count + 1}))
            .await;
        assert_eq!(patched.status, 200, "{tag}: {}", patched.text());
    }
}

async fn one_of_fifty_patches_on_one_tag_succeeds(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = created(&server, &token).await;
    let path = location(&created);
    let bodies: Vec<_> = (1..=50)
        .map(|count| json!({"members_count": count}))
        .collect();
    let answers = join_all(
        bodies
            .iter()
            .map(|body| server.patch(&path, &token, created.etag(), body)),
    )
    .await;
    let mut succeeded = Vec::new();
    for answer in answers {
        if answer.status == 200 {
            succeeded.push(answer);
        } else {
            answer.problem(412);
        }
    }
    assert_eq!(succeeded.len(), 1);
    let after = server.get(&path).await;
    assert_eq!(after.text(), succeeded[0].text());
    assert_eq!(after.json()["version"], 2);
    assert_eq!(
        server.get(&format!("{path}/history")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

async fn a_tag_never_comes_with_an_older_body(server: Server) {
    const CHANGES: usize = 150;
    let token = server.token(Role::Moderator).await;
    let first = created(&server, &token).await;
    let place = location(&first);
    let version = |answer: &Answer| answer.json()["version"].as_i64().unwrap();
    let writing = async {
        let mut tags = HashMap::from([(plain_tag(&first), version(&first))]);
        let mut tag = first.etag().to_owned();
        for count in 0..CHANGES {
            let patch = json!({"members_count": count});
            let answer = server.patch(&place, &token, &tag, &patch).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.etag().clone_into(&mut tag);
            tags.insert(plain_tag(&answer), version(&answer));
        }
        tags
    };
    let done = AtomicBool::new(false);
    let reading = || async {
        let mut seen = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let answer = server.get(&place).await;
            seen.push((plain_tag(&answer), version(&answer)));
        }
        seen
    };
    let writing = async {
        let tags = writing.await;
        done.store(true, Ordering::Relaxed);
        tags
    };
    let (tags, seen) = tokio::join!(writing, join_all((0..4).map(|_| reading())));
    for (tag, version) in seen.into_iter().flatten() {
        assert_eq!(tags.get(&tag), Some(&version), "{tag}");
    }
}

/// The tag without the suffix that names an encoding.
fn plain_tag(answer: &Answer) -> String {
    let opaque = answer.etag().trim_matches('"');
    opaque.split('-').next().unwrap().to_owned()
}
