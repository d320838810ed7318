//! `toadlane openapi`.

use super::Failure;
use crate::openapi::{openapi, yaml};
use std::process::ExitCode;

/// Print the OpenAPI document, generated from the routes; needs no database
#[derive(Debug, clap::Args)]
pub struct Args {}

#[expect(clippy::print_stdout, reason = "the document is the result")]
pub fn run(Args {}: &Args) -> Result<ExitCode, Failure> {
    print!("{}", yaml(&openapi())?);
    Ok(ExitCode::SUCCESS)
}
