//! `?refresh=wait_for`: read your own writes in search.

use crate::changes::searchable::IndexState;
use crate::changes::wake::Key;
use crate::http::query::{FromParameters, Parameters};
use actix_web::HttpResponseBuilder;
use utoipa::IntoParams;

/// Parameters of every write.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WriteParameters {
    /// `wait_for` answers once the change is searchable on this server, or after five seconds
    /// with `Toadlane-Searchable: false`.
    #[param(value_type = Option<Refresh>, required = false)]
    pub refresh: Option<Refresh>,
}

/// When to answer a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Once the change is searchable here.
    WaitFor,
}

impl FromParameters for WriteParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            refresh: parameters.choice("refresh", &[("wait_for", Refresh::WaitFor)]),
        }
    }
}

impl WriteParameters {
    /// Waits when asked to; marks the answer when the wait was in vain.
    pub async fn wait(
        self,
        index: &IndexState,
        key: Key,
        number: i64,
        answer: &mut HttpResponseBuilder,
    ) {
        if self.refresh == Some(Refresh::WaitFor) && !index.wait_for(key, number).await {
            answer.insert_header(("Toadlane-Searchable", "false"));
        }
    }
}
