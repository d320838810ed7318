//! What a client may set of a saved search.

use crate::error::ApiError;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::outbound::Outbound;
use crate::saved_searches::query;
use crate::state::AppState;
use crate::vocabulary::schema::{http_url_or_null, named_pattern};
use crate::vocabulary::url::{MAX_URL_CHARS, normal_url};
use crate::vocabulary::validation::named;
use entity::saved_search::{Frequency, Kind, Notify};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Everything of a saved search that a client may set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!(sample()))]
pub struct SavedSearchInput {
    /// What to call it.
    #[schema(schema_with = name, required = false)]
    pub name: Option<String>,
    /// What is searched for.
    #[schema(schema_with = kind)]
    pub kind: Kind,
    /// The query string of `GET /v1/jobs`, without what is for lists alone: `limit`, `cursor`, `sort`,
    /// `facets`, `highlight`, `interpret`, `explain`, `collapse`, `prefix`, `status`. An empty one finds every job.
    #[schema(
        max_length = 4000,
        example = "skill=k8s&country=GB&salary_min=40000&salary_currency=EUR"
    )]
    pub query: String,
    /// How you are told. By `webhook`, requests are signed (Standard Webhooks 1.0.0); with `none` there is
    /// the private feed.
    #[schema(schema_with = notify)]
    pub notify: Notify,
    /// How often: at once, or a day or a week after the first job that you were not told of yet.
    #[schema(schema_with = frequency)]
    pub frequency: Frequency,
    /// Where webhooks go: an https URL of a public server. Required for `webhook`. A new one gets a new
    /// secret, and has to echo a challenge first.
    #[schema(schema_with = webhook_url, required = false)]
    pub webhook_url: Option<String>,
}

impl SavedSearchInput {
    /// Reads a body, or a patched view: `current` is the view as it was.
    ///
    /// # Errors
    /// All faults at once.
    pub fn read(
        members: Map<String, Value>,
        current: Option<&Value>,
        state: &AppState,
    ) -> Result<Self, ApiError> {
        let mut members = Members::new(members);
        for name in [
            "id",
            "webhook_verified_at",
            "feed_url",
            "created_at",
            "updated_at",
            "last_notified_at",
        ] {
            members.read_only(name, current.map(|current| &current[name]));
        }
        let name = members.text("name");
        let kind = members.required_choice("kind", Kind::WORDS);
        let text = members.required_text("query");
        let notify = members.required_choice("notify", Notify::WORDS);
        let frequency = members.required_choice("frequency", Frequency::WORDS);
        let webhook_url = members.text("webhook_url");
        let mut faults = members.finish();
        check_name(name.as_deref(), &mut faults);
        if let Err(error) = query::check(&text, &state.rates.current()) {
            let ApiError::Validation(found) = error else {
                return Err(error);
            };
            faults.extend(found);
        }
        let webhook_url = webhook_url.and_then(|url| webhook(&url, &state.outbound, &mut faults));
        if notify == Some(Notify::Webhook) && webhook_url.is_none() && !is_told(&faults) {
            faults.push(Fault::new("/webhook_url", "is required for webhooks"));
        }
        let (Some(kind), Some(notify), Some(frequency)) = (kind, notify, frequency) else {
            return Err(ApiError::Validation(faults));
        };
        faults.or_none(Self {
            name,
            kind,
            query: text,
            notify,
            frequency,
            webhook_url,
        })
    }
}

fn check_name(name: Option<&str>, faults: &mut Faults) {
    let Some(name) = name else { return };
    if name.chars().count() > MAX_NAME_CHARS {
        let detail = format!("may have at most {MAX_NAME_CHARS} characters");
        faults.push(Fault::new("/name", detail));
    } else if let Err(broken) = named(name) {
        faults.push(Fault::new("/name", broken.message.unwrap_or_default()));
    }
}

fn is_told(faults: &Faults) -> bool {
    let mut faults = faults.as_slice().iter();
    faults.any(|fault| fault.pointer == "/webhook_url")
}

/// The URL in its normal form, if requests may go there.
fn webhook(text: &str, outbound: &Outbound, faults: &mut Faults) -> Option<String> {
    let mut wrong = |detail: String| faults.push(Fault::new("/webhook_url", detail));
    if text.chars().count() > MAX_URL_CHARS {
        wrong(format!("may have at most {MAX_URL_CHARS} characters"));
        return None;
    }
    let Some(url) = normal_url(text).ok().and_then(|url| Url::parse(&url).ok()) else {
        wrong("must be an absolute https URL, such as https://example.coop/jobs".to_owned());
        return None;
    };
    if let Err(error) = outbound.check(&url) {
        wrong(format!("cannot be reached: {error}"));
        return None;
    }
    Some(url.into())
}

/// The example of what a client sends.
pub fn sample() -> Value {
    json!({
        "name": "Servers in Britain",
        "kind": "job",
        "query": "skill=k8s&country=GB&salary_min=40000&salary_currency=EUR",
        "notify": "email",
        "frequency": "daily",
        "webhook_url": null,
    })
}

fn words<T>(words: &[(&'static str, T)], description: &str) -> Object {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    crate::vocabulary::schema::described_words(&words, description)
}

/// What a search is called.
pub fn name() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(1))
        .max_length(Some(MAX_NAME_CHARS))
        .pattern(Some(named_pattern()))
        .description(Some("What to call it."))
        .build()
}

/// What is searched for.
pub fn kind() -> Object {
    words(Kind::WORDS, "What is searched for.")
}

/// How somebody is told.
pub fn notify() -> Object {
    words(
        Notify::WORDS,
        "How you are told; with `none` there is the private feed.",
    )
}

/// How often somebody is told.
pub fn frequency() -> Object {
    words(
        Frequency::WORDS,
        "How often: at once, or a day or a week after the first job that you were not told of yet.",
    )
}

/// Where webhooks go, or nothing.
pub fn webhook_url() -> Object {
    ObjectBuilder::from(http_url_or_null())
        .description(Some(
            "Where webhooks go, an https URL of a public server; required for `webhook`.",
        ))
        .build()
}

/// What a merge patch may hold: any of the members, none of them required.
pub struct SavedSearchPatch;

impl PartialSchema for SavedSearchPatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = SavedSearchInput::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
            object.examples = vec![json!({"frequency": "weekly"})];
            object.description = Some("A merge patch (RFC 7396) of a saved search.".to_owned());
        }
        schema
    }
}

impl ToSchema for SavedSearchPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "SavedSearchPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        SavedSearchInput::schemas(schemas);
    }
}
