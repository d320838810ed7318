//! The "standard" CSV of ESSGlobal linked open data, as Co-operatives UK and the
//! Digital Commons Co-op publish it.
//!
//! Read are: Identifier, Name, Organisation Name, Description, Street Address, Locality,
//! Region, Postcode, Country ID, Website, Phone, Email, Twitter, Facebook, Latitude and
//! Longitude (else those of the Geo Container), Companies House Number, Registrar with
//! Registered Number, Legal Form, Incorporation Date and Dissolved Date, and, through
//! the mapping table `api/data/essglobal_mapping.csv`, Ownership Classification or else
//! Organisational Structure, Primary Activity, Activities and Sector.
//!
//! Not read are Membership Type, which says again what Ownership Classification says;
//! SIC Section and SIC Code, which Primary Activity and Sector are made from; Geo
//! Container, which is the postcode as a URI; and columns of any other name.

use std::io::Read;

use serde_json::json;

use super::{
    ReadError, Reject, Row,
    clean::{self, quoted},
    csv_records::{CsvRecord, CsvRecords},
    essglobal_mapping::{Mapped, look_up},
    fields::Field,
    record::Record,
    seen::SeenIds,
};
use crate::taxonomies::table::closest;

/// Columns that are a field of ours as they stand.
const PLAIN: &[(&str, &str)] = &[
    ("Name", "name"),
    ("Organisation Name", "legal_name"),
    ("Description", "description"),
    ("Street Address", "address.street"),
    ("Locality", "address.locality"),
    ("Region", "address.region"),
    ("Postcode", "address.postal_code"),
    ("Country ID", "address.country"),
    ("Website", "website"),
    ("Phone", "phone"),
    ("Email", "email"),
    ("Companies House Number", "identifiers.GB-COH"),
    ("Legal Form", "legal_form"),
    ("Incorporation Date", "founded_on"),
    ("Dissolved Date", "dissolved_on"),
];

/// Accounts, and the address that a bare account name is short for.
const ACCOUNTS: &[(&str, &str, &str)] = &[
    ("Twitter", "twitter", "https://twitter.com/"),
    ("Facebook", "facebook", "https://www.facebook.com/"),
];

/// Reads the records of an ESSGlobal CSV file, in file order.
pub struct EssglobalCsv<R> {
    records: CsvRecords<R>,
    header: Vec<String>,
    plain: Vec<(usize, Field)>,
    id_column: usize,
    seen: SeenIds,
}

/// Starts reading: a UTF-8 file with a header that has the columns Identifier and Name.
/// Of columns with one name, the first is read.
pub fn read<R: Read>(file: R) -> Result<EssglobalCsv<R>, ReadError> {
    let (records, header) = CsvRecords::new(file)?;
    let id_column = required_column(&header, "Identifier")?;
    required_column(&header, "Name")?;
    let plain = PLAIN
        .iter()
        .filter_map(|(name, field)| Some((position(&header, name)?, Field::named(field)?)))
        .collect();
    Ok(EssglobalCsv {
        records,
        header,
        plain,
        id_column,
        seen: SeenIds::default(),
    })
}

fn position(header: &[String], name: &str) -> Option<usize> {
    header.iter().position(|column| column == name)
}

fn required_column(header: &[String], name: &str) -> Result<usize, ReadError> {
    position(header, name).ok_or_else(|| {
        let likely = header
            .iter()
            .find(|column| closest(column, std::iter::once(name.to_lowercase().as_str())).is_some())
            .map(|column| format!(" (is it \"{column}\"?)"))
            .unwrap_or_default();
        ReadError::Header(format!(
            "the header has no column \"{name}\"{likely}; an ESSGlobal CSV file needs it, \
             other files are read with --format csv"
        ))
    })
}

