//! Signatures of requests to webhooks (Standard Webhooks 1.0.0, "Signature scheme").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The value of `webhook-signature`: HMAC-SHA256 with the secret's bytes over id, time (seconds since 1970)
/// and body. `None` for what is no secret of ours, `whsec_…`.
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{signature}"))
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The same by `openssl dgst -sha256 -mac HMAC`.
    #[test]
    fn is_the_one_that_others_compute() {
        assert_eq!(
            signature(
                "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                "msg_1",
                1_700_000_000,
                r#"{"type":"test"}"#,
            )
            .as_deref(),
            Some("v1,XJw7Oe5x8Nm7vGTJ/N3jl8TdBrBTNbq8/se1u4CF2zs=")
        );
        assert_eq!(signature("secret", "msg_1", 0, ""), None);
    }
}
