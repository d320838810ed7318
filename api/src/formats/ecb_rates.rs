//! The euro foreign exchange reference rates as the European Central Bank publishes them, in CSV:
//! `eurofxref.csv` (one day, written `31 December 2024`) and `eurofxref-hist.csv` (a line for each
//! day since 1999, written `2024-12-31`, `N/A` where a currency had no rate).
//!
//! The first column is `Date`, each other a currency; a cell says how much of it one euro buys. A
//! line is taken as a whole or not at all.

use std::io::Read;

use chrono::NaiveDate;

use super::{
    ReadError, Reject,
    csv_records::{CsvRecord, CsvRecords},
};

/// The rates of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfRates {
    /// The day.
    pub day: NaiveDate,
    /// Currencies (ISO 4217) and the millionths of a unit that one euro buys.
    pub rates: Vec<(String, i64)>,
}

/// The days of a file.
pub struct EcbRates<R> {
    records: CsvRecords<R>,
    /// The currency of each column after the first; none for the empty column that the bank's
    /// own files end with.
    currencies: Vec<Option<String>>,
}

/// Reads the header.
pub fn read<R: Read>(file: R) -> Result<EcbRates<R>, ReadError> {
    let (records, header) = CsvRecords::new(file)?;
    let mut names = header.into_iter();
    if names.next().as_deref() != Some("Date") {
        let what = "the first column must be Date, as in the bank's eurofxref.csv";
        return Err(ReadError::Header(what.to_owned()));
    }
    let mut currencies: Vec<Option<String>> = Vec::new();
    for name in names {
        if name.is_empty() {
            currencies.push(None);
            continue;
        }
        let wrong = if !is_currency(&name) || name == "EUR" {
            "is no foreign currency (ISO 4217)"
        } else if currencies.iter().flatten().any(|other| *other == name) {
            "occurs twice"
        } else {
            currencies.push(Some(name));
            continue;
        };
        return Err(ReadError::Header(format!("the column \"{name}\" {wrong}")));
    }
    if currencies.iter().flatten().next().is_none() {
        return Err(ReadError::Header("there is no currency".to_owned()));
    }
    Ok(EcbRates {
        records,
        currencies,
    })
}

/// Whether it is written as ISO 4217 writes currencies.
fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl<R: Read> Iterator for EcbRates<R> {
    type Item = Result<DayOfRates, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.records.next()?.and_then(|record| {
            self.day(&record).map_err(|reason| Reject {
                line: record.line,
                external_id: None,
                reason,
            })
        }))
    }
}

impl<R> EcbRates<R> {
    fn day(&self, record: &CsvRecord) -> Result<DayOfRates, String> {
        let mut cells = record.cells.iter().map(|cell| {
            let cell = std::str::from_utf8(cell).map_err(|_| "the line is not UTF-8".to_owned())?;
            Ok::<_, String>(cell.trim())
        });
        let day = cells.next().transpose()?.unwrap_or_default();
        let day = read_day(day)
            .ok_or_else(|| format!("\"{day}\" is no date; write 31 December 2024 or 2024-12-31"))?;
        let mut rates = Vec::with_capacity(self.currencies.len());
        for (cell, currency) in cells.zip(&self.currencies) {
            let cell = cell?;
            match currency {
                _ if cell.is_empty() || cell == "N/A" => {}
                None => return Err(format!("\"{cell}\" stands in a column without currency")),
                Some(currency) => {
                    let rate = read_millionths(cell).ok_or_else(|| {
                        let how = "write a number above 0 with at most six decimals";
                        format!("\"{cell}\" is no rate of {currency}; {how}")
                    })?;
                    rates.push((currency.clone(), rate));
                }
            }
        }
        Ok(DayOfRates { day, rates })
    }
}

fn read_day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d %B %Y"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .filter(|day| (1999..=9999).contains(&chrono::Datelike::year(day)))
}

/// A decimal above 0 with at most six decimals, in millionths; below a billion, so that no
/// conversion overflows.
fn read_millionths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 9) || !digits(decimals, 6) {
        return None;
    }
    format!("{whole}{decimals:0<6}")
        .parse()
        .ok()
        .filter(|rate| *rate > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(file: &str) -> Vec<Result<DayOfRates, (u64, String)>> {
        let days = read(file.as_bytes()).unwrap();
        days.map(|day| day.map_err(|reject| (reject.line, reject.reason)))
            .collect()
    }

    fn day(text: &str, rates: &[(&str, i64)]) -> DayOfRates {
        DayOfRates {
            day: text.parse().unwrap(),
            rates: rates.iter().map(|(c, r)| ((*c).to_owned(), *r)).collect(),
        }
    }

    #[test]
    fn both_files_of_the_bank() {
        let daily = "Date, USD, JPY, IDR, \n23 November 2026, 1.1523, 163.06, 16820.88, \n";
        let rates = [
            ("USD", 1_152_300),
            ("JPY", 163_060_000),
            ("IDR", 16_820_880_000),
        ];
        assert_eq!(all(daily), [Ok(day("2026-11-23", &rates))]);

        let history =
            "Date,USD,CYP,TRL,\n2026-11-20,1.15,N/A,N/A,\n1999-01-04,1.1789,0.58231,372274,\n";
        assert_eq!(
            all(history),
            [
                Ok(day("2026-11-20", &[("USD", 1_150_000)])),
                Ok(day(
                    "1999-01-04",
                    &[
                        ("USD", 1_178_900),
                        ("CYP", 582_310),
                        ("TRL", 372_274_000_000)
                    ]
                )),
            ]
        );
    }

    #[test]
    fn bad_lines_are_named() {
        let file = "Date,USD,GBP,\n2026-11-20,1.1,0.8,\n20/11/2026,1,1,\n2026-02-30,1,1,\n2026-11-19,zero,1,\n2026-11-18,1,1\n2026-11-17,1,1,7\n";
        let read = all(file);
        let lines: Vec<_> = read
            .iter()
            .map(|day| day.as_ref().err().map(|e| e.0))
            .collect();
        assert_eq!(lines, [None, Some(3), Some(4), Some(5), Some(6), Some(7)]);
        let (_, reason) = read[3].as_ref().unwrap_err();
        assert!(reason.contains("\"zero\" is no rate of USD"), "{reason}");
    }

    #[test]
    fn numbers_that_are_no_rates() {
        for text in [
            "0",
            "0.0",
            "-1",
            "+1",
            "1,5",
            "1e3",
            "0.0000001",
            "1000000000",
            ".5",
            "5.",
            "NaN",
            "١",
            "",
        ] {
            assert_eq!(read_millionths(text), None, "{text}");
        }
        assert_eq!(
            read_millionths("999999999.999999"),
            Some(999_999_999_999_999)
        );
        assert_eq!(read_millionths("0.000001"), Some(1));
    }

    #[test]
    fn headers_that_are_none() {
        for file in [
            "",
            "USD,Date\n",
            "Date\n",
            "Date,usd\n",
            "Date,USD,USD\n",
            "Date,EUR\n",
        ] {
            assert!(read(file.as_bytes()).is_err(), "{file}");
        }
    }
}
