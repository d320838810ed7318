//! The `toadlane` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    toadlane::cli::run()
}
