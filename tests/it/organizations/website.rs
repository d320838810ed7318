//! Where a listing's website is, its owners say: whoever has its domain can become one.

use crate::harness::{Answer, Person, Role, Server, on_both_databases, organization};
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

on_both_databases!(an_editor_moves_no_website_to_another_domain);

async fn change(server: &Server, path: &str, who: &Person, website: Value) -> Answer {
    let etag = server.get_as(path, &who.token).await.etag().to_owned();
    let change = json!({"website": website});
    server.patch(path, &who.token, &etag, &change).await
}

async fn an_editor_moves_no_website_to_another_domain(server: Server) {
    let owner = server.person(Role::Member).await;
    let editor = server.person(Role::Member).await;
    let moderator = server.person(Role::Moderator).await;
    let mut body = organization("Suma");
    body["website"] = "https://www.suma.example/".into();
    let listed = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    let path = listed.header("location").to_owned();
    membership::Entity::insert(membership::ActiveModel {
        organization_id: Set(OrganizationId(listed.id().parse().unwrap())),
        account_id: Set(AccountId(editor.id)),
        role: Set(MembershipRole::Editor),
        created_at: Set(server.state.clock.now()),
    })
    .exec_without_returning(&server.state.store.db)
    .await
    .unwrap();

    for page in ["https://suma.example/about", "https://shop.suma.example/"] {
        let changed = change(&server, &path, &editor, page.into()).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    }
    for elsewhere in [
        json!("https://suma.example.org/"),
        json!("https://evil.example/"),
        json!("https://www.facebook.com/suma"),
        json!(null),
    ] {
        let refused = change(&server, &path, &editor, elsewhere).await;
        let problem = refused.problem(403);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .starts_with("/website: "),
            "{problem}"
        );
    }
    let now = server.get_as(&path, &editor.token).await.json();
    assert_eq!(now["website"], "https://shop.suma.example/");
    // The rest of what an editor may, they still may.
    let etag = server.get_as(&path, &editor.token).await.etag().to_owned();
    let both = json!({"website": "https://suma.example/", "summary": "Wholefoods."});
    let changed = server.patch(&path, &editor.token, &etag, &both).await;
    assert_eq!(changed.status, 200, "{}", changed.text());

    for (who, elsewhere) in [
        (&owner, json!("https://suma.coop/")),
        (&moderator, json!("https://www.facebook.com/suma")),
    ] {
        let moved = change(&server, &path, who, elsewhere).await;
        assert_eq!(moved.status, 200, "{}", moved.text());
    }
    // Nor from one page to another where many have theirs, nor to a first one.
    let page = json!("https://www.facebook.com/other");
    change(&server, &path, &editor, page).await.problem(403);
    let removed = change(&server, &path, &owner, json!(null)).await;
    assert_eq!(removed.status, 200, "{}", removed.text());
    let first = json!("https://evil.example/");
    change(&server, &path, &editor, first).await.problem(403);
}
