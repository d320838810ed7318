//! A page that a link in a mail leads to: it shows what will happen, and a button does it. Mail scanners
//! follow links; they do not press buttons.

use crate::error::ApiError;
use crate::http::body::Raw;
use crate::state::AppState;
use crate::web::page;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev};
use askama::Template;
use futures_util::future::LocalBoxFuture;
use std::collections::HashMap;

/// What a page shows.
#[derive(Default)]
pub struct Page {
    /// Heading.
    pub title: String,
    /// What will happen, or what has.
    pub text: String,
    /// The button, while there is something to do.
    pub form: Option<Form>,
}

/// What is sent when the button is pressed.
pub struct Form {
    /// Path it is sent to.
    pub action: &'static str,
    /// The token of the link.
    pub token: String,
    /// What is asked for.
    pub fields: Vec<Field>,
    /// Words on the button.
    pub button: &'static str,
}

/// Something to fill in.
pub struct Field {
    /// Name in the form.
    pub name: &'static str,
    /// What to fill in.
    pub label: &'static str,
    /// `type` of the input.
    pub kind: &'static str,
    /// `autocomplete` of the input.
    pub autocomplete: &'static str,
    /// Fewest characters; 0 when it may be left empty.
    pub min: usize,
    /// Most characters.
    pub max: usize,
}

#[derive(Template)]
#[template(path = "mail_link.html")]
struct View<'a> {
    instance_name: &'a str,
    title: &'a str,
    text: &'a str,
    fault: Option<String>,
    form: Option<&'a Form>,
}

/// The form's values, or the query's.
pub struct Values(HashMap<String, String>);

impl Values {
    /// Reads `application/x-www-form-urlencoded`. The first of several values counts.
    pub fn parse(text: &[u8]) -> Self {
        let mut values = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            values
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self(values)
    }

    /// A value, empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// The values of a form that is sent, whatever type it says to be of: a mail program that unsubscribes
/// may send another (RFC 8058 section 3.1).
impl FromRequest for Values {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let body = Raw::from_request(request, payload);
        Box::pin(async { Ok(Self::parse(&body.await?.0)) })
    }
}

/// The answer with a page.
///
/// # Errors
/// Never in practice: a template renders.
pub fn show(state: &AppState, page: &Page) -> Result<HttpResponse, ApiError> {
    render(state, StatusCode::OK, page, None)
}

/// The answer when something is wrong: the page again, with the fault; or a page of its own when the fault
/// is the token's.
///
/// # Errors
/// Those that are no fault of the person.
pub fn show_fault(state: &AppState, page: Page, error: ApiError) -> Result<HttpResponse, ApiError> {
    let faults = match &error {
        ApiError::Validation(faults) => faults.as_slice(),
        ApiError::Conflict(detail) | ApiError::Forbidden(detail) | ApiError::Gone(detail) => {
            let page = Page { form: None, ..page };
            let status = actix_web::ResponseError::status_code(&error);
            return render(state, status, &page, Some(sentence(detail)));
        }
        _ => return Err(error),
    };
    let is_of_token = faults.iter().any(|fault| fault.pointer == "/token");
    let words: Vec<_> = faults
        .iter()
        .map(|fault| sentence(&format!("{} {}", subject(&fault.pointer), fault.detail)))
        .collect();
    let page = if is_of_token {
        Page {
            title: "This link does not work (any more)".to_owned(),
            text: "What it was for may be done already.".to_owned(),
            form: None,
        }
    } else {
        page
    };
    render(state, StatusCode::BAD_REQUEST, &page, Some(words.join(" ")))
}

fn render(
    state: &AppState,
    status: StatusCode,
    page: &Page,
    fault: Option<String>,
) -> Result<HttpResponse, ApiError> {
    page::private(
        status,
        &View {
            instance_name: state.post.instance_name(),
            title: &page.title,
            text: &page.text,
            fault,
            form: page.form.as_ref(),
        },
    )
}

fn subject(pointer: &str) -> &str {
    match pointer {
        "/token" => "The link",
        "/password" => "The password",
        "/name" => "The name",
        other => other,
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    let rest = chars.as_str();
    first.map_or_else(String::new, |first| format!("{first}{rest}."))
}
