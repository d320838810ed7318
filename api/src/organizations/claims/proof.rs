//! Looking for a challenge where only whoever has the domain can publish it.

use crate::outbound::{Limits, Outbound, OutboundError, Reach, Request};
use crate::vocabulary::domain::domain_of;
use entity::claim::{self, Method};
use entity::organization;
use futures_util::future::join_all;
use std::time::Duration;
use url::Url;

/// Path of the file (RFC 8615).
const PATH: &str = "/.well-known/toadlane-claim.txt";

/// What looking may cost.
const LIMITS: Limits = Limits {
    bytes: 64 << 10,
    time: Duration::from_secs(10),
};

/// Name of the TXT record that proves a domain.
pub fn record_name(domain: &str) -> String {
    format!("_toadlane.{domain}")
}

/// Where the file that proves a domain may be: at the website's own host, and at the bare domain. None when
/// the website has moved to another domain.
pub fn files(outbound: &Outbound, domain: &str, organization: &organization::Model) -> Vec<Url> {
    let website = organization.website.as_deref().unwrap_or_default();
    let Ok(mut file) = Url::parse(website) else {
        return Vec::new();
    };
    if domain_of(website).as_deref() != Some(domain) {
        return Vec::new();
    }
    file.set_path(PATH);
    file.set_query(None);
    file.set_fragment(None);
    let as_it_is = outbound.reach() == Reach::Everywhere && outbound.check(&file).is_ok();
    // A port of one's own proves nothing about who has the domain.
    if !as_it_is && (file.set_scheme("https").is_err() || file.set_port(None).is_err()) {
        return Vec::new();
    }
    let mut bare = file.clone();
    if bare.set_host(Some(domain)).is_ok() && bare != file {
        vec![file, bare]
    } else {
        vec![file]
    }
}

/// Looks for a claim's challenge. `Err` says what was looked for, and what was found instead.
pub async fn look(
    outbound: &Outbound,
    claim: &claim::Model,
    organization: &organization::Model,
) -> Result<(), String> {
    match claim.method {
        Method::WellKnown => {
            let files = files(outbound, &claim.domain, organization);
            in_files(outbound, files, &claim.challenge).await
        }
        Method::DnsTxt => in_record(outbound, &claim.domain, &claim.challenge).await,
        Method::Email => Err("send the token of the mail".to_owned()),
    }
}

async fn in_files(outbound: &Outbound, files: Vec<Url>, challenge: &str) -> Result<(), String> {
    let found = join_all(
        files
            .into_iter()
            .map(|file| in_file(outbound, file, challenge)),
    )
    .await;
    let mut missed = Vec::new();
    for found in found {
        match found {
            Ok(()) => return Ok(()),
            Err(instead) => missed.push(instead),
        }
    }
    Err(format!(
        "a file with the line {challenge} was looked for. {}",
        missed.join(". ")
    ))
}

async fn in_file(outbound: &Outbound, file: Url, challenge: &str) -> Result<(), String> {
    let answer = match outbound.send(Request::get(file.clone()), LIMITS).await {
        Ok(answer) => answer,
        Err(error) => return Err(format!("{file}: {error}")),
    };
    match answer.status {
        200 => {
            let text = String::from_utf8_lossy(&answer.body);
            // Some editors put a byte order mark first.
            let text = text.trim_start_matches('\u{feff}');
            if text.lines().any(|line| line.trim() == challenge) {
                Ok(())
            } else {
                Err(format!("{file} answered 200, without that line"))
            }
        }
        status @ 300..400 => Err(format!(
            "{file} answered {status}; redirects are not followed"
        )),
        status => Err(format!("{file} answered {status}")),
    }
}

async fn in_record(outbound: &Outbound, domain: &str, challenge: &str) -> Result<(), String> {
    let name = record_name(domain);
    let found = match outbound.texts(&name, LIMITS.time).await {
        Ok(texts) if texts.iter().any(|text| text.trim() == challenge) => return Ok(()),
        Ok(texts) if texts.is_empty() => "There is no TXT record".to_owned(),
        Ok(texts) => format!("TXT records with other texts: {}", texts.len()),
        Err(error @ OutboundError::Timeout(_)) => format!("Of DNS: {error}"),
        Err(error) => error.to_string(),
    };
    Err(format!(
        "a TXT record of {name} with the text {challenge} was looked for. {found}"
    ))
}
