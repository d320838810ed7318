//! What every handler can reach.

use crate::auth::keys::Keys;
use crate::auth::last_uses::LastUses;
use crate::changes::deadlines::Deadlines;
use crate::changes::searchable::IndexState;
use crate::clock::Clock;
use crate::http::rate_limit::Limits;
use crate::jobs::apply_counts::ApplyCounts;
use crate::mail::post::Post;
use crate::money::CurrentRates;
use crate::outbound::Outbound;
use crate::saved_searches::deliveries::Deliveries;
use crate::store::Store;
use ipnet::IpNet;
use std::sync::Arc;
use uuid::Uuid;

/// Handles and configuration values, made by [`Application`](crate::app::Application).
pub struct AppState {
    /// The truth.
    pub store: Store,
    /// What is derived from it for searching.
    pub index: Arc<IndexState>,
    /// The time.
    pub clock: Clock,
    /// Keys of access tokens.
    pub keys: Keys,
    /// Id of the instance, shared by all servers on this database.
    pub instance: Uuid,
    /// URL under which clients reach this server, without a slash at the end.
    pub public_url: String,
    /// URL of the licence of the compilation.
    pub license: String,
    /// Where to report holes, if anywhere.
    pub security_contact: Option<String>,
    /// Sends mail.
    pub post: Arc<Post>,
    /// Does what time changes.
    pub deadlines: Arc<Deadlines>,
    /// Request budgets.
    pub limits: Limits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// When clients were last used.
    pub last_uses: LastUses,
    /// How often people went on to apply.
    pub apply_counts: ApplyCounts,
    /// Where the instance sends mail from.
    pub sender: String,
    /// The way out.
    pub outbound: Outbound,
    /// Sends what is new for saved searches to webhooks.
    pub deliveries: Deliveries,
    /// Exchange rates.
    pub rates: Arc<CurrentRates>,
}
