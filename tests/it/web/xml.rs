//! XML as its readers read it.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// An element with its own text and its children.
#[derive(Clone, Debug, Default)]
pub struct Node {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    /// The children of a name.
    pub fn all(&self, name: &str) -> Vec<&Node> {
        let named = self.children.iter().filter(|child| child.name == name);
        named.collect()
    }

    /// The text of the one child of a name.
    pub fn text_of(&self, name: &str) -> &str {
        let named = self.all(name);
        assert_eq!(named.len(), 1, "{name} in {self:?}");
        &named[0].text
    }

    fn of(tag: &BytesStart) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let attributes = tag.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let value = text(&attribute.value);
            let value = unescape(&value).unwrap().into_owned();
            (text(attribute.key.into_inner()), value)
        });
        Self {
            name: text(tag.name().into_inner()),
            attributes: attributes.collect(),
            ..Self::default()
        }
    }
}

/// The root of a document. Panics at whatever is not well-formed.
pub fn parse(document: &str) -> Node {
    let mut reader = Reader::from_str(document);
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(Node::of(&tag)),
            Event::Empty(tag) => {
                let node = Node::of(&tag);
                open.last_mut().unwrap().children.push(node);
            }
            Event::End(_) => {
                let node = open.pop().unwrap();
                open.last_mut().unwrap().children.push(node);
            }
            Event::Text(text) => {
                let text = text.decode().unwrap();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::GeneralRef(name) => {
                let name = name.decode().unwrap();
                let text = unescape(&format!("&{name};")).unwrap().into_owned();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::CData(text) => {
                let text = text.decode().unwrap();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "an element is not closed");
    let mut roots = open.remove(0).children;
    assert_eq!(roots.len(), 1);
    let root = roots.remove(0);
    let is_allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(document.chars().all(is_allowed), "XML 1.0 section 2.2");
    root
}
