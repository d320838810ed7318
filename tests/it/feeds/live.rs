//! Followers of the feed while many write.

use super::follower::{Follower, PUBLIC_URL};
use super::writers::{State, Writer};
use crate::changes::support::{as_process, caught_up, public_list, ready};
use crate::harness::{Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

on_both_databases!(at_rest_every_follower_has_the_public_list);

const WRITERS: usize = 16;
const WRITES: usize = 20;

/// Three partners, with pages of 1, 7 and 500.
pub fn followers() -> Vec<Follower> {
    [1, 7, 500].map(Follower::new).into()
}

/// Writers that share one record.
pub async fn writers(server: &Server) -> Vec<Writer> {
    let token = server.token(Role::Moderator).await;
    let shared = server
        .post(
            "/v1/organizations",
            Some(&token),
            &organization("Everybody's"),
        )
        .await;
    assert_eq!(shared.status, 201, "{}", shared.text());
    (0..WRITERS)
        .map(|number| Writer::new(number, &token, &shared.id()))
        .collect()
}

/// Lets all write while all follow, until everything is written and read or the server is gone.
pub async fn write_and_follow(
    server: &Server,
    writers: &mut [Writer],
    followers: &mut [Follower],
    times: usize,
    acknowledged: &AtomicUsize,
) {
    let done = AtomicBool::new(false);
    let write = async {
        join_all(
            writers
                .iter_mut()
                .map(|writer| writer.write(server, times, acknowledged)),
        )
        .await;
        done.store(true, Ordering::SeqCst);
    };
    let follow = join_all(
        followers
            .iter_mut()
            .map(|follower| follower.follow(server, &done)),
    );
    tokio::join!(write, follow);
}

/// Asserts that each follower has exactly the public list, and never heard of anything else.
pub async fn assert_followers_have_the_list(
    server: &Server,
    writers: &[Writer],
    followers: &[Follower],
) {
    caught_up(server).await;
    let list = public_list(server).await;
    let never_public: BTreeSet<&String> = writers
        .iter()
        .flat_map(|writer| &writer.records)
        .filter(|record| record.state == State::Pending)
        .map(|record| &record.id)
        .collect();
    assert!(!never_public.is_empty());
    for follower in followers {
        assert_eq!(
            follower.state.keys().collect::<Vec<_>>(),
            list.keys().collect::<Vec<_>>()
        );
        assert_eq!(follower.state, list);
        assert!(never_public.iter().all(|id| !follower.ids.contains(*id)));
        assert!(follower.ids.len() > list.len(), "nothing has left the list");
    }
}

async fn at_rest_every_follower_has_the_public_list(mut server: Server) {
    let mut writers = writers(&server).await;
    let _serving = as_process(&mut server, &["--public-url", PUBLIC_URL]).await;
    ready(&server).await;
    let mut followers = followers();
    let acknowledged = AtomicUsize::new(0);
    write_and_follow(&server, &mut writers, &mut followers, WRITES, &acknowledged).await;
    assert_eq!(acknowledged.load(Ordering::SeqCst), WRITERS * WRITES);
    assert_followers_have_the_list(&server, &writers, &followers).await;
    // They followed while it went on: more pages than a walk at rest has.
    assert!(followers.iter().all(|follower| follower.pages > 5));
}
