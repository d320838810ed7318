//! `toadlane rates`.

use crate::harness::{Command, Server, on_both_databases};
use chrono::{Days, NaiveDate};
use entity::exchange_rate::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Output;
use toadlane::money::{Amount, Period, Rates};

on_both_databases!(
    the_newest_rate_of_each_currency_counts,
    a_long_history_is_stored,
    bad_lines_are_left_out_and_named,
    a_file_that_is_none_changes_nothing,
);

/// Imports a file; also answers its name.
fn import(server: &Server, text: &str) -> (Output, String) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let name = file.path().to_str().unwrap().to_owned();
    let output = Command::new(&["rates", "import", &name])
        .on(server.data_dir(), &server.database_url())
        .run("");
    (output, name)
}

fn imports(server: &Server, text: &str, said: &str) {
    let (output, _) = import(server, text);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
}

async fn rates(server: &Server) -> Rates {
    Rates::load(&server.state.store.db).await.unwrap()
}

/// What a euro is in this currency, in its hundredths.
fn euro(rates: &Rates, currency: &str) -> Option<i64> {
    rates.from_euro_cents(100, currency)
}

async fn the_newest_rate_of_each_currency_counts(server: Server) {
    let shipped = rates(&server).await;
    assert_eq!(shipped, Rates::shipped());
    assert_eq!(euro(&shipped, "ISK"), Some(13_600));

    let history = "Date,USD,GBP,HRK,\n2026-11-19,1.20,0.90,N/A,\n2026-11-20,2.00,0.50,N/A,\n2022-12-30,1.1,0.8,7.5365,\n";
    imports(&server, history, "rates: 7, rejected lines: 0\n");
    let imported = rates(&server).await;
    assert_ne!(imported.version(), shipped.version());
    assert_eq!(imported.day().unwrap().to_string(), "2026-11-20");
    for (currency, hundredths) in [
        ("USD", Some(200)),
        ("GBP", Some(50)),
        ("HRK", Some(754)),
        // As the program brings it.
        ("ISK", Some(13_600)),
        ("XTS", None),
    ] {
        assert_eq!(euro(&imported, currency), hundredths, "{currency}");
    }
    let salary: Amount = "3000.50".parse().unwrap();
    let yearly = imported.yearly_cents(salary, "USD", Period::Month, None);
    assert_eq!(yearly, Some(1_800_300));

    // What is there is replaced; an older day changes nothing.
    imports(
        &server,
        "Date, USD, \n20 November 2026, 4.0, \n",
        "rates: 1, rejected lines: 0\n",
    );
    imports(
        &server,
        "Date, GBP, \n19 November 2026, 9.0, \n",
        "rates: 1, rejected lines: 0\n",
    );
    let replaced = rates(&server).await;
    assert_eq!(euro(&replaced, "USD"), Some(400));
    assert_eq!(euro(&replaced, "GBP"), Some(50));
    let sources = Entity::find().filter(Column::Source.eq("ecb"));
    assert_eq!(sources.count(&server.state.store.db).await.unwrap(), 7);
}

async fn a_long_history_is_stored(server: Server) {
    let currencies: Vec<String> = ('A'..='Z').map(|last| format!("XX{last}")).collect();
    let mut text = format!("Date,{},\n", currencies.join(","));
    let newest: NaiveDate = "2026-11-20".parse().unwrap();
    for ago in 0..400 {
        let day = newest - Days::new(ago);
        writeln!(text, "{day}{},", format!(",{}.5", 400 - ago).repeat(26)).unwrap();
    }
    for _ in 0..2 {
        imports(&server, &text, "rates: 10400, rejected lines: 0\n");
        let stored = Entity::find().count(&server.state.store.db).await.unwrap();
        assert_eq!(stored, 10_400);
    }
    let rates = rates(&server).await;
    for currency in &currencies {
        assert_eq!(euro(&rates, currency), Some(40_050), "{currency}");
    }
}

async fn bad_lines_are_left_out_and_named(server: Server) {
    let text =
        "Date,USD,GBP\n2026-11-20,2.0,nothing\n2026-11-19,3.0,0.5\nyesterday,1,1\n2026-11-19,1\n";
    let (output, name) = import(&server, text);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"rates: 2, rejected lines: 3\n");
    let told = String::from_utf8(output.stderr).unwrap();
    for line in [
        format!("{name}:2: \"nothing\" is no rate of GBP"),
        format!("{name}:4: \"yesterday\" is no date"),
        format!("{name}:5: the line has 2 columns"),
    ] {
        assert!(told.contains(&line), "{line} is not in {told}");
    }
    assert_eq!(euro(&rates(&server).await, "USD"), Some(300));
}

async fn a_file_that_is_none_changes_nothing(server: Server) {
    for text in [
        "",
        "currency,rate\nUSD,1\n",
        "Date,USD,USD\n2026-11-20,1,1\n",
    ] {
        let (output, name) = import(&server, text);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(&name), "{told}");
    }
    assert_eq!(rates(&server).await, Rates::shipped());
}
