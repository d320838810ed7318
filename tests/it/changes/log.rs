//! Numbers of the log: in the order of the commits, all or nothing, without deadlocks.

use super::support::head;
use crate::harness::{Server, on_both_databases};
use entity::change::{self, Action, ActorRole, Kind};
use entity::feed_entry::{self, State};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use toadlane::changes::{Actor, Change, WriteTransaction, record};
use toadlane::store::Store;
use uuid::Uuid;

on_both_databases!(
    a_reader_never_finds_a_number_below_one_it_has_seen,
    a_write_that_is_rolled_back_leaves_nothing,
    two_writers_of_the_same_two_records_do_not_wait_for_each_other,
    a_record_that_changes_twice_in_a_write_is_in_the_feed_once,
);

const WRITERS: usize = 16;
const WRITES: usize = 25;

fn change_of(server: &Server, id: Uuid) -> Change {
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
        public: true,
        at: server.state.clock.now(),
    }
}

async fn a_reader_never_finds_a_number_below_one_it_has_seen(server: Server) {
    let server = Arc::new(server);
    let ids: Vec<Uuid> = (0..10).map(|_| server.state.clock.new_id()).collect();
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read(server.state.store.clone(), done.clone()));
    let writers = (0..WRITERS).map(|writer| {
        let (server, ids) = (server.clone(), ids.clone());
        tokio::spawn(async move {
            for write in 0..WRITES {
                let mut txn = WriteTransaction::begin(&server.state.store).await.unwrap();
                record(
                    &mut txn,
                    change_of(&server, ids[(writer + write) % ids.len()]),
                );
                if write % 3 == 0 {
                    record(
                        &mut txn,
                        change_of(&server, ids[(writer * 7 + write + 1) % ids.len()]),
                    );
                }
                match write % 5 {
                    3 => drop(txn),
                    4 => drop(txn.seal().await.unwrap()),
                    _ => txn.commit().await.unwrap(),
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let (numbers, looks) = reader.await.unwrap();

    let committed = (0..WRITES).filter(|write| write % 5 < 3);
    let per_writer: usize = committed
        .map(|write| if write % 3 == 0 { 2 } else { 1 })
        .sum();
    assert_eq!(numbers.len(), WRITERS * per_writer);
    assert!(looks > 10, "the reader looked at {looks} states only");
    assert_feed_has_each_record_once(&server).await;
}

/// Reads until told, and fails when a number turns up below one that was seen before.
/// Gives all numbers, and how many different states of the log it saw.
async fn read(store: Store, done: Arc<AtomicBool>) -> (BTreeSet<i64>, usize) {
    let mut seen = BTreeSet::new();
    let mut looks = 0;
    loop {
        let last_look = done.load(Ordering::SeqCst);
        let numbers: Vec<i64> = change::Entity::find()
            .order_by_asc(change::Column::Seq)
            .select_only()
            .column(change::Column::Seq)
            .into_tuple()
            .all(&store.db)
            .await
            .unwrap();
        let highest = seen.last().copied().unwrap_or(0);
        let before = seen.len();
        for number in numbers {
            assert!(
                !seen.insert(number) || number > highest,
                "{number} came after {highest} was seen"
            );
        }
        looks += usize::from(seen.len() > before);
        if last_look {
            return (seen, looks);
        }
    }
}

async fn assert_feed_has_each_record_once(server: &Server) {
    let db = &server.state.store.db;
    let newest: BTreeMap<Uuid, i64> = change::Entity::find()
        .order_by_asc(change::Column::Seq)
        .all(db)
        .await
        .unwrap()
        .into_iter()
        .map(|change| (change.id, change.seq))
        .collect();
    let entries = feed_entry::Entity::find().all(db).await.unwrap();
    assert_eq!(entries.len(), newest.len());
    for entry in entries {
        assert_eq!(entry.seq, newest[&entry.id]);
        assert_eq!(entry.state, State::Updated);
    }
}

async fn a_write_that_is_rolled_back_leaves_nothing(server: Server) {
    let id = server.state.clock.new_id();
    for seals in [false, true] {
        let mut txn = WriteTransaction::begin(&server.state.store).await.unwrap();
        record(&mut txn, change_of(&server, id));
        if seals {
            let sealed = txn.seal().await.unwrap();
            assert!(sealed.number(Kind::Organization, id).is_some());
        }
    }
    assert_eq!(head(&server).await, 0);
    let entries = feed_entry::Entity::find()
        .count(&server.state.store.db)
        .await
        .unwrap();
    assert_eq!(entries, 0);

    // The lock on the log went with it.
    let mut txn = WriteTransaction::begin(&server.state.store).await.unwrap();
    record(&mut txn, change_of(&server, id));
    txn.commit().await.unwrap();
    assert!(head(&server).await > 0);
}

async fn two_writers_of_the_same_two_records_do_not_wait_for_each_other(server: Server) {
    const ROUNDS: usize = 40;
    let (one, two) = (server.state.clock.new_id(), server.state.clock.new_id());
    let write = async |first, second| {
        let mut txn = WriteTransaction::begin(&server.state.store).await.unwrap();
        record(&mut txn, change_of(&server, first));
        // Lets the other writer begin, too.
        tokio::task::yield_now().await;
        record(&mut txn, change_of(&server, second));
        txn.commit().await.unwrap();
    };
    for _ in 0..ROUNDS {
        tokio::join!(write(one, two), write(two, one));
    }
    let changes = change::Entity::find()
        .count(&server.state.store.db)
        .await
        .unwrap();
    assert_eq!(changes, 4 * ROUNDS as u64);
    assert_feed_has_each_record_once(&server).await;
}

async fn a_record_that_changes_twice_in_a_write_is_in_the_feed_once(server: Server) {
    let id = server.state.clock.new_id();
    let mut txn = WriteTransaction::begin(&server.state.store).await.unwrap();
    record(&mut txn, change_of(&server, id));
    record(
        &mut txn,
        Change {
            action: Action::Archived,
            public: false,
            ..change_of(&server, id)
        },
    );
    txn.commit().await.unwrap();
    // It was never public for anybody: the feed does not know it.
    let entries = feed_entry::Entity::find()
        .filter(feed_entry::Column::Id.eq(id))
        .count(&server.state.store.db)
        .await
        .unwrap();
    assert_eq!(entries, 0);
    let changes = change::Entity::of(Kind::Organization, id);
    assert_eq!(changes.count(&server.state.store.db).await.unwrap(), 2);
}
