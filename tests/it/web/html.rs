//! Pages as a browser reads them.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, StartTag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// An element, and the text up to the next one.
#[derive(Clone, Debug)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub text: String,
}

#[derive(Default)]
struct Sink(RefCell<Vec<Element>>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut elements = self.0.borrow_mut();
        match token {
            TagToken(tag) if tag.kind == StartTag => {
                let name = tag.name.to_string();
                let attributes = tag.attrs.iter();
                elements.push(Element {
                    name: name.clone(),
                    attributes: attributes
                        .map(|attribute| {
                            let name = attribute.name.local.to_string();
                            (name, attribute.value.to_string())
                        })
                        .collect(),
                    text: String::new(),
                });
                match name.as_str() {
                    "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                    "title" => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
            CharacterTokens(text) => {
                if let Some(last) = elements.last_mut() {
                    last.text.push_str(&text);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// The elements of a page, in order.
pub fn elements(html: &str) -> Vec<Element> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// Those of a name.
pub fn all<'a>(elements: &'a [Element], name: &str) -> Vec<&'a Element> {
    elements
        .iter()
        .filter(|element| element.name == name)
        .collect()
}

/// What a page says to machines: the one script it has, which is data.
pub fn json_ld(html: &str) -> Value {
    let elements = elements(html);
    let scripts = all(&elements, "script");
    assert_eq!(scripts.len(), 1, "{html}");
    assert_eq!(scripts[0].attributes["type"], "application/ld+json");
    serde_json::from_str(&scripts[0].text).unwrap_or_else(|error| panic!("{error}: {html}"))
}

/// What a page says to people.
pub fn text(html: &str) -> String {
    let elements = elements(html);
    let shown = elements
        .iter()
        .filter(|element| !["script", "title"].contains(&element.name.as_str()));
    let text: Vec<_> = shown.map(|element| element.text.as_str()).collect();
    text.join(" ")
}

/// Asserts that nothing in a page runs, and that no link is a script.
pub fn assert_harmless(html: &str) {
    for element in elements(html) {
        let name = element.name.as_str();
        assert!(
            ![
                "img", "iframe", "object", "embed", "svg", "style", "base", "math"
            ]
            .contains(&name),
            "{name}: {html}"
        );
        assert!(
            name != "script" || element.attributes["type"] == "application/ld+json",
            "{html}"
        );
        for (attribute, value) in &element.attributes {
            assert!(!attribute.starts_with("on"), "{attribute}: {html}");
            assert!(attribute != "style", "{html}");
            if attribute == "href" || attribute == "action" {
                assert!(
                    ["/", "https://", "http://", "mailto:"]
                        .iter()
                        .any(|start| value.starts_with(start)),
                    "{value}"
                );
            }
        }
    }
}
