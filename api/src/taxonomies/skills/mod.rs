//! Skills that jobs ask for and people have: a forest in `api/data/skills.csv`, where a wider
//! skill precedes the narrower ones.
//!
//! A code is never renamed: jobs keep it. Three columns say how a skill is called:
//!
//! - `label` and `aliases` are found where somebody types a skill ([`canonical`]) and in running
//!   text ([`suggested`]).
//! - `typed` names are found only where somebody types a skill: `node` is Node.js there, and
//!   anything in a sentence.
//! - `in_prose` says how far the label is trusted in a sentence, see [`InProse`].

mod mentions;
mod text;

use std::{collections::HashMap, collections::HashSet, sync::LazyLock};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use super::{
    countries::bar_separated,
    table::{Coded, Table, closest},
};
pub use mentions::suggested;

/// How far a skill's label is trusted in running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InProse {
    /// It means nothing else: `PostgreSQL`.
    Anywhere,
    /// It is an everyday word too, and a skill where it is written like a name: `Rust`, `REST`.
    Name,
    /// It is an everyday word, or a single letter: `Go`, `C`, `Spring`.
    Never,
}

/// A skill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Skill {
    /// The kebab-case code records carry, such as `kubernetes`.
    pub code: String,
    /// What people call it, in English.
    pub label: String,
    /// The code of the wider skill, if there is one.
    pub parent: Option<String>,
    /// How far the label is trusted in running text.
    pub in_prose: InProse,
    /// Names that mean this and nothing else.
    #[serde(deserialize_with = "bar_separated")]
    pub aliases: Vec<String>,
    /// Names that mean this where somebody lists skills.
    #[serde(deserialize_with = "bar_separated")]
    pub typed: Vec<String>,
}

/// As `GET /v1/taxonomies/skills` shows it: every other name is an alias.
impl Serialize for Skill {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let aliases: Vec<_> = self.aliases.iter().chain(&self.typed).collect();
        let mut shown = serializer.serialize_struct("Skill", 4)?;
        shown.serialize_field("code", &self.code)?;
        shown.serialize_field("label", &self.label)?;
        shown.serialize_field("parent", &self.parent)?;
        shown.serialize_field("aliases", &aliases)?;
        shown.end()
    }
}

impl Coded for Skill {
    fn code(&self) -> &str {
        &self.code
    }
    fn label(&self) -> &str {
        &self.label
    }
}

impl Skill {
    /// Everything it is called where somebody lists skills.
    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.code, &self.label]
            .into_iter()
            .chain(&self.aliases)
            .chain(&self.typed)
            .map(String::as_str)
    }
}

/// A skill somebody types is at most so long, in bytes.
const MAX_BYTES: usize = 100;

static SKILLS: LazyLock<Table<Skill>> =
    LazyLock::new(|| Table::compiled_in(include_str!("../../../data/skills.csv")));

static BY_NAME: LazyLock<HashMap<String, &'static Skill>> = LazyLock::new(|| {
    let names = |skill: &'static Skill| skill.names().map(move |name| (key(name), skill));
    all().iter().flat_map(names).collect()
});

/// Every skill; a narrower one follows the wider.
pub fn all() -> &'static [Skill] {
    SKILLS.all()
}

/// The skill with exactly this code.
pub fn skill(code: &str) -> Option<&'static Skill> {
    SKILLS.get(code)
}

/// The skill somebody means who types `text` where skills are asked for: a code, label or other
/// name, whatever its case, accents, spaces, hyphens and dots. `Node.js`, `node js` and `NODEJS`
/// are one; `C`, `C++` and `C#` are three.
pub fn canonical(text: &str) -> Option<&'static Skill> {
    if text.len() > MAX_BYTES {
        return None;
    }
    BY_NAME.get(&key(text)).copied()
}

/// A list of skills as records keep it: the codes of those in the list of skills, the others as
/// they were typed, without the space around them. What is empty or there already is left out.
pub fn normalize<T: AsRef<str>>(typed: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut seen = HashSet::new();
    typed
        .into_iter()
        .filter_map(|typed| {
            let typed = typed.as_ref().trim();
            let kept = canonical(typed).map_or(typed, Coded::code);
            (!kept.is_empty() && seen.insert(kept.to_lowercase())).then(|| kept.to_owned())
        })
        .collect()
}

