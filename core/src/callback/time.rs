//! Times as providers write them.

/// The epoch ms of an RFC 3339 time, such as `2026-11-29T20:00:00.123Z` or `2014-08-01T13:28:10.27-04:00`; `None` for anything else, and
/// for what was before 1970.
pub(super) fn epoch_ms(text: &str) -> Option<u64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::epoch_ms;

    #[test]
    fn reads_what_providers_write() {
        assert_eq!(epoch_ms("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(
            epoch_ms("2017-08-05T00:41:02.669Z"),
            Some(1_501_893_662_669)
        );
        assert_eq!(
            epoch_ms("2014-08-01T13:28:10.2735393-04:00"),
            Some(1_406_914_090_273)
        );
        assert_eq!(
            epoch_ms("2024-11-22 23:41:12.126+00:00"),
            Some(1_732_318_872_126)
        );
        for text in ["", "yesterday", "2026-11-29", "1969-12-31T23:59:59Z"] {
            assert_eq!(epoch_ms(text), None, "{text}");
        }
    }
}
