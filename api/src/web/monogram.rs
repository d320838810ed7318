//! `/organizations/{id or slug}/logo.svg`: the first letters of a name, for who has no logo of their own.
//! A job on a search engine has to have one.

use crate::error::ApiError;
use crate::organizations::editor::{Found, read};
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::organization::moved;
use crate::web::page;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use entity::organization::Viewer;

/// Letters that are drawn.
const LETTERS: usize = 2;

#[derive(Template)]
#[template(path = "monogram.svg")]
struct Monogram {
    name: String,
    letters: String,
}

/// The picture, of a public organization.
#[get("/organizations/{id}/logo.svg")]
pub async fn show_monogram(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let row = match read(&request, Viewer::Anonymous).await? {
        Found::Here(found) => found.0.organization,
        Found::Merged(survivor) => return moved(&state, survivor, "/logo.svg").await,
    };
    let name = line(&row.name);
    let svg = Monogram {
        letters: letters(&name),
        name,
    };
    let svg = svg
        .render()
        .map_err(|_| ApiError::Internal("a picture cannot be drawn"))?;
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"));
    Ok(page::tagged(&request, answer, svg))
}

/// The first letters of the first words, in capitals.
fn letters(name: &str) -> String {
    let words = name.split(|char: char| !char.is_alphanumeric());
    let first = words.filter_map(|word| word.chars().next());
    first.take(LETTERS).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn two_letters_of_a_name() {
        assert_eq!(letters("Rochdale Society of Pioneers"), "RS");
        assert_eq!(letters("suma"), "S");
        assert_eq!(letters("  <b>élan & co"), "BÉ");
        assert_eq!(letters("協同組合 東京"), "協東");
        assert_eq!(letters("!?"), "");
    }
}
