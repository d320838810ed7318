//! From a draft to a tombstone.

use super::{act, coop, in_feed, job, listed, path, post, state_in_feed, with};
use crate::harness::{Answer, Role, Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    a_job_is_posted_changed_and_filled,
    a_draft_is_for_its_editors_until_it_is_published,
    a_closed_job_stays_closed,
    a_deleted_job_leaves_a_tombstone,
    the_same_job_is_posted_once,
    a_request_that_comes_again_posts_once,
    changes_need_the_version_they_change,
    every_field_comes_back_as_it_was_sent,
    where_to_write_is_told_on_request_only,
    what_a_text_names_is_suggested,
    a_skill_is_found_by_all_its_names,
);

async fn a_job_is_posted_changed_and_filled(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let (id, view) = (posted.id(), posted.json());
    assert_eq!(posted.header("location"), path(&id));
    assert_eq!(view["slug"], "baker-ada-bakery");
    assert_eq!(view["status"], "published");
    assert_eq!(view["organization"]["slug"], ada.slug);
    assert_eq!(view["version"], 1);
    let shown = server.get(&path("baker-ada-bakery")).await;
    assert_eq!(shown.etag(), posted.etag());
    assert_eq!(listed(&server).await, [id.as_str()]);
    let (state, data) = in_feed(&server, &id).await.unwrap();
    assert_eq!((state.as_str(), &data), ("updated", &shown.json()));

    let change = json!({"title": "Night baker", "skills": ["bread"], "seniority": "mid"});
    let path_now = format!("{}?refresh=wait_for", path(&id));
    let changed = server
        .patch(&path_now, &ada.token, posted.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["title"], "Night baker");
    assert_eq!(changed.json()["slug"], "baker-ada-bakery");
    for name in ["posted_at", "valid_through", "created_at"] {
        assert_eq!(changed.json()[name], view[name], "{name}");
    }
    let found = server.get("/v1/jobs?q=night").await.json();
    assert_eq!(found["items"][0], changed.json());

    let closed = act(&server, &ada, &id, "close", &json!({"reason": "filled"})).await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    assert_eq!(closed.json()["status"], "filled");
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "deleted");
    assert_eq!(server.get(&path(&id)).await.json()["status"], "filled");

    let history = server.get(&format!("{}/history", path(&id))).await.json();
    let told: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["action"].clone(), item["role"].clone()))
        .collect();
    let owner = |action: &str| (json!(action), json!("owner"));
    assert_eq!(told, ["closed", "updated", "created"].map(owner));
    let pointers: Vec<_> = history["items"][1]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/title", "/seniority", "/skills"]);
}

async fn a_draft_is_for_its_editors_until_it_is_published(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let other = server.token(Role::Member).await;
    let draft = with(job(&ada, "Baker"), &json!({"status": "draft"}));
    let posted = post(&server, &ada, &draft).await;
    let id = posted.id();
    assert_eq!(posted.json()["status"], "draft");
    assert_eq!(posted.json()["posted_at"], Value::Null);
    assert_eq!(posted.json()["valid_through"], Value::Null);
    server.get(&path(&id)).await.problem(404);
    server.get_as(&path(&id), &other).await.problem(404);
    let history = format!("{}/history", path(&id));
    server.get(&history).await.problem(404);
    assert_eq!(server.get_as(&path(&id), &moderator).await.status, 200);
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(in_feed(&server, &id).await, None);
    let mine = server.get_as("/v1/me/jobs", &ada.token).await.json();
    assert_eq!(mine["items"][0]["id"], id);
    let drafts = "/v1/jobs?status=draft";
    server.get(drafts).await.problem(401);
    server.get_as(drafts, &ada.token).await.problem(403);
    let queue = server.get_as(drafts, &moderator).await.json();
    assert_eq!(queue["items"][0]["id"], id);

    act(&server, &ada, &id, "renew", &json!({}))
        .await
        .problem(409);
    let reason = json!({"reason": "withdrawn"});
    act(&server, &ada, &id, "close", &reason).await.problem(409);

    let publish = json!({"status": "published"});
    let published = server
        .patch(
            &format!("{}?refresh=wait_for", path(&id)),
            &ada.token,
            posted.etag(),
            &publish,
        )
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    let view = published.json();
    assert!(view["posted_at"].is_string() && view["valid_through"].is_string());
    assert_eq!(listed(&server).await, [id.as_str()]);
    assert_eq!(server.get(&path(&id)).await.status, 200);

    // What is published is ended by closing, not by making it a draft again.
    for status in ["draft", "pending", "filled", "withdrawn", "expired"] {
        let back = server
            .patch(&path(&id), &ada.token, "*", &json!({"status": status}))
            .await;
        assert_eq!(super::pointers(&back), ["/status"], "{status}");
    }
}

