//! schema.org JobPostings: a JSON-LD document, a list or `@graph` of them, one a line, or a page that
//! has them in `<script type="application/ld+json">`.

use super::{JobRow, Jobs, fold, html, posting, values, whole};
use crate::formats::lines::{Line, Lines};
use crate::formats::seen::SeenIds;
use crate::formats::{ReadError, Reject};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::Read;

/// Reads the postings of a file, in file order.
///
/// # Errors
/// When the file cannot be read.
pub fn read(file: impl Read) -> Result<Jobs, ReadError> {
    let bytes = whole(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut reader = Reader::default();
    if text.starts_with('<') {
        for script in html::scripts(text) {
            reader.document(&script, None);
        }
    } else if let Ok(document) = serde_json::from_str(text) {
        reader.postings(&document, None);
    } else if is_lines(text) {
        reader.lines(text.as_bytes())?;
    } else {
        reader.document(text, None);
    }
    if reader.rows.is_empty() {
        reader.reject(1, "there is no JobPosting in this file".to_owned());
    }
    // The copy for each town has a page of its own, and people come to all of them by the first.
    let mut jobs = fold(reader.rows, &["apply_url"]);
    // Copies without an identifier may have one page, which then is the id of all.
    let mut seen = SeenIds::default();
    for row in &mut jobs.rows {
        if let Ok(read) = row
            && let Err(reject) = seen.note(&read.external_id, read.line)
        {
            *row = Err(reject);
        }
    }
    Ok(jobs)
}

/// Whether the first line is a document of its own.
fn is_lines(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    text.lines().nth(1).is_some() && serde_json::from_str::<Value>(first).is_ok()
}

#[derive(Default)]
struct Reader {
    rows: Vec<Result<JobRow, Reject>>,
    number: u64,
}

impl Reader {
    fn lines(&mut self, text: &[u8]) -> Result<(), ReadError> {
        let mut lines = Lines::new(text);
        while let Some((line, text)) = lines.next_line()? {
            match text {
                Line::TooLong => self.reject(line, "the line is longer than 1 MiB".to_owned()),
                Line::Text(text) if text.trim_ascii().is_empty() => {}
                Line::Text(text) => self.document(&String::from_utf8_lossy(&text), Some(line)),
            }
        }
        Ok(())
    }

    fn document(&mut self, text: &str, line: Option<u64>) {
        match serde_json::from_str(text) {
            Ok(document) => self.postings(&document, line),
            Err(error) => {
                let at = line.unwrap_or(self.number + 1);
                self.reject(at, format!("this is not JSON: {error}"));
            }
        }
    }

    fn postings(&mut self, document: &Value, line: Option<u64>) {
        let document = without_vocabulary(document);
        let mut nodes = HashMap::new();
        index(&document, &mut nodes);
        for found in find(&document) {
            self.number += 1;
            let at = line.unwrap_or(self.number);
            let row = posting::row(at, &with_references(found, &nodes));
            self.rows.push(row);
        }
    }

    fn reject(&mut self, line: u64, reason: String) {
        self.rows.push(Err(Reject {
            line,
            external_id: None,
            reason,
        }));
    }
}

/// The document with every term by its short name. (serde_json reads at most 128 levels.)
fn without_vocabulary(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(without_vocabulary).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (values::local(name).to_owned(), without_vocabulary(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// All postings of a document, in order.
fn find(value: &Value) -> Vec<&Value> {
    if values::is_a(value, "JobPosting") {
        return vec![value];
    }
    match value {
        Value::Array(values) => values.iter().flat_map(find).collect(),
        Value::Object(object) => object.values().flat_map(find).collect(),
        _ => Vec::new(),
    }
}

/// The nodes of a document that others may refer to.
fn index<'a>(value: &'a Value, nodes: &mut HashMap<&'a str, &'a Map<String, Value>>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| index(value, nodes)),
        Value::Object(object) => {
            if let Some(id) = object.get("@id").and_then(Value::as_str)
                && object.len() > 1
            {
                nodes.entry(id).or_insert(object);
            }
            object.values().for_each(|value| index(value, nodes));
        }
        _ => {}
    }
}

/// A posting in which `{"@id": …}` stands for the node it names. One step: what that names in turn is
/// not asked for.
fn with_references(posting: &Value, nodes: &HashMap<&str, &Map<String, Value>>) -> Value {
    let follow = |value: &Value| match value {
        Value::Object(object) if object.len() == 1 => object
            .get("@id")
            .and_then(Value::as_str)
            .and_then(|id| nodes.get(id))
            .map_or_else(|| value.clone(), |node| Value::Object((*node).clone())),
        other => other.clone(),
    };
    let Value::Object(members) = posting else {
        return posting.clone();
    };
    members
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Array(values) => values.iter().map(follow).collect(),
                one => follow(one),
            };
            (name.clone(), value)
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn posting(id: &str) -> Value {
        json!({"@type": "JobPosting", "identifier": id, "title": "Baker", "url": format!("https://x.coop/{id}")})
    }

    fn ids(file: &str) -> Vec<String> {
        let rows = read(file.as_bytes()).unwrap().rows.into_iter();
        rows.map(|row| match row {
            Ok(row) => row.external_id,
            Err(reject) => format!("{}: {}", reject.line, reject.reason),
        })
        .collect()
    }

    #[test]
    fn every_kind_of_file() {
        let (one, two) = (posting("1"), posting("2"));
        assert_eq!(ids(&one.to_string()), ["1"]);
        assert_eq!(ids(&json!([one, two]).to_string()), ["1", "2"]);
        let graph =
            json!({"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, one, two]});
        assert_eq!(
            ids(&serde_json::to_string_pretty(&graph).unwrap()),
            ["1", "2"]
        );
        let list =
            json!({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": one}]});
        assert_eq!(ids(&list.to_string()), ["1"]);
        assert_eq!(ids(&format!("\u{feff}{one}\n\n{two}\n")), ["1", "2"]);
        let page = format!(
            "<!doctype html><script type=\"application/ld+json\">{one}</script><p>x</p><script type=\"application/ld+json\">{{</script><script type=\"application/ld+json\">[{two}]</script>"
        );
        let read = ids(&page);
        assert_eq!((&*read[0], &*read[2]), ("1", "2"));
        assert!(read[1].starts_with("2: this is not JSON"), "{}", read[1]);
    }

    #[test]
    fn copies_for_several_towns_are_one_job() {
        let copy = |id: &str, url: &str, town: &str| {
            let place = json!({"@type": "Place", "address": {"addressLocality": town, "addressCountry": "GB"}});
            json!({"@type": "JobPosting", "identifier": id, "title": "Baker", "url": url, "jobLocation": place})
        };
        let of_pages = json!([
            copy("1", "https://x.coop/1", "Leeds"),
            copy("2", "https://x.coop/2", "York")
        ]);
        let mut of_one_page = json!([
            copy("", "https://x.coop/bakers", "Leeds"),
            copy("", "https://x.coop/bakers", "York")
        ]);
        for posting in of_one_page.as_array_mut().unwrap() {
            posting.as_object_mut().unwrap().remove("identifier");
        }
        for (file, id) in [(of_pages, "1"), (of_one_page, "https://x.coop/bakers")] {
            let jobs = read(file.to_string().as_bytes()).unwrap();
            assert_eq!((jobs.rows.len(), jobs.folded), (1, 1));
            let row = jobs.rows[0].as_ref().unwrap();
            assert_eq!(row.external_id, id);
            let towns = row.data["locations"].as_array().unwrap().iter();
            let towns: Vec<_> = towns.map(|place| place["locality"].clone()).collect();
            assert_eq!(towns, ["Leeds", "York"]);
        }
    }

    #[test]
    fn a_bad_line_spoils_no_other() {
        let read = ids(&format!(
            "{}\n{{\"a\":\n{}\n{}\n",
            posting("1"),
            posting("1"),
            posting("3")
        ));
        assert_eq!(read.len(), 4);
        assert!(read[1].starts_with("2: this is not JSON"), "{}", read[1]);
        assert!(
            read[2].starts_with("3: the id was used already in line 1"),
            "{}",
            read[2]
        );
        assert_eq!(read[3], "3");
    }

    #[test]
    fn files_without_postings_say_so() {
        for file in ["", "{}", "<p>x</p>", "[1]", "{\"@type\": \"Person\"}"] {
            assert!(
                ids(file)[0].contains("JobPosting") || ids(file)[0].contains("not JSON"),
                "{file}"
            );
        }
        assert!(ids("not json at all")[0].starts_with("1: this is not JSON"));
    }

    #[test]
    fn references_within_a_document_are_followed() {
        let graph = json!({"@graph": [
            {"@id": "#us", "@type": "Organization", "schema:name": "Suma", "url": "https://suma.coop"},
            {"@type": "schema:JobPosting", "@id": "https://x.coop/1", "http://schema.org/title": "Baker", "hiringOrganization": {"@id": "#us"}},
        ]});
        let rows = read(graph.to_string().as_bytes()).unwrap().rows;
        let row = rows[0].as_ref().unwrap();
        assert_eq!(row.external_id, "https://x.coop/1");
        assert_eq!(row.employer.name.as_deref(), Some("Suma"));
        assert_eq!(row.employer.websites, ["https://suma.coop"]);
        assert_eq!(row.data["title"], "Baker");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            read(file.as_slice()).unwrap();
        }

        #[test]
        fn no_page_makes_it_panic(html in "(<[a-z]{1,3}( [a-z]=\"[^\"]{0,3}\")?>|[a-z&;]{0,5}|</[a-z]{1,3}>|<script type=\"application/ld\\+json\">\\{\"@type\":\"JobPosting\",\"title\":\"[^\"]{0,9}\"\\}</script>){0,12}") {
            read(html.as_bytes()).unwrap();
        }
    }
}
