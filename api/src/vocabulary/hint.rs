//! What is said of input that cannot be read.

/// The tail of a sentence that offers what was probably meant.
pub fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"))
}

/// Hostile input is not echoed at length.
pub fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}