async fn a_closed_job_stays_closed(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let id = posted.id();
    for wrong in [
        json!({}),
        json!({"reason": "expired"}),
        json!({"reason": null}),
    ] {
        let answer = act(&server, &ada, &id, "close", &wrong).await;
        assert_eq!(super::pointers(&answer), ["/reason"], "{wrong}");
    }
    let withdrawn = json!({"reason": "withdrawn"});
    let closed = act(&server, &ada, &id, "close", &withdrawn).await;
    assert_eq!(closed.json()["status"], "withdrawn");
    act(&server, &ada, &id, "close", &withdrawn)
        .await
        .problem(409);
    act(&server, &ada, &id, "renew", &json!({}))
        .await
        .problem(409);
    let again = server
        .patch(&path(&id), &ada.token, "*", &json!({"status": "published"}))
        .await;
    assert_eq!(super::pointers(&again), ["/status"]);
    assert_eq!(listed(&server).await, Vec::<String>::new());
    // The place is free again.
    let anew = post(&server, &ada, &job(&ada, "Baker")).await;
    assert_ne!(anew.json()["slug"], closed.json()["slug"]);
}

async fn a_deleted_job_leaves_a_tombstone(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let first = post(&server, &ada, &job(&ada, "Baker")).await;
    let id = first.id();
    let change = json!({"description": "A secret that is taken back."});
    let changed = server
        .patch(&path(&id), &ada.token, first.etag(), &change)
        .await;
    server
        .delete(&path(&id), &ada.token, first.etag())
        .await
        .problem(412);
    let deleted = server.delete(&path(&id), &ada.token, changed.etag()).await;
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    server.get(&path(&id)).await.problem(410);
    server.get(&path("baker-ada-bakery")).await.problem(410);
    server.get_as(&path(&id), &ada.token).await.problem(410);
    let (state, data) = in_feed(&server, &id).await.unwrap();
    assert_eq!((state.as_str(), data), ("deleted", Value::Null));
    let mine = server.get_as("/v1/me/jobs", &ada.token).await.json();
    assert_eq!(mine["items"], json!([]));
    for (action, body) in [("close", json!({"reason": "filled"})), ("renew", json!({}))] {
        act(&server, &ada, &id, action, &body).await.problem(410);
    }
    let anew = post(&server, &ada, &job(&ada, "Baker")).await;
    assert_eq!(anew.json()["slug"], "baker-ada-bakery-2");
}

