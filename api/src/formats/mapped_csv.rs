//! Any CSV file, by a mapping from its columns to organization fields.
//!
//! A column is read into the field it is mapped to, and a column that has a field's own
//! dotted name (`address.locality`, `identifiers.GB-COH`, `links.mastodon`) into that
//! field. A value that is set applies where a row has none of its own; in lists it is
//! added to the row's.
//!
//! Cells that hold a list are split at `;` and `|`, and at commas (outside parentheses)
//! if they have neither. `place` (or `address` as a whole) takes a place in people's own
//! words; columns for the parts of the address win over it.
//!
//! The id is the column chosen for it, else a column `external_id`, else the name in
//! lower case ASCII letters and digits with `-` between the words: renaming an
//! organization in such a file makes it another record. A row without any
//! `organization_type` is read as `other`.

use std::io::Read;

use super::{
    ReadError, Reject, Row,
    clean::{self, quoted},
    csv_records::{CsvRecord, CsvRecords},
    fields::{Field, Kind, hint},
    record::Record,
    seen::{MAX_CHARS, SeenIds},
};
use crate::taxonomies::table::{closest, fold};

/// What is to be read into what.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    map: Vec<(String, Field)>,
    set: Vec<(Field, String)>,
    id_column: Option<String>,
}

impl Mapping {
    /// From `column=field` pairs, `field=value` pairs and the name of the id column.
    /// An error names the pair that is wrong and the likely field.
    pub fn parse(
        map: &[String],
        set: &[String],
        id_column: Option<&str>,
    ) -> Result<Self, ReadError> {
        let mut mapping = Self {
            id_column: id_column.map(|name| name.trim().to_owned()),
            ..Self::default()
        };
        for pair in map {
            // A column's name may have `=` in it, a field's has not.
            let (column, field) = pair.rsplit_once('=').ok_or_else(|| {
                ReadError::Mapping(format!("--map {} is not column=field", quoted(pair)))
            })?;
            mapping
                .map
                .push((column.trim().to_owned(), named(field.trim(), "--map")?));
        }
        for pair in set {
            let (field, value) = pair.split_once('=').ok_or_else(|| {
                ReadError::Mapping(format!("--set {} is not field=value", quoted(pair)))
            })?;
            let field = named(field.trim(), "--set")?;
            check_constant(&field, value)?;
            mapping.set.push((field, value.to_owned()));
        }
        Ok(mapping)
    }
}

fn named(field: &str, option: &str) -> Result<Field, ReadError> {
    Field::named(field).ok_or_else(|| {
        ReadError::Mapping(format!(
            "{option}: there is no field {}; {}",
            quoted(field),
            hint(field)
        ))
    })
}

/// A value for every row has to be one that its field takes.
fn check_constant(field: &Field, value: &str) -> Result<(), ReadError> {
    if matches!(field.kind, Kind::ExternalId | Kind::Degrees) {
        let name = &field.name;
        return Err(ReadError::Mapping(format!(
            "--set: {name} is not the same for every row"
        )));
    }
    let mut record = Record::default();
    record.put(field, value);
    match record.warnings().first() {
        Some(warning) => Err(ReadError::Mapping(format!("--set: {warning}"))),
        None => Ok(()),
    }
}

/// Reads the records of a CSV file, in file order.
pub struct MappedCsv<R> {
    records: CsvRecords<R>,
    columns: Vec<(usize, Field)>,
    set: Vec<(Field, String)>,
    id_column: Option<usize>,
    unread: Vec<String>,
    seen: SeenIds,
}

/// Starts reading a UTF-8 file that has a header, with `,`, `;` or TAB between cells.
///
/// It is an error if a mapped column is missing or ambiguous, if two columns are read
/// into one field that takes one, if nothing is read into `name`, and, unless columns
/// are mapped, if a column is no field.
pub fn read<R: Read>(file: R, mapping: &Mapping) -> Result<MappedCsv<R>, ReadError> {
    let (records, header) = CsvRecords::new(file)?;
    let mut columns = Vec::new();
    for (name, field) in &mapping.map {
        columns.push((column(&header, name)?, field.clone()));
    }
    let mut id_column = mapping
        .id_column
        .as_deref()
        .map(|name| column(&header, name))
        .transpose()?;
    let mut unread = Vec::new();
    for (at, name) in header.iter().enumerate() {
        if columns.iter().any(|(mapped, _)| *mapped == at) {
            continue;
        }
        match Field::named(name) {
            None if id_column == Some(at) => {}
            Some(field) if field.takes_several() || !columns.iter().any(|(_, f)| *f == field) => {
                columns.push((at, field));
            }
            _ => unread.push(name.clone()),
        }
    }
    if let (Some(name), true) = (unread.first(), mapping.map.is_empty()) {
        let (name, hint) = (quoted(name), hint(name));
        return Err(ReadError::Header(format!(
            "the column {name} is no field; {hint} (or say what it is with --map column=field)"
        )));
    }
    if let Some(at) = columns
        .iter()
        .position(|(_, field)| field.kind == Kind::ExternalId)
    {
        let (column, _) = columns.swap_remove(at);
        id_column = id_column.or(Some(column));
    }
    check_targets(&columns)?;
    // A place comes first, so that the parts of an address overwrite it.
    columns.sort_by_key(|(at, field)| (field.kind != Kind::Place, *at));
    let set = mapping.set.clone();
    Ok(MappedCsv {
        records,
        columns,
        set,
        id_column,
        unread,
        seen: SeenIds::default(),
    })
}

