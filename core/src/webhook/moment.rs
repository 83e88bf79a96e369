//! Times in headers.

/// Epoch ms of a time as RFC 3339 writes it, such as Shopify's `X-Shopify-Triggered-At`; `None` for anything else.
pub fn moment(text: &str) -> Option<u64> {
    let at: jiff::Timestamp = text.trim().parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_time_is_read_whatever_its_zone_and_precision() {
        for text in [
            "2023-03-29T18:00:27.877041743Z",
            "2023-03-29T14:00:27.877-04:00",
        ] {
            assert_eq!(moment(text), Some(1_680_112_827_877), "{text}");
        }
        for text in ["", "yesterday", "1680112827", "1900-01-01T00:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
