//! Request budgets (IETF draft "RateLimit header fields for HTTP").

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Attempts to log in per minute and address: each costs a password hash.
const LOGINS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

type Limiter =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// The budget of each address for logging in; `None` when switched off.
pub struct LoginBudget(Option<Limiter>);

/// What an attempt left of a budget.
pub struct Spent {
    /// Attempts left; `None` when there is no budget.
    left: Option<u32>,
    /// Seconds to wait, when there was nothing left to spend.
    pub retry_after: Option<u64>,
}

impl LoginBudget {
    /// A budget that is kept, or (for benchmarks and tests) none.
    pub fn new(on: bool) -> Self {
        Self(on.then(|| {
            RateLimiter::dashmap(Quota::per_minute(LOGINS_PER_MINUTE))
                .with_middleware::<StateInformationMiddleware>()
        }))
    }

    /// Spends one attempt, if there is one left.
    pub fn spend(&self, address: Option<IpAddr>) -> Spent {
        let (Some(limiter), Some(address)) = (&self.0, address) else {
            return Spent {
                left: None,
                retry_after: None,
            };
        };
        match limiter.check_key(&network(address)) {
            Ok(state) => Spent {
                left: Some(state.remaining_burst_capacity()),
                retry_after: None,
            },
            Err(not_until) => Spent {
                left: Some(0),
                retry_after: Some(
                    not_until
                        .wait_time_from(DefaultClock::default().now())
                        .as_secs()
                        + 1,
                ),
            },
        }
    }

    /// Forgets addresses whose budget is full again, so that memory does not grow with visitors.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

/// Whom an address stands for: on IPv6 whoever has one has its whole /64 (RFC 6177 section 2).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(network.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

impl Spent {
    /// Tells the client how much it has left, and in how many seconds the budget is full again.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Some(left) = self.left else {
            return;
        };
        let quota = LOGINS_PER_MINUTE.get();
        let full_in = quota.saturating_sub(left);
        for (name, value) in [
            ("ratelimit-policy", format!("\"login\";q={quota};w=60")),
            ("ratelimit", format!("\"login\";r={left};t={full_in}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}