/// A code and those of the wider skills, nearest first: who looks for `python` finds what asks for
/// `django`. A skill that is not in the list is alone.
pub fn with_wider(code: &str) -> Vec<&str> {
    let parent = |code: &&str| skill(code).and_then(|skill| skill.parent.as_deref());
    std::iter::successors(Some(code), parent).collect()
}

/// The code of the skill that somebody who typed `text` probably meant.
pub fn suggest(text: &str) -> Option<&'static str> {
    canonical(text).map(Coded::code).or_else(|| {
        closest(&key(text), BY_NAME.keys().map(String::as_str))
            .and_then(|name| BY_NAME.get(name).map(|skill| skill.code()))
    })
}

/// What a name is compared by: letters, digits, `+` and `#`, and the dot that `.NET` begins with.
fn key(name: &str) -> String {
    let name = deunicode::deunicode(name.trim());
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '#');
    let dot = name
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c| kept(&c)));
    let mut key = String::from(if dot { "." } else { "" });
    key.extend(name.chars().filter(kept).map(|c| c.to_ascii_lowercase()));
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wider_skills_precede_and_codes_are_slugs() {
        let mut seen = HashSet::new();
        for skill in all() {
            let code = skill.code.as_str();
            assert!(
                code.chars()
                    .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')),
                "{code}"
            );
            let parent = skill.parent.as_deref();
            assert!(parent.is_none_or(|parent| seen.contains(parent)), "{code}");
            assert!(seen.insert(code), "{code} occurs twice");
            assert!(!skill.label.is_empty(), "{code}");
        }
        assert!(seen.len() >= 400);
    }

    #[test]
    fn no_two_skills_share_a_name() {
        for skill in all() {
            for name in skill.names() {
                assert!(!key(name).is_empty(), "{name} of {} is empty", skill.code);
                assert_eq!(canonical(name), Some(skill), "{name}");
            }
        }
    }

    #[test]
    fn what_people_type() {
        for (typed, code) in [
            ("Node.js", "node"),
            ("nodejs", "node"),
            ("node js", "node"),
            ("NODE-JS", "node"),
            ("C", "c"),
            ("c++", "cpp"),
            ("C#", "c-sharp"),
            (".NET", "dotnet"),
            ("Go", "go"),
            ("golang", "go"),
            (" r ", "r"),
            ("k8s", "kubernetes"),
            ("Postgres", "postgresql"),
            ("JS", "javascript"),
            ("Élixir", "elixir"),
            ("ruby-on-rails", "rails"),
            ("react native", "react-native"),
            ("asp.net", "asp-net"),
            ("UX", "ux-design"),
        ] {
            assert_eq!(canonical(typed).map(Coded::code), Some(code), "{typed}");
        }
        for typed in ["", " ", ".", "basket weaving", "日本", &"go ".repeat(100)] {
            assert_eq!(canonical(typed), None, "{typed}");
        }
        assert_eq!(suggest("pyhton"), Some("python"));
        assert_eq!(suggest("Kubernets"), Some("kubernetes"));
        assert_eq!(suggest("qqqqqqqq"), None);
    }

    #[test]
    fn a_list_keeps_what_is_unknown_and_drops_what_is_there() {
        let typed = [
            "Golang",
            " Basket weaving",
            "go",
            "",
            "basket Weaving ",
            "k8s",
            "C++",
            "C",
        ];
        assert_eq!(
            normalize(typed),
            ["go", "Basket weaving", "kubernetes", "cpp", "c"]
        );
    }

    #[test]
    fn wider_skills() {
        assert_eq!(with_wider("wagtail"), ["wagtail", "django", "python"]);
        assert_eq!(with_wider("postgresql"), ["postgresql", "sql"]);
        assert_eq!(with_wider("basket weaving"), ["basket weaving"]);
    }

    proptest! {
        #[test]
        fn a_normal_list_is_normal(typed in prop::collection::vec(".{0,12}|go|Golang|K8s", 0..8)) {
            let once = normalize(&typed);
            prop_assert_eq!(normalize(&once), once);
        }
    }
}
