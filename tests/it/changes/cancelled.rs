//! Clients that hang up at any moment: what they asked for is dropped in the middle of a statement.

use crate::harness::{Server, on_both_databases};
use entity::change::{self, Action, ActorRole, Kind};
use futures_util::future::join_all;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use toadlane::changes::{Actor, Change, WriteTransaction, record};
use toadlane::store::Store;
use uuid::Uuid;

on_both_databases!(what_is_written_after_a_dropped_transaction_is_durable);

const CLIENTS: u64 = 4;
const ROUNDS: u64 = 150;

async fn write(server: &Server, store: &Store) -> Uuid {
    let mut txn = WriteTransaction::begin(store).await.unwrap();
    let id = server.state.clock.new_id();
    record(
        &mut txn,
        Change {
            kind: Kind::Organization,
            id,
            action: Action::Updated,
            version: 1,
            actor: Actor {
                account: None,
                role: ActorRole::Import,
                source: None,
            },
            fields: json!([]),
            note: None,
            was_public: false,
            public: false,
            at: server.state.clock.now(),
        },
    );
    txn.commit().await.unwrap();
    id
}

async fn read(store: &Store) {
    let snapshot = store.snapshot().await.unwrap();
    change::Entity::find().count(&snapshot).await.unwrap();
    snapshot.commit().await.unwrap();
}

/// Drops the work when it has come so many steps far: each step waits for the database once.
async fn give_up_after<T>(steps: u32, work: impl Future<Output = T>) {
    let mut work = pin!(work);
    let mut taken = 0;
    poll_fn(|context| {
        taken += 1;
        if work.as_mut().poll(context).is_ready() || taken == steps {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

async fn what_is_written_after_a_dropped_transaction_is_durable(server: Server) {
    // Few connections, so that whoever comes next gets one that was dropped.
    let store = Store::connect(&server.database_url(), 2).await.unwrap();
    let clients = (0..CLIENTS).map(|client| hang_up_and_go_on(&server, &store, client));
    join_all(clients).await;
}

async fn hang_up_and_go_on(server: &Server, store: &Store, client: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(client);
    for round in 0..ROUNDS {
        let steps = random.random_range(1..12);
        if random.random() {
            give_up_after(steps, read(store)).await;
        } else {
            give_up_after(steps, write(server, store)).await;
        }
        // Were a transaction left open, this would be its first statement, and no snapshot could begin.
        change::Entity::find().count(&store.db).await.unwrap();
        read(store).await;
        let written = write(server, store).await;
        // What others see.
        let seen = change::Entity::of(Kind::Organization, written)
            .count(&server.state.store.db)
            .await
            .unwrap();
        assert_eq!(seen, 1, "client {client}, round {round}");
    }
}
