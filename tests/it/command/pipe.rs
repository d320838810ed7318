//! A reader that has read enough.

use crate::harness::Command;
use std::io::Read;

#[test]
fn a_command_whose_reader_left_ends_in_peace() {
    let mut child = Command::new(&["openapi"]).piped();
    let mut start = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    assert_eq!(&start, b"openapi:");
    // The pipe is closed by now, with most of the document to come.
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
}