async fn the_same_job_is_posted_once(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let bea = coop(&server, "Bea Bakery").await;
    let both = json!({"locations": [{"locality": "Leeds", "country": "GB"}, {"locality": "York", "country": "GB"}], "employment_types": ["full_time", "part_time"]});
    let first = post(&server, &ada, &with(job(&ada, "Baker"), &both)).await;
    // In other words: case, spaces, and the order of lists.
    let same = json!({
        "title": "  BAKER ",
        "description": "Other words.",
        "employment_types": ["part_time", "full_time"],
        "locations": [{"locality": "york", "country": "GB"}, {"locality": "LEEDS", "country": "GB"}],
    });
    let same = with(job(&ada, "Baker"), &same);
    let refused = server.post("/v1/jobs", Some(&ada.token), &same).await;
    let problem = refused.problem(409);
    assert_eq!(problem["duplicate"], path(&first.id()));
    assert_eq!(listed(&server).await.len(), 1);

    // Another organization, place, workplace or way of employment makes another job.
    post(&server, &bea, &with(job(&bea, "Baker"), &both)).await;
    post(&server, &ada, &job(&ada, "Baker")).await;
    let hybrid = with(
        with(job(&ada, "Baker"), &both),
        &json!({"workplace": "hybrid"}),
    );
    post(&server, &ada, &hybrid).await;
    assert_eq!(listed(&server).await.len(), 4);

    // Nor does a change make it the same.
    let other = post(&server, &ada, &job(&ada, "Other")).await;
    let refused = server
        .patch(
            &path(&other.id()),
            &ada.token,
            other.etag(),
            &with(json!({"title": "baker"}), &both),
        )
        .await;
    assert_eq!(refused.problem(409)["duplicate"], path(&first.id()));
    let other = path(&other.id());
    let etag = server.get(&other).await.etag().to_owned();
    assert_eq!(server.delete(&other, &ada.token, &etag).await.status, 204);

    let draft = with(same.clone(), &json!({"status": "draft"}));
    let draft = post(&server, &ada, &draft).await;
    let publish = json!({"status": "published"});
    let refused = server
        .patch(&path(&draft.id()), &ada.token, draft.etag(), &publish)
        .await;
    assert_eq!(refused.problem(409)["duplicate"], path(&first.id()));
    let anyway = server
        .post(
            "/v1/jobs?allow_duplicate=true&refresh=wait_for",
            Some(&ada.token),
            &same,
        )
        .await;
    assert_eq!(anyway.status, 201, "{}", anyway.text());
    assert_eq!(listed(&server).await.len(), 5);

    // The draft as well, when somebody wants it.
    let mean_it = |answer: &str| {
        format!(
            "{}?allow_duplicate={answer}&refresh=wait_for",
            path(&draft.id())
        )
    };
    let refused = server
        .patch(&mean_it("false"), &ada.token, draft.etag(), &publish)
        .await;
    refused.problem(409);
    let refused = server
        .patch(&mean_it("perhaps"), &ada.token, draft.etag(), &publish)
        .await;
    assert_eq!(super::pointers(&refused), ["/allow_duplicate"]);
    let published = server
        .patch(&mean_it("true"), &ada.token, draft.etag(), &publish)
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(listed(&server).await.len(), 6);
}

async fn a_request_that_comes_again_posts_once(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let send = |key: &str, body: &Value| {
        let request = server.request("POST", "/v1/jobs").bearer_auth(&ada.token);
        let request = request.header("idempotency-key", key.to_owned());
        Answer::of(request.json(body))
    };
    let body = job(&ada, "Baker");
    let first = send("\"one\"", &body).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = send("\"one\"", &body).await;
    assert_eq!(
        (again.status, again.text(), again.etag()),
        (201, first.text(), first.etag())
    );
    send("\"one\"", &job(&ada, "Miller")).await.problem(422);
    send("\"two\"", &body).await.problem(409);
    // What was refused is not kept as the answer.
    let deleted = server.delete(&path(&first.id()), &ada.token, "*").await;
    assert_eq!(deleted.status, 204);
    assert_eq!(send("\"two\"", &body).await.status, 201);
    send("\"one\"", &body).await.problem(410);
}

async fn changes_need_the_version_they_change(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &job(&ada, "Baker")).await;
    let path = path(&posted.id());
    let change = json!({"title": "Night baker"});
    let unconditional = server
        .request("PATCH", &path)
        .bearer_auth(&ada.token)
        .header("content-type", "application/merge-patch+json")
        .body(change.to_string());
    Answer::of(unconditional).await.problem(428);
    let unconditional = server.request("DELETE", &path).bearer_auth(&ada.token);
    Answer::of(unconditional).await.problem(428);
    let changed = server
        .patch(&path, &ada.token, posted.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    server
        .patch(&path, &ada.token, posted.etag(), &json!({"title": "Lost"}))
        .await
        .problem(412);
    // What changes nothing writes nothing.
    let same = server
        .patch(&path, &ada.token, changed.etag(), &change)
        .await;
    assert_eq!((same.status, same.etag()), (200, changed.etag()));
    let known = server
        .request("GET", &path)
        .header("if-none-match", changed.etag());
    assert_eq!(Answer::of(known).await.status, 304);
}

