//! The code lists the directory speaks: sectors, skills, organization types, networks,
//! countries and the regions of the International Cooperative Alliance.
//!
//! Each list is a CSV file under `api/data/`, compiled in and read once.

pub mod countries;
pub mod ica_regions;
pub mod list;
pub mod networks;
pub mod organization_types;
pub mod sectors;
pub mod skills;
pub mod subdivisions;
pub mod table;
