//! Whatever happens to the servers, each job is told, and none twice.

use super::{Employer, every_job, found, matched, save};
use crate::changes::support::{as_process, eventually};
use crate::claims::for_each_database;
use crate::harness::{Database, Role, Server, on_both_databases, take_mail};
use entity::mail::{self, Template};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

on_both_databases!(killed_half_way_nothing_is_lost_and_nothing_repeated);
for_each_database!(two_servers_tell_once);

const JOBS: usize = 12;
const ROUNDS: usize = 4;

async fn killed_half_way_nothing_is_lost_and_nothing_repeated(mut server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    let mut posted = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = found(&server, &saved.id()).await;
        let mut serving = as_process(&mut server, &[]).await;
        for number in 0..JOBS {
            let job = employer.job(&format!("Job {round}x{number}"));
            posted.insert(employer.post(&server, &job).await.id());
        }
        // At once, or when some are told.
        if round % 2 == 1 {
            eventually("something is found", || async {
                found(&server, &saved.id()).await > before
            })
            .await;
        }
        serving.kill();
    }
    let _serving = as_process(&mut server, &[]).await;
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, posted.len() as u64);
    // Of each job one letter was asked for.
    let letters = mail::Entity::find()
        .filter(mail::Column::Template.eq(Template::JobAlerts))
        .all(&server.state.store.db)
        .await
        .unwrap();
    let mut told: Vec<String> = Vec::new();
    for letter in letters {
        assert_eq!(letter.recipient, person.email);
        let ids = letter.parameters["job_ids"].as_array().unwrap().iter();
        told.extend(ids.map(|id| id.as_str().unwrap().to_owned()));
    }
    assert_eq!(told.len(), posted.len());
    assert_eq!(BTreeSet::from_iter(told), posted);
}

async fn two_servers_tell_once(database: Database) {
    let server = Server::start(database).await;
    let another = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(server.start_another().await),
    };
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    for number in 0..30 {
        let job = employer.job(&format!("Job {number}"));
        let at = match &another {
            Some(another) if number % 2 == 1 => another,
            _ => &server,
        };
        employer.post(at, &job).await;
    }
    matched(&server).await;
    assert_eq!(found(&server, &saved.id()).await, 30);
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let outboxes: Vec<_> = [Some(&server), another.as_ref()]
        .into_iter()
        .flatten()
        .map(|server| server.data_dir().join("outbox"))
        .collect();
    eventually("everything is told", || {
        for outbox in &outboxes {
            while let Some(mail) = take_mail(outbox, &person.email) {
                for title in mail.body.lines().filter(|line| line.starts_with("Job ")) {
                    *told.entry(title.to_owned()).or_default() += 1;
                }
            }
        }
        let is_all = told.len() == 30;
        async move { is_all }
    })
    .await;
    assert!(told.values().all(|times| *times == 1), "{told:?}");
}
