//! Whether Amazon SNS has signed a message. Its certificates come from SNS itself, by TLS, and are kept by this isolate for a day; the key
//! is taken out of them and used by the platform's own RSA.

use crate::answers;
use crate::bindings;
use crate::clock;
use crate::error::Problem;
use homing_core::callback::{SnsSigned, sns_signed};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen_futures::JsFuture;

/// How long a certificate is kept, ms, and how many are.
const KEPT_MS: u64 = 86_400_000;
const MOST_KEPT: usize = 8;
/// How long one is waited for, ms, and its largest size, bytes.
const WAITED_MS: u64 = 5_000;
const MAX_PEM: usize = 16_384;

thread_local! {
    static CERTIFICATES: RefCell<BTreeMap<String, (String, u64)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether it is a message that SNS has signed, to one of these topics: SNS signs for whoever has a topic there. `instead`: who stands in
/// for SNS.
pub async fn is_signed(
    body: &[u8],
    topics: &[String],
    instead: Option<&str>,
) -> Result<bool, Problem> {
    let text = std::str::from_utf8(body).ok();
    let Some(signed) = text.and_then(sns_signed) else {
        return Ok(false);
    };
    let SnsSigned {
        text,
        signature,
        hash,
        certificate,
        topic,
    } = signed;
    if !topics.contains(&topic) {
        return Err(Problem::Topic);
    }
    let pem = certificate_at(&certificate, instead).await?;
    let checked = bindings::is_signed_by_certificate(&pem, hash, &signature, text.as_bytes());
    Ok(JsFuture::from(checked).await?.is_truthy())
}

/// The address itself, or the same at who stands in for SNS.
pub fn address(url: &str, instead: Option<&str>) -> String {
    let path = url
        .strip_prefix("https://")
        .and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)));
    match instead.zip(path) {
        Some((instead, path)) => format!("{instead}{path}"),
        None => url.to_owned(),
    }
}

async fn certificate_at(url: &str, instead: Option<&str>) -> Result<String, Problem> {
    let now = clock::now_ms();
    let known = CERTIFICATES.with_borrow(|known| {
        let known = known.get(url).filter(|(_, until)| now < *until);
        known.map(|(pem, _)| pem.clone())
    });
    if let Some(pem) = known {
        return Ok(pem);
    }
    let request = answers::request("GET", &address(url, instead), [], None)?;
    let answer = answers::to(request, WAITED_MS, MAX_PEM).await;
    let unavailable = |why: &str| Problem::Unavailable(format!("SNS's certificate: {why}"));
    let answer = answer.map_err(unavailable)?;
    let pem = answer.body;
    if answer.status != 200 || pem.is_empty() {
        return Err(unavailable(&answer.status.to_string()));
    }
    CERTIFICATES.with_borrow_mut(|known| {
        if known.len() >= MOST_KEPT {
            known.clear();
        }
        known.insert(url.to_owned(), (pem.clone(), now.saturating_add(KEPT_MS)));
    });
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn who_stands_in_for_sns_has_the_same_paths() {
        let url = "https://sns.eu-central-1.amazonaws.com/a.pem?x=1";
        assert_eq!(address(url, None), url);
        assert_eq!(
            address(url, Some("http://127.0.0.1:9")),
            "http://127.0.0.1:9/a.pem?x=1"
        );
    }
}
