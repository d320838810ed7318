//! What is left of a record that was merged.

use super::{bakery, listed, path};
use crate::harness::{Role, Server, on_both_databases};
use crate::import::{counts, import, lines, record, summary};
use entity::ids::OrganizationId;
use entity::membership::{self, MembershipRole};
use entity::organization::{Entity, Status};
use entity::{attestation, change, claim, invitation};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

on_both_databases!(
    its_paths_lead_to_the_survivor,
    its_data_is_erased,
    its_people_and_what_others_say_go_over,
    whoever_posted_what_was_never_public_owns_nothing,
    an_import_leaves_it_alone,
);

async fn its_paths_lead_to_the_survivor(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let one = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    let two = listed(&server, &moderator, &bakery("Calder Bakery Limited")).await;
    let order = json!({"into": one.id()});
    let merged = server
        .post(
            "/v1/organizations/calder-bakery-limited/merge",
            Some(&moderator),
            &order,
        )
        .await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for (name, method) in [
        (two.id(), "GET"),
        ("calder-bakery-limited".to_owned(), "HEAD"),
    ] {
        for (rest, query) in [("", ""), ("/history", ""), ("/history", "?limit=1")] {
            let url = format!("{}{}{rest}{query}", server.url, path(&name));
            let answer = client
                .request(method.parse().unwrap(), url)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), 308);
            let expected = format!("{}{rest}{query}", path(&one.id()));
            assert_eq!(answer.headers()["location"], expected.as_str());
            assert_eq!(answer.headers()["cache-control"], "no-cache");
            assert!(!answer.headers().contains_key("content-type"));
            assert_eq!(answer.text().await.unwrap(), "");
        }
    }
    for (given, shown) in [("%0A", "%0A"), ("%3Fa%23b", "%3Fa%23b")] {
        let rest = format!("/attestations/{given}");
        let url = format!("{}{}{rest}", server.url, path(&two.id()));
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 308);
        let expected = format!("{}/attestations/{shown}", path(&one.id()));
        assert_eq!(answer.headers()["location"], expected.as_str());
    }
    // Whoever follows gets the survivor.
    assert_eq!(server.get(&path(&two.id())).await.id(), one.id());
    let patch = json!({"summary": "x"});
    let refused = server
        .patch(&path(&two.id()), &moderator, "*", &patch)
        .await;
    let problem = refused.problem(410);
    assert!(problem["detail"].as_str().unwrap().contains(&one.id()));
    server
        .delete(&path(&two.id()), &moderator, "*")
        .await
        .problem(410);
    // The slug is never given again.
    let third = listed(&server, &moderator, &bakery("Calder Bakery Limited")).await;
    assert_eq!(third.json()["slug"], "calder-bakery-limited-2");
}

