//! `/v1/organizations`.

mod create;
