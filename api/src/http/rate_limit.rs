//! Request budgets (IETF draft "RateLimit header fields for HTTP"): one per caller and class of requests.

use crate::auth::tokens;
use crate::error::ApiError;
use crate::http::client_address::client_address;
use crate::http::problem;
use crate::http::turns::Turns;
use crate::state::AppState;
use crate::web::page;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    self, Accept, Header as _, HeaderMap, HeaderName, HeaderValue, Quality,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use uuid::Uuid;

/// Reads per minute and account; so many of an address when nobody is logged in, as all that follow.
const SEARCHES: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// Writes per minute and account.
const WRITES: NonZeroU32 = NonZeroU32::new(120).unwrap();

/// Requests per minute and address that handle passwords and secrets.
const AUTHS: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Addresses per minute and account that one applies to: enough for people, not for those who gather them.
const REVEALS: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// What is free: it costs nothing, and those who watch the server need it.
const FREE: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/docs"];

/// Beginnings of paths that are free.
const FREE_BELOW: [&str; 3] = ["/docs/", "/openapi.", "/problems/"];

/// Beginnings of paths that are for programs, whoever asks.
const OF_PROGRAMS: [&str; 4] = ["/v1/", "/oauth/", "/feeds/", "/.well-known/"];

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// That of an address, or on IPv6 of its network.
    Address(IpAddr),
    /// That of an account, which its clients share.
    Caller(Uuid),
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Search,
    Write,
    Auth,
    Reveal,
}

struct Budget {
    per_minute: NonZeroU32,
    name: &'static str,
    policy: HeaderValue,
    limiter: RateLimiter<Key, DashMapStateStore<Key>, DefaultClock, StateInformationMiddleware>,
}

/// The budgets of everybody; none when switched off.
pub struct Limits(Option<Budgets>);

struct Budgets {
    search: Budget,
    write: Budget,
    auth: Budget,
    reveal: Budget,
    /// Reads under way.
    reading: Arc<Turns<Key>>,
}

/// What a request left of a budget.
struct Spent {
    policy: HeaderValue,
    left: HeaderValue,
    /// Seconds to wait, when there was nothing left to spend.
    retry_after: Option<u64>,
}

impl Limits {
    /// Budgets that are kept, or (for benchmarks and tests) none.
    pub fn new(on: bool) -> Self {
        Self(on.then(|| Budgets {
            search: Budget::new("search", SEARCHES, "\"search\";q=600;w=60"),
            write: Budget::new("write", WRITES, "\"write\";q=120;w=60"),
            auth: Budget::new("auth", AUTHS, "\"auth\";q=60;w=60"),
            reveal: Budget::new("reveal", REVEALS, "\"reveal\";q=20;w=60"),
            reading: Arc::default(),
        }))
    }

    /// Forgets everybody whose budget is full again, so that memory holds the callers of the last minutes
    /// and no others.
    pub fn sweep(&self) {
        for budget in self.0.iter().flat_map(Budgets::all) {
            budget.limiter.retain_recent();
            budget.limiter.shrink_to_fit();
        }
    }

    /// How many budgets are not full.
    pub fn len(&self) -> usize {
        let budgets = self.0.iter().flat_map(Budgets::all);
        budgets.map(|budget| budget.limiter.len()).sum()
    }

    /// Whether every budget is full.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Budgets {
    fn all(&self) -> [&Budget; 4] {
        [&self.search, &self.write, &self.auth, &self.reveal]
    }

    fn of(&self, class: Class) -> &Budget {
        match class {
            Class::Search => &self.search,
            Class::Write => &self.write,
            Class::Auth => &self.auth,
            Class::Reveal => &self.reveal,
        }
    }
}

impl Budget {
    fn new(name: &'static str, per_minute: NonZeroU32, policy: &'static str) -> Self {
        Self {
            per_minute,
            name,
            policy: HeaderValue::from_static(policy),
            limiter: RateLimiter::dashmap(Quota::per_minute(per_minute))
                .with_middleware::<StateInformationMiddleware>(),
        }
    }

    fn spend(&self, key: &Key) -> Option<Spent> {
        let (left, retry_after) = match self.limiter.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(not_until) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                (0, Some(wait.as_secs() + 1))
            }
        };
        let per_minute = self.per_minute.get();
        let full_in = (per_minute.saturating_sub(left) * 60).div_ceil(per_minute);
        let left = format!("\"{}\";r={left};t={full_in}", self.name);
        Some(Spent {
            policy: self.policy.clone(),
            left: HeaderValue::try_from(left).ok()?,
            retry_after,
        })
    }
}

