//! `toadlane openapi`.

use super::{Failure, say};
use crate::openapi::{openapi, yaml};
use std::process::ExitCode;

/// Print the OpenAPI document, generated from the routes; needs no database
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<ExitCode, Failure> {
    say(yaml(&openapi())?.trim_end());
    Ok(ExitCode::SUCCESS)
}
