//! Request budgets (IETF draft "RateLimit header fields for HTTP").

use crate::error::ApiError;
use actix_web::HttpResponseBuilder;
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

/// What is left of a budget, for the headers of the answer.
pub struct Left(Option<u32>);

impl LoginBudget {
    /// A budget that is kept, or (for benchmarks and tests) none.
    pub fn new(on: bool) -> Self {
        Self(on.then(|| {
            RateLimiter::dashmap(Quota::per_minute(LOGINS_PER_MINUTE))
                .with_middleware::<StateInformationMiddleware>()
        }))
    }

    /// Spends one attempt.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`] when none is left.
    pub fn spend(&self, address: Option<IpAddr>) -> Result<Left, ApiError> {
        let (Some(limiter), Some(address)) = (&self.0, address) else {
            return Ok(Left(None));
        };
        match limiter.check_key(&address) {
            Ok(state) => Ok(Left(Some(state.remaining_burst_capacity()))),
            Err(not_until) => Err(ApiError::TooManyRequests {
                retry_after: not_until
                    .wait_time_from(DefaultClock::default().now())
                    .as_secs()
                    + 1,
            }),
        }
    }

    /// Forgets addresses whose budget is full again, so that memory does not grow with visitors.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

impl Left {
    /// Tells the client how much it has left.
    pub fn tell(&self, answer: &mut HttpResponseBuilder) {
        if let Self(Some(left)) = self {
            answer.insert_header((
                "RateLimit-Policy",
                format!("\"login\";q={LOGINS_PER_MINUTE};w=60"),
            ));
            answer.insert_header(("RateLimit", format!("\"login\";r={left};t=60")));
        }
    }
}
