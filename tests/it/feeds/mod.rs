//! The partner feed.

mod follower;
mod killed;
mod live;
mod rules;
mod writers;