async fn every_field_comes_back_as_it_was_sent(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let mut body = toadlane::jobs::view::sample_input();
    body["organization_id"] = json!(ada.id);
    let end = server.state.clock.now() + chrono::TimeDelta::days(100);
    body["valid_through"] = json!(end);
    body["salary"]["min"] = json!(38_000.55);
    let posted = post(&server, &ada, &body).await;
    let shown = server.get(&path(&posted.id())).await.json();
    for (name, sent) in body.as_object().unwrap() {
        match name.as_str() {
            "status" => assert_eq!(shown[name], "published"),
            "apply_email" => assert_eq!(shown.get(name), None),
            _ => assert_eq!(&shown[name], sent, "{name}"),
        }
    }
    // The view of a read is a body of a write.
    let same = server
        .patch(&path(&posted.id()), &ada.token, posted.etag(), &shown)
        .await;
    assert_eq!(
        (same.status, same.etag()),
        (200, posted.etag()),
        "{}",
        same.text()
    );
    let nothing: Value = body
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| {
            ![
                "organization_id",
                "title",
                "description",
                "employment_types",
                "workplace",
                "locations",
                "apply_url",
            ]
            .contains(&name.as_str())
        })
        .map(|name| (name.clone(), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let emptied = server
        .patch(&path(&posted.id()), &ada.token, "*", &nothing)
        .await;
    assert_eq!(emptied.status, 200, "{}", emptied.text());
    assert_eq!(emptied.json()["salary"], Value::Null);
    assert_eq!(emptied.json()["skills"], json!([]));
}

async fn where_to_write_is_told_on_request_only(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let address = "hidden.hiring@ada.example.coop";
    let by_mail = json!({"apply_url": null, "apply_email": address});
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &by_mail)).await;
    let id = posted.id();
    let change = json!({"apply_email": format!("x{address}")});
    let changed = server
        .patch(&path(&id), &ada.token, posted.etag(), &change)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    for seen in [
        posted.text(),
        changed.text(),
        server.get(&path(&id)).await.text(),
        server.get_as(&path(&id), &ada.token).await.text(),
        server.get(&format!("{}/history", path(&id))).await.text(),
        server.get("/v1/jobs?q=baker&highlight=true").await.text(),
        server.get("/v1/feeds/jobs").await.text(),
        server.get_as("/v1/me/jobs", &ada.token).await.text(),
    ] {
        assert!(!seen.contains(address), "{seen}");
    }
    assert_eq!(
        server.get(&format!("/v1/jobs?q={address}")).await.json()["total"],
        0
    );
    let reveal = format!("{}/reveal-email", path(&id));
    let revealed = server.post(&reveal, None, &json!({})).await;
    assert_eq!(revealed.json()["email"], format!("x{address}"));
    assert_eq!(revealed.header("cache-control"), "no-store");
    let closed = act(&server, &ada, &id, "close", &json!({"reason": "filled"})).await;
    assert_eq!(closed.status, 200);
    server.post(&reveal, None, &json!({})).await.problem(410);
    let by_page = post(&server, &ada, &job(&ada, "Miller")).await;
    let reveal = format!("{}/reveal-email", path(&by_page.id()));
    server.post(&reveal, None, &json!({})).await.problem(409);
}

async fn what_a_text_names_is_suggested(server: Server) {
    let ada = coop(&server, "Ada Software").await;
    let text = json!({"description": "We write Django on PostgreSQL and run it on Debian.", "skills": ["postgres"]});
    let posted = post(&server, &ada, &with(job(&ada, "Developer"), &text)).await;
    assert_eq!(posted.json()["skills"], json!(["PostgreSQL"]));
    assert_eq!(
        posted.json()["suggested_skills"],
        json!(["Django", "Debian"])
    );
}

async fn a_skill_is_found_by_all_its_names(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let body = with(job(&ada, "Keeper"), &json!({"skills": ["golang", "k8s"]}));
    let posted = post(&server, &ada, &body).await;
    assert_eq!(posted.json()["skills"], json!(["Go", "Kubernetes"]));
    for asked in [
        "q=golang",
        "q=k8s",
        "q=Kubernetes",
        "skill=golang",
        "skill=go",
    ] {
        let page = server.get(&format!("/v1/jobs?{asked}")).await.json();
        assert_eq!(page["total"], 1, "{asked}");
        assert_ne!(page["relaxed"], true, "{asked}");
    }
}
