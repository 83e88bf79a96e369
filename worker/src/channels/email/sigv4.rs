//! AWS Signature Version 4 for one JSON `POST`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use hmac::{KeyInit, Mac};
use homing_core::bytes::to_hex;
use homing_core::keys::HmacSha256;
use sha2::{Digest, Sha256};

/// What is signed.
pub struct Signing<'a> {
    pub access_key: &'a str,
    pub secret_key: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    /// With its port, where it is not the scheme's own.
    pub host: &'a str,
    /// With nothing in it that would have to be encoded, and without a query.
    pub path: &'a str,
    pub body: &'a [u8],
    /// Epoch ms.
    pub now_ms: u64,
}

/// The headers that carry it.
pub struct Signature {
    /// `x-amz-date`.
    pub date: String,
    /// `x-amz-content-sha256`.
    pub body_hash: String,
    /// `authorization`.
    pub authorization: String,
}

/// The headers that are signed, in the order of their names.
const SIGNED: &str = "content-type;host;x-amz-content-sha256;x-amz-date";

impl Signing<'_> {
    /// Signs; `None` only where the time cannot be written.
    pub fn sign(&self) -> Option<Signature> {
        let date = basic_date(self.now_ms)?;
        let day = date.get(..8)?;
        let body_hash = to_hex(&Sha256::digest(self.body));
        let request = format!(
            "POST\n{}\n\ncontent-type:application/json\nhost:{}\nx-amz-content-sha256:{body_hash}\nx-amz-date:{date}\n\n{SIGNED}\n{body_hash}",
            self.path, self.host
        );
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            to_hex(&Sha256::digest(request.as_bytes()))
        );
        let secret = format!("AWS4{}", self.secret_key);
        let parts = [day, self.region, self.service, "aws4_request"];
        let key = parts
            .iter()
            .try_fold(secret.into_bytes(), |key, part| mac(&key, part.as_bytes()))?;
        let signature = to_hex(&mac(&key, text.as_bytes())?);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={SIGNED}, Signature={signature}",
            self.access_key
        );
        Some(Signature {
            date,
            body_hash,
            authorization,
        })
    }
}

fn mac(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mac = HmacSha256::new_from_slice(key).ok()?.chain_update(text);
    Some(mac.finalize().into_bytes().to_vec())
}

/// ISO 8601's basic format in UTC, `20260101T000000Z`, by the days' arithmetic of the Gregorian calendar
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
fn basic_date(now_ms: u64) -> Option<String> {
    let seconds = now_ms / 1_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of the year 0; an era has 400 years and 146,097 days.
    let shifted = days.checked_add(719_468)?;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    Some(format!(
        "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "19700101T000000Z"),
            (951_782_400_000, "20000229T000000Z"),
            (1_440_938_160_000, "20150830T123600Z"),
            (1_798_761_599_999, "20261231T235959Z"),
            (4_107_542_400_000, "21000301T000000Z"),
        ] {
            assert_eq!(basic_date(ms).as_deref(), Some(text));
        }
    }

    /// What `aws4` 1.13.2 of npm signs for the same request.
    #[test]
    fn signs_as_an_independent_signer_does() {
        let signed = Signing {
            access_key: "AKIDEXAMPLE",
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "eu-west-1",
            service: "ses",
            host: "email.eu-west-1.amazonaws.com",
            path: "/v2/email/outbound-emails",
            body: br#"{"a":"\u00e9"}"#,
            now_ms: 1_440_938_160_000,
        };
        let signature = signed.sign().unwrap();
        assert!(
            signature.authorization.ends_with(
                "Signature=b2665746e55e0e523df784d67cfc4ba7be31c9003c1a38921d3d0e6099926ac5"
            ),
            "{}",
            signature.authorization
        );
    }
}
