//! `/v1/feeds/{kind}`: what partner directories follow (OpenActive RPDE 1.0).

pub mod jobs;
pub mod organizations;
pub mod page;
