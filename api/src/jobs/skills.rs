//! Skills of a job: by the names that people know.

use crate::taxonomies::skills::{self, Skill};

/// The canonical name of what somebody typed as a skill, or what they typed.
pub fn name(typed: &str) -> String {
    skills::canonical(typed).map_or_else(|| typed.trim().to_owned(), |skill| skill.label.clone())
}

/// Canonical names, each once.
pub fn names(typed: Vec<String>) -> Vec<String> {
    let codes = skills::normalize(typed);
    codes
        .into_iter()
        .map(|code| label(&code).map_or_else(|| code.clone(), str::to_owned))
        .collect()
}

fn label(code: &str) -> Option<&'static str> {
    skills::skill(code).map(|skill: &'static Skill| skill.label.as_str())
}

/// What else people call a skill, by its canonical name.
pub fn other_names(name: &str) -> impl Iterator<Item = &'static str> {
    let skill = skills::canonical(name).into_iter();
    skill
        .flat_map(|skill| skill.aliases.iter().chain(&skill.typed))
        .map(String::as_str)
}

/// A skill and all wider ones: who looks for Python finds Django.
pub fn with_wider(name: &str) -> Vec<String> {
    let Some(skill) = skills::canonical(name) else {
        return vec![name.to_owned()];
    };
    skills::with_wider(&skill.code)
        .into_iter()
        .filter_map(label)
        .map(str::to_owned)
        .collect()
}

/// Skills that title and description name and `named` does not have.
pub fn suggested(title: &str, description: &str, named: &[String]) -> Vec<String> {
    skills::suggested(&format!("{title}\n\n{description}"))
        .into_iter()
        .map(|skill| skill.label.clone())
        .filter(|label| !named.contains(label))
        .collect()
}
