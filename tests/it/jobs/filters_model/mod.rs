//! The list of jobs against a plain reading of the contract: what is sent as JSON must be found, counted and
//! ordered as the words of the API say, all the way through database, index and time.

mod check;
mod draw;
mod filter;
mod model;
mod money;
mod query;
mod world;

use super::on_both;
use crate::harness::{Database, Server};
use check::Comparison;
use chrono::TimeDelta;
use query::Query;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use toadlane::clock::Clock;
use world::World;

on_both!(lists_are_what_the_contract_says);

/// Queries before time goes on.
const QUERIES: usize = 300;

/// Moments at which jobs end, and queries at each.
const ENDS: usize = 8;
const QUERIES_AT_AN_END: usize = 8;

async fn lists_are_what_the_contract_says(database: Database) {
    let start = Clock::System.now();
    let server = Server::start_with(database, Clock::manual(start), |_| {}).await;
    let mut random = ChaCha8Rng::seed_from_u64(match database {
        Database::Sqlite => 1,
        Database::Postgres => 2,
    });
    let world = World::load(&server, &mut random).await;
    let mut comparison = Comparison::new(&server, &world);
    comparison.run(&Query::of_everything()).await;
    for _ in 0..QUERIES {
        comparison.run(&Query::draw(&mut random, &world)).await;
    }
    // Time goes on, and nobody writes anything: jobs end at their second, not a moment before.
    for end in world.ends().into_iter().step_by(5).take(ENDS) {
        let moment = TimeDelta::milliseconds(1);
        let left = end - server.state.clock.now() - moment;
        server.state.clock.advance(left);
        comparison.run(&Query::of_everything()).await;
        server.state.clock.advance(moment);
        comparison.run(&Query::of_everything()).await;
        for _ in 0..QUERIES_AT_AN_END {
            comparison.run(&Query::draw(&mut random, &world)).await;
        }
    }
    comparison.conclude();
}