impl<R: Read> EssglobalCsv<R> {
    fn row(&mut self, record: &CsvRecord) -> Result<Row, Reject> {
        let line = record.line;
        let mut data = Record::default();
        let raw = data.cell(&record.cells, self.id_column, "Identifier");
        let external_id = clean::one_line(&raw).text;
        if external_id.is_empty() {
            let reason = "the Identifier is empty".to_owned();
            return Err(Reject {
                line,
                external_id: None,
                reason,
            });
        }
        if record.stray_quote {
            data.warn("a cell has a quote that is out of place".to_owned());
        }
        data.add_identifier("coops-uk", &external_id);
        for (column, field) in &self.plain {
            let text = data.cell(&record.cells, *column, &field.name);
            data.put(field, &text);
        }
        self.put_registration(record, &mut data);
        self.put_accounts(record, &mut data);
        self.put_type(record, &mut data);
        self.put_sectors(record, &mut data);
        self.put_location(record, &mut data);
        let row = data.finish(line, external_id)?;
        self.seen.note(&row.external_id, line)?;
        Ok(row)
    }

    /// The trimmed text of a column, empty if the file has no such column.
    fn text(&self, record: &CsvRecord, data: &mut Record, name: &str) -> String {
        let Some(column) = position(&self.header, name) else {
            return String::new();
        };
        clean::one_line(&data.cell(&record.cells, column, name)).text
    }

    fn put_registration(&self, record: &CsvRecord, data: &mut Record) {
        let number = self.text(record, data, "Registered Number");
        let scheme = match self.text(record, data, "Registrar").as_str() {
            "Companies House" => "GB-COH",
            // The Mutuals Public Register, by its org-id.guide code.
            "FCA" => "GB-MPR",
            _ => return,
        };
        if !number.is_empty() {
            data.add_identifier(scheme, &number);
        }
    }

    fn put_accounts(&self, record: &CsvRecord, data: &mut Record) {
        for (column, rel, base) in ACCOUNTS {
            let text = self.text(record, data, column);
            let account = text.trim_start_matches('@');
            let bare = !account.contains(['/', ' ', ':']);
            let address = if bare {
                format!("{base}{account}")
            } else {
                text.clone()
            };
            match clean::web_address(&address) {
                _ if account.is_empty() => {}
                Some((url, _)) => data.add("links", json!({ "rel": rel, "url": url })),
                None => data.warn(format!(
                    "links.{rel}: {} is no account; left out",
                    quoted(&text)
                )),
            }
        }
    }

    fn put_type(&self, record: &CsvRecord, data: &mut Record) {
        for column in ["Ownership Classification", "Organisational Structure"] {
            let value = self.text(record, data, column);
            match look_up(column, &value, "organization_type") {
                _ if value.is_empty() => {}
                Mapped::Code(code) => return data.set("organization_type", code.into()),
                Mapped::Nothing => {}
                Mapped::Unknown => data.warn(format!(
                    "organization_type: {column} {} is not in the mapping table",
                    quoted(&value)
                )),
            }
        }
        data.set("organization_type", "other".into());
    }

    fn put_sectors(&self, record: &CsvRecord, data: &mut Record) {
        let primary = self.text(record, data, "Primary Activity");
        let activities = self.text(record, data, "Activities");
        let sector = self.text(record, data, "Sector");
        let activities = std::iter::once(primary.as_str()).chain(activities.split(';'));
        let values = activities
            .map(|activity| ("Primary Activity", activity.trim()))
            .chain(std::iter::once(("Sector", sector.as_str())));
        for (column, value) in values.filter(|(_, value)| !value.is_empty()) {
            match look_up(column, value, "sectors") {
                Mapped::Code(code) => data.add("sectors", code.into()),
                Mapped::Nothing => {}
                Mapped::Unknown => data.warn(format!(
                    "sectors: {column} {} is not in the mapping table; left out",
                    quoted(value)
                )),
            }
        }
    }

    fn put_location(&self, record: &CsvRecord, data: &mut Record) {
        for prefix in ["", "Geo Container "] {
            let latitude = self.text(record, data, &format!("{prefix}Latitude"));
            let longitude = self.text(record, data, &format!("{prefix}Longitude"));
            if data.put_location(&latitude, &longitude) {
                return;
            }
        }
    }
}

impl<R: Read> Iterator for EssglobalCsv<R> {
    type Item = Result<Row, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(record.and_then(|record| self.row(&record)))
    }
}

#[cfg(test)]
#[path = "essglobal_csv_tests.rs"]
mod tests;
