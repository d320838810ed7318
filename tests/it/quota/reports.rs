//! How much one account reports.

use super::hand_in;
use crate::harness::{Role, Server, on_both_databases};
use serde_json::json;

on_both_databases!(somebody_reports_so_much_in_a_day);

async fn somebody_reports_so_much_in_a_day(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let (ada, ben) = (
        server.token(Role::Member).await,
        server.token(Role::Member).await,
    );
    let mut paths = Vec::new();
    for number in 0..7 {
        let listed = hand_in(&server, &moderator, &format!("Number {number}")).await;
        paths.push(format!("/v1/organizations/{}/reports", listed.id()));
    }
    let reasons = ["spam", "closed", "wrong_data", "duplicate", "other"];
    let all: Vec<_> = paths
        .iter()
        .flat_map(|path| reasons.map(|reason| (path, reason)))
        .collect();
    for (number, (path, reason)) in all.iter().enumerate() {
        let body = json!({"reason": reason});
        let answer = server.post(path, Some(&ada), &body).await;
        let expected = if number < 30 { 202 } else { 409 };
        assert_eq!(answer.status, expected, "{number}: {}", answer.text());
    }
    let body = json!({"reason": "spam"});
    let others = server.post(&paths[6], Some(&ben), &body).await;
    assert_eq!(others.status, 202, "{}", others.text());
}
