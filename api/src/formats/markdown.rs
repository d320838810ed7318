//! Markdown (CommonMark) as HTML that strangers may write: for our pages, and for job boards.

use crate::vocabulary::visible::visible;
use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd, html};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What our pages show. Links say that they are not ours, and lead to the web or to an address.
static PAGE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "a",
            "blockquote",
            "br",
            "code",
            "em",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "ul",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener ugc"));
    builder
});

/// What Google's JobPosting recognises in a description.
static BOARD: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(["br", "li", "p", "ul"]))
        .tag_attributes(HashMap::new())
        .generic_attributes(HashSet::new());
    builder
});

/// Elements within each other at most: a parser of HTML looks through all that are open at each that begins.
const MAX_DEPTH: usize = 16;

/// HTML for a section of our pages, whose own headings are `h1` and `h2`. HTML that was typed shows as it was
/// typed; of an image its description is left.
pub fn page_html(markdown: &str) -> String {
    let markdown = visible(markdown);
    let mut unsafe_html = String::new();
    html::push_html(
        &mut unsafe_html,
        events(&markdown).map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Event::Start(heading(below(level))),
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
            other => other,
        }),
    );
    PAGE.clean(&unsafe_html).to_string()
}

/// HTML of `p`, `ul`, `li` and `br` alone: headings are paragraphs.
pub fn board_html(markdown: &str) -> String {
    let markdown = visible(markdown);
    let mut unsafe_html = String::new();
    html::push_html(
        &mut unsafe_html,
        events(&markdown).map(|event| match event {
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_)) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::List(_)) => Event::Start(Tag::List(None)),
            Event::End(TagEnd::List(_)) => Event::End(TagEnd::List(false)),
            other => other,
        }),
    );
    BOARD.clean(&unsafe_html).to_string()
}

/// The words alone, in one line.
pub fn words(markdown: &str) -> String {
    let markdown = visible(markdown);
    let mut text = String::new();
    for event in events(&markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Markdown, with HTML as the text it was typed as, without images, and nested no deeper than anybody
/// writes.
fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    // Whether each of the elements that are open is written.
    let mut open: Vec<bool> = Vec::new();
    let mut depth = 0;
    Parser::new(markdown).filter_map(move |event| match event {
        Event::Html(typed) | Event::InlineHtml(typed) => Some(Event::Text(typed)),
        Event::Start(tag) => {
            let is_written = depth < MAX_DEPTH && !matches!(tag, Tag::Image { .. });
            open.push(is_written);
            depth += usize::from(is_written);
            // A block of HTML is a paragraph of what was typed.
            let tag = match tag {
                Tag::HtmlBlock => Tag::Paragraph,
                tag => tag,
            };
            is_written.then_some(Event::Start(tag))
        }
        Event::End(tag) => {
            let is_written = open.pop().unwrap_or(false);
            depth -= usize::from(is_written);
            let tag = match tag {
                TagEnd::HtmlBlock => TagEnd::Paragraph,
                tag => tag,
            };
            is_written.then_some(Event::End(tag))
        }
        other => Some(other),
    })
}

fn heading<'a>(level: HeadingLevel) -> Tag<'a> {
    Tag::Heading {
        level,
        id: None,
        classes: Vec::new(),
        attrs: Vec::new(),
    }
}

/// Two levels down.
fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_was_typed_and_runs_nothing() {
        for (markdown, html) in [
            (
                "# Work\n\n- **one**\n- two",
                "<h3>Work</h3>\n<ul>\n<li><strong>one</strong></li>\n<li>two</li>\n</ul>\n",
            ),
            (
                "<script>alert(1)</script>",
                "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
            ),
            (
                "a <img src=x onerror=alert(1)> b",
                "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>\n",
            ),
            ("![a boat](https://example.coop/b.png)", "<p>a boat</p>\n"),
            (
                "[x](javascript:alert(1))",
                "<p><a rel=\"nofollow noopener ugc\">x</a></p>\n",
            ),
            (
                "[x](/v1/me)",
                "<p><a rel=\"nofollow noopener ugc\">x</a></p>\n",
            ),
            (
                "[x](https://example.coop/?a=1&b=2)",
                "<p><a href=\"https://example.coop/?a=1&amp;b=2\" rel=\"nofollow noopener ugc\">x</a></p>\n",
            ),
        ] {
            assert_eq!(page_html(markdown), html, "{markdown}");
        }
    }

    #[test]
    fn boards_get_paragraphs_and_lists() {
        for (markdown, html) in [
            (
                "# Work\n\nYou **do**\\\nit.",
                "<p>Work</p>\n<p>You do<br>\nit.</p>\n",
            ),
            (
                "1. one\n2. two",
                "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n",
            ),
            (
                "> said\n\n---\n\n```\nx < y\n```",
                "\n<p>said</p>\n\n\n<p>x &lt; y\n</p>\n",
            ),
            ("[x](https://example.coop)", "<p>x</p>\n"),
        ] {
            assert_eq!(board_html(markdown), html, "{markdown}");
        }
    }

    #[test]
    fn nobody_nests_without_end() {
        for nested in [
            format!("{}x", ">".repeat(20_000)),
            format!("{}x", "- ".repeat(10_000)),
            format!("{}x{}", "*a **b ".repeat(2_000), "** *".repeat(2_000)),
            "[".repeat(20_000),
        ] {
            let html = page_html(&nested);
            let depth = html.matches("<blockquote>").count() + html.matches("<ul>").count();
            assert!(depth <= MAX_DEPTH, "{depth}");
            assert!(html.contains(['x', '[']));
            assert!(!board_html(&nested).is_empty());
        }
    }

    #[test]
    fn words_are_left() {
        assert_eq!(
            words("# A *b*\n\n- `c`\n- [d](https://e.coop)\n\n![f](g)"),
            "A b c d f"
        );
        assert_eq!(words("---"), "");
    }
}