async fn its_data_is_erased(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let one = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    let mut body = bakery("Calder Bakery");
    body["summary"] = json!("A secret recipe");
    let two = listed(&server, &moderator, &body).await;
    let patch = json!({"summary": "Another secret"});
    let patched = server
        .patch(&path(&two.id()), &moderator, two.etag(), &patch)
        .await;
    assert_eq!(patched.status, 200);
    let merge = format!("{}/merge", path(&two.id()));
    let order = json!({"into": one.id()});
    assert_eq!(
        server.post(&merge, Some(&moderator), &order).await.status,
        200
    );

    let id = OrganizationId(two.id().parse().unwrap());
    let db = &server.state.store.db;
    let row = Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    assert_eq!(row.status, Status::Merged);
    assert_eq!(row.slug, "calder-bakery-2");
    assert_eq!(row.merged_into.unwrap().0.to_string(), one.id());
    let log = change::Entity::find()
        .filter(change::Column::Id.eq(id.0))
        .all(db)
        .await
        .unwrap();
    assert_eq!(log.len(), 3);
    let left = format!("{row:?} {log:?}");
    for erased in ["secret", "Hebden", "01234567", "Calder", "HX7"] {
        assert!(!left.contains(erased), "{erased}: {left}");
    }
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn its_people_and_what_others_say_go_over(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let (anna, ben) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let one = listed(&server, &moderator, &bakery("Calder Bakery"))
        .await
        .id();
    let two = listed(&server, &anna.token, &bakery("Calder Bakery"))
        .await
        .id();
    let id = |text: &str| OrganizationId(text.parse().unwrap());
    let db = &server.state.store.db;
    let now = server.state.clock.now();
    let account = |person: Uuid| entity::ids::AccountId(person);
    for (organization, person, role) in [
        (&one, anna.id, MembershipRole::Editor),
        (&two, ben.id, MembershipRole::Editor),
    ] {
        membership::Entity::insert(membership::ActiveModel {
            organization_id: Set(id(organization)),
            account_id: Set(account(person)),
            role: Set(role),
            created_at: Set(now),
        })
        .exec_without_returning(db)
        .await
        .unwrap();
    }
    for (organization, email) in [(&one, "x@a.coop"), (&two, "x@a.coop"), (&two, "y@a.coop")] {
        invitation::Entity::insert(invitation::ActiveModel {
            id: Set(server.state.clock.new_id()),
            organization_id: Set(id(organization)),
            email: Set(email.to_owned()),
            role: Set(MembershipRole::Editor),
            invited_by: Set(account(anna.id)),
            created_at: Set(now),
            expires_at: Set(now),
        })
        .exec_without_returning(db)
        .await
        .unwrap();
    }
    claim::Entity::insert(claim::ActiveModel {
        id: Set(server.state.clock.new_id()),
        organization_id: Set(id(&two)),
        account_id: Set(account(ben.id)),
        method: Set(claim::Method::DnsTxt),
        domain: Set("calder-bakery.coop".to_owned()),
        email: Set(None),
        challenge: Set("x".to_owned()),
        status: Set(claim::Status::Verified),
        created_at: Set(now),
        expires_at: Set(now),
        proven_at: Set(None),
        decided_at: Set(None),
        ..Default::default()
    })
    .exec_without_returning(db)
    .await
    .unwrap();
    let third = listed(&server, &moderator, &bakery("York Brewery"))
        .await
        .id();
    for (of, by) in [(&two, &one), (&two, &third), (&third, &two)] {
        attestation::Entity::insert(attestation::ActiveModel {
            id: Set(server.state.clock.new_id()),
            organization_id: Set(id(of)),
            kind: Set(attestation::Kind::PeerVouch),
            authority: Set(attestation::Authority::Peer),
            issuer: Set("Peer".to_owned()),
            issuer_organization_id: Set(Some(id(by))),
            issued_by: Set(account(anna.id)),
            evidence_url: Set(None),
            valid_from: Set(now),
            valid_to: Set(None),
            created_at: Set(now),
            revoked_at: Set(None),
        })
        .exec_without_returning(db)
        .await
        .unwrap();
    }

    let merge = format!("{}/merge", path(&two));
    let merged = server
        .post(&merge, Some(&moderator), &json!({"into": one}))
        .await;
    assert_eq!(merged.status, 200, "{}", merged.text());

    let memberships = membership::Entity::find().all(db).await.unwrap();
    assert!(
        memberships
            .iter()
            .all(|row| row.organization_id != id(&two))
    );
    let role = |person: Uuid| {
        let mut rows = memberships.iter();
        rows.find(|row| row.account_id.0 == person && row.organization_id == id(&one))
            .map(|row| row.role)
    };
    assert_eq!(
        role(anna.id),
        Some(MembershipRole::Owner),
        "the stronger role"
    );
    assert_eq!(role(ben.id), Some(MembershipRole::Editor));
    let mine = server
        .get_as("/v1/me/organizations", &anna.token)
        .await
        .json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    assert_eq!(mine["items"][0]["id"], one);

    let mut invited: Vec<_> = invitation::Entity::find()
        .all(db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.email, row.organization_id))
        .collect();
    invited.sort();
    assert_eq!(
        invited,
        [
            ("x@a.coop".to_owned(), id(&one)),
            ("y@a.coop".to_owned(), id(&one))
        ]
    );
    let claims = claim::Entity::find().all(db).await.unwrap();
    assert_eq!(claims[0].organization_id, id(&one));
    let mut said: Vec<_> = attestation::Entity::find()
        .all(db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.organization_id, row.issuer_organization_id.unwrap()))
        .collect();
    said.sort();
    assert_eq!(said, [(id(&one), id(&third)), (id(&third), id(&one))]);
}

async fn whoever_posted_what_was_never_public_owns_nothing(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let imported = lines([(1, bakery("Calder Bakery"))]);
    import(&server, &["--format", "ndjson"], &[imported.path()]);
    let survivor = "/v1/organizations/calder-bakery";
    let into = json!({"into": "calder-bakery"});
    for (publishes, owns) in [(false, false), (true, true)] {
        let person = server.person(Role::Member).await;
        let twin = listed(&server, &person.token, &bakery("Calder Bakery")).await;
        let twin = path(&twin.id());
        if publishes {
            let publish = format!("{twin}/publish");
            let public = server.post(&publish, Some(&moderator), &json!({})).await;
            assert_eq!(public.status, 200, "{}", public.text());
        }
        let merged = server
            .post(&format!("{twin}/merge"), Some(&moderator), &into)
            .await;
        assert_eq!(merged.status, 200, "{}", merged.text());
        let members = format!("{survivor}/members");
        let status = server.get_as(&members, &person.token).await.status;
        assert_eq!(status == 200, owns, "{status}");
        let history = format!("{survivor}/history");
        let history = server.get_as(&history, &moderator).await.json();
        let items = history["items"].as_array().unwrap();
        let joined =
            json!([{"pointer": format!("/members/{}", person.id), "from": null, "to": "owner"}]);
        assert_eq!(
            items.iter().any(|item| item["fields"] == joined),
            owns,
            "{history}"
        );
    }
}

async fn an_import_leaves_it_alone(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ndjson = ["--format", "ndjson"];
    import(
        &server,
        &ndjson,
        &[lines([(1, json!({})), (2, json!({}))]).path()],
    );
    let (from, into) = (
        record(&server, "ndjson", "1").await,
        record(&server, "ndjson", "2").await,
    );
    let merge = format!(
        "{}/merge?refresh=wait_for",
        path(from["id"].as_str().unwrap())
    );
    let merged = server
        .post(&merge, Some(&moderator), &json!({"into": into["id"]}))
        .await;
    assert_eq!(merged.status, 200, "{}", merged.text());

    let changed = lines([(1, json!({"summary": "new"})), (2, json!({}))]);
    let again = import(&server, &ndjson, &[changed.path()]);
    assert_eq!(summary(&again), counts(0, 0, 2, 0));
    let left = record(&server, "ndjson", "2").await;
    assert_eq!(left, merged.json());
    assert_eq!(server.get("/v1/organizations").await.json()["total"], 1);
}
