//! HTML, read by a parser: the JSON-LD of a page, and descriptions as Markdown.

use htmd::{HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;
use std::rc::Rc;

/// Elements inside each other beyond which only the text is kept: whoever walks the tree does so by
/// calling himself.
const MAX_DEPTH: usize = 200;

/// Longer HTML is left as it is, and is too long for a description in any case.
const MAX_BYTES: usize = 200_000;

/// The texts of a page's `<script type="application/ld+json">`, in order.
pub fn scripts(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(page, |node, _| {
        let NodeData::Element { name, attrs, .. } = &node.data else {
            return;
        };
        let is_json_ld = &*name.local == "script"
            && attrs.borrow().iter().any(|attribute| {
                let essence = attribute.value.split(';').next().unwrap_or_default();
                &*attribute.name.local == "type"
                    && essence.trim().eq_ignore_ascii_case("application/ld+json")
            });
        if is_json_ld {
            found.push(own_text(node));
        }
    });
    found
}

/// A description as Markdown. Text without any tag stays as it is; HTML that was escaped once too often
/// is read as HTML.
pub fn markdown(text: &str) -> String {
    if text.len() > MAX_BYTES {
        return text.to_owned();
    }
    if !has_tag(text) {
        let unescaped = plain(text);
        if !has_tag(&unescaped) {
            return if text.contains('&') {
                unescaped
            } else {
                text.to_owned()
            };
        }
        return markdown(&unescaped);
    }
    if depth(text) > MAX_DEPTH {
        return plain(text);
    }
    let converter = HtmlToMarkdown::builder()
        .skip_tags(vec![
            "script", "style", "img", "iframe", "svg", "form", "template",
        ])
        .options(htmd::options::Options {
            bullet_list_marker: htmd::options::BulletListMarker::Dash,
            ul_bullet_spacing: 1,
            ol_number_spacing: 1,
            ..Default::default()
        })
        .build();
    converter.convert(text).unwrap_or_else(|_| plain(text))
}

/// The text of HTML without its tags, entities read.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    walk(html, |node, is_shown| {
        if let NodeData::Text { contents } = &node.data
            && is_shown
        {
            text.push_str(&contents.borrow());
        }
    });
    text
}

/// Whether there is anything like `<p>` or `</p>` in it.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let name = rest.strip_prefix('/').unwrap_or(rest);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric());
        let after = end.and_then(|end| name.get(end..)).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && after.starts_with(['>', ' ', '/', '\n', '\t'])
            && after.contains('>')
    })
}

fn own_text(node: &Rc<Node>) -> String {
    let children = node.children.borrow();
    let texts = children.iter().filter_map(|child| match &child.data {
        NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    });
    texts.collect()
}

/// How deep the elements of a text are nested.
fn depth(html: &str) -> usize {
    let Ok(tree) = HtmlToMarkdown::new().html_to_tree(html) else {
        return 0;
    };
    let mut deepest = 0;
    // The tree is kept: a node that is dropped takes its descendants apart.
    let mut left = vec![(tree.clone(), 0)];
    while let Some((node, depth)) = left.pop() {
        deepest = deepest.max(depth);
        left.extend(
            node.children
                .borrow()
                .iter()
                .map(|child| (child.clone(), depth + 1)),
        );
    }
    deepest
}

/// Visits every node in the order of the document; tells whether it is part of what a reader sees.
fn walk(html: &str, mut visit: impl FnMut(&Rc<Node>, bool)) {
    let Ok(tree) = HtmlToMarkdown::new().html_to_tree(html) else {
        return;
    };
    // The tree is kept: a node that is dropped takes its descendants apart.
    let mut left = vec![(tree.clone(), true)];
    while let Some((node, is_shown)) = left.pop() {
        visit(&node, is_shown);
        let is_hidden = matches!(&node.data, NodeData::Element { name, .. }
            if matches!(&*name.local, "script" | "style" | "template"));
        let children = node.children.borrow();
        left.extend(
            children
                .iter()
                .rev()
                .map(|child| (child.clone(), is_shown && !is_hidden)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions() {
        for (html, text) in [
            (
                "Plain text.\n\nTwo lines, 3 < 4.",
                "Plain text.\n\nTwo lines, 3 < 4.",
            ),
            ("Fish &amp; chips", "Fish & chips"),
            ("<p>One</p><p>Two</p>", "One\n\nTwo"),
            (
                "<p>You:</p><ul><li>bake</li><li>sell</li></ul>",
                "You:\n\n- bake\n- sell",
            ),
            ("a<br>b", "a  \nb"),
            (
                "<b>Bold</b> and <a href=\"https://x.coop/\">a link</a>",
                "**Bold** and [a link](https://x.coop/)",
            ),
            ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\n\nTwo"),
            ("<script>alert(1)</script><p>x</p>", "x"),
            ("<h2>The job</h2><p>It is.</p>", "## The job\n\nIt is."),
        ] {
            assert_eq!(markdown(html), text, "{html}");
        }
    }

    #[test]
    fn deep_nesting_ends_in_text() {
        let deep = format!("{}x{}", "<div>".repeat(3_000), "</div>".repeat(3_000));
        assert_eq!(markdown(&deep), "x");
        assert_eq!(plain(&deep), "x");
    }

    #[test]
    fn scripts_of_a_page() {
        let page = "<!doctype html><title>x</title><script>var a = '<p>';</script>\
            <script type='application/ld+json; charset=utf-8'>{\"a\": \"</p>\"}</script>\
            <body><p><SCRIPT TYPE=\"Application/LD+JSON\">\n[1]\n</SCRIPT><!-- <script type=application/ld+json>2</script> -->";
        assert_eq!(scripts(page), ["{\"a\": \"</p>\"}", "\n[1]\n"]);
    }
}