fn column(header: &[String], name: &str) -> Result<usize, ReadError> {
    let mut found = header
        .iter()
        .enumerate()
        .filter(|(_, column)| *column == name);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => Err(ReadError::Header(format!(
            "the header has several columns {}",
            quoted(name)
        ))),
        (None, _) => {
            let hint = match closest(name, header.iter().map(String::as_str)) {
                Some(likely) => format!("did you mean {}?", quoted(likely)),
                None => format!("it has {}", header.join(", ")),
            };
            Err(ReadError::Header(format!(
                "the header has no column {}; {hint}",
                quoted(name)
            )))
        }
    }
}

fn check_targets(columns: &[(usize, Field)]) -> Result<(), ReadError> {
    let mut single: Vec<&str> = columns
        .iter()
        .filter(|(_, field)| !field.takes_several())
        .map(|(_, field)| field.name.as_str())
        .collect();
    single.sort_unstable();
    if let Some([name, _]) = single.windows(2).find(|pair| pair.first() == pair.last()) {
        let error = format!("two columns are read into {name}, which takes one");
        return Err(ReadError::Mapping(error));
    }
    if !single.contains(&"name") {
        let error = "no column is read into name; say which with --map column=name";
        return Err(ReadError::Mapping(error.to_owned()));
    }
    for (one, other) in [
        ("location.lat", "location.lon"),
        ("location.lon", "location.lat"),
    ] {
        if single.contains(&one) && !single.contains(&other) {
            let error = format!("a column is read into {one} but none into {other}");
            return Err(ReadError::Mapping(error));
        }
    }
    Ok(())
}

impl<R: Read> MappedCsv<R> {
    /// The names of the columns that are read into nothing.
    pub fn unread_columns(&self) -> &[String] {
        &self.unread
    }

    fn row(&mut self, record: &CsvRecord) -> Result<Row, Reject> {
        let mut data = Record::default();
        if record.stray_quote {
            data.warn("a cell has a quote that is out of place".to_owned());
        }
        let mut location = (String::new(), String::new());
        for (column, field) in &self.columns {
            let text = data.cell(&record.cells, *column, &field.name);
            match field.name.as_str() {
                "location.lat" => location.0 = text,
                "location.lon" => location.1 = text,
                _ => data.put(field, &text),
            }
        }
        data.put_location(&location.0, &location.1);
        for (field, value) in &self.set {
            let name = if field.kind == Kind::Place {
                "address"
            } else {
                &field.name
            };
            if field.takes_several() || !data.has(name) {
                data.put(field, value);
            }
        }
        if !data.has("organization_type") {
            data.set("organization_type", "other".into());
        }
        let external_id = self.external_id(record, &mut data)?;
        let row = data.finish(record.line, external_id)?;
        self.seen.note(&row.external_id, record.line)?;
        Ok(row)
    }

    fn external_id(&self, record: &CsvRecord, data: &mut Record) -> Result<String, Reject> {
        let (external_id, lack) = match self.id_column {
            Some(column) => {
                let raw = data.cell(&record.cells, column, "external_id");
                (clean::one_line(&raw).text, "the id is empty")
            }
            None => match data.text("name") {
                Some(name) => (
                    // Other scripts grow when they are spelt in Latin letters.
                    fold(&name.replace('.', " "))
                        .replace(' ', "-")
                        .chars()
                        .take(MAX_CHARS)
                        .collect(),
                    "the name has no letters to make an id of; choose a column with --id-column",
                ),
                None => (String::new(), "the name is empty"),
            },
        };
        if external_id.is_empty() {
            let reason = lack.to_owned();
            return Err(Reject {
                line: record.line,
                external_id: None,
                reason,
            });
        }
        Ok(external_id)
    }
}

impl<R: Read> Iterator for MappedCsv<R> {
    type Item = Result<Row, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(record.and_then(|record| self.row(&record)))
    }
}

#[cfg(test)]
#[path = "mapped_csv_tests.rs"]
mod tests;
