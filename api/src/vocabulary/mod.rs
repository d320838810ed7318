//! What several kinds of records say alike: the rules of their fields and the words of the spec for them. Knows no
//! kind of record.

pub mod domain;
pub mod hint;
pub mod mailbox_hosts;
pub mod rules;
pub mod schema;
pub mod url;
pub mod validation;
pub mod visible;
