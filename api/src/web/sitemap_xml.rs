//! Sitemaps (sitemaps.org protocol 0.9).

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::escape::escape;
use std::fmt::Write;

/// URLs of one sitemap at most.
pub const MAX_URLS: u64 = 50_000;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// How a sitemap begins.
pub fn head() -> String {
    format!("{HEAD}<urlset xmlns=\"{NAMESPACE}\">\n")
}

/// One page.
pub fn push_url(xml: &mut String, url: &str, changed: DateTime<Utc>) {
    let changed = changed.to_rfc3339_opts(SecondsFormat::Secs, true);
    let url = escape(url);
    let _ = writeln!(
        xml,
        "<url><loc>{url}</loc><lastmod>{changed}</lastmod></url>"
    );
}

/// How it ends.
pub const END: &str = "</urlset>\n";

/// A list of sitemaps.
pub fn index(urls: impl Iterator<Item = String>) -> String {
    let mut xml = format!("{HEAD}<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for url in urls {
        let _ = writeln!(xml, "<sitemap><loc>{}</loc></sitemap>", escape(&url));
    }
    xml.push_str("</sitemapindex>\n");
    xml
}