impl Spent {
    /// Tells the client how much it has left, and in how many seconds the budget is full again.
    fn tell(self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("ratelimit-policy"), self.policy);
        headers.insert(HeaderName::from_static("ratelimit"), self.left);
    }
}

/// Whom an address stands for: on IPv6 its /48, as much as a site may be given (RFC 6177 section 2). By /64 whoever has
/// one would be 65,536 strangers.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 80);
            IpAddr::V6(network.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Whether requests of a path are counted.
pub fn is_limited(path: &str) -> bool {
    !FREE.contains(&path) && !FREE_BELOW.iter().any(|free| path.starts_with(free))
}

fn class(method: &Method, path: &str) -> Class {
    let reveals = (path.starts_with("/v1/jobs/") && path.ends_with("/reveal-email"))
        // Its page gives the address only when the button is pressed.
        || (path.starts_with("/jobs/") && path.ends_with("/email") && method == Method::POST);
    if reveals {
        Class::Reveal
    } else if path.starts_with("/v1/auth/") || path == "/oauth/token" {
        Class::Auth
    } else if method.is_safe() {
        Class::Search
    } else {
        Class::Write
    }
}

/// Answers 429 once the caller's budget is spent, and tells everybody what is left of theirs.
///
/// # Errors
/// Those of the handler.
pub async fn rate_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some((spent, turns)) = spend(&request) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let mut answer = if let Some(retry_after) = spent.retry_after {
        let refusal = refusal(&request, retry_after)?;
        request.into_response(refusal)
    } else {
        let _turn = match turns {
            Some((turns, key)) => Some(turns.take(key).await),
            None => None,
        };
        next.call(request).await?.map_into_boxed_body()
    };
    spent.tell(answer.headers_mut());
    Ok(answer)
}

/// A page for people who look at pages, a problem document for programs.
fn refusal(request: &ServiceRequest, retry_after: u64) -> Result<HttpResponse, ApiError> {
    let error = ApiError::TooManyRequests { retry_after };
    let path = request.match_info().as_str();
    let is_page = !OF_PROGRAMS.iter().any(|of| path.starts_with(of));
    match request.app_data::<web::Data<AppState>>() {
        Some(state) if is_page && wants_page(request) => page::too_many(state, retry_after),
        _ => Ok(problem::response_at(&error, request.path().to_owned())),
    }
}

/// Whether HTML is asked for by name (RFC 9110 section 12.5.1), as browsers do.
fn wants_page(request: &ServiceRequest) -> bool {
    Accept::parse(request).is_ok_and(|accept| {
        let mut types = accept.iter();
        types.any(|item| item.item.essence_str() == "text/html" && item.quality > Quality::ZERO)
    })
}

/// Whose turn a request waits for.
type Waiting = (Arc<Turns<Key>>, Key);

/// Spends one request of the caller's budget; reads wait for their turn besides. `None` if it is not counted.
/// Asks no database.
fn spend(request: &ServiceRequest) -> Option<(Spent, Option<Waiting>)> {
    let state = request.app_data::<web::Data<AppState>>()?;
    let budgets = state.limits.0.as_ref()?;
    // As the routes see it: decoded, so that no other spelling has another budget.
    let path = request.match_info().as_str();
    if !is_limited(path) {
        return None;
    }
    let class = class(request.method(), path);
    let caller = match class {
        // Whoever guesses secrets does it from an address, with whatever token.
        Class::Auth => None,
        Class::Search | Class::Write | Class::Reveal => recognise(request, state),
    };
    let key = match caller {
        Some(id) => Key::Caller(id),
        None => Key::Address(network(client_address(
            request.head(),
            &state.trusted_proxies,
        )?)),
    };
    let turns = (class == Class::Search).then(|| (budgets.reading.clone(), key));
    Some((budgets.of(class).spend(&key)?, turns))
}

/// The account whose good token this is. What it says is left for the extractors.
fn recognise(request: &ServiceRequest, state: &AppState) -> Option<Uuid> {
    let token = tokens::bearer(request.headers().get(header::AUTHORIZATION)?)?;
    let subject = tokens::recognise(token, &state.keys, state.instance, state.clock.now())?;
    let id = subject.spender();
    request.extensions_mut().insert(subject);
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_one_network() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1::1", "2001:db8:1::"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::"),
            ("2001:db8:2::1", "2001:db8:2::"),
        ] {
            let of: IpAddr = address.parse().unwrap();
            assert_eq!(network(of).to_string(), expected, "{address}");
        }
    }
}
