//! Bodies of what others answer.

use futures_util::{Stream, StreamExt};
use std::pin::pin;
use worker::{Response, ResponseBody};

/// Reads a body of at most `limit` bytes, piece by piece; `None` where it is longer. What has not come of that one is not wanted: its
/// stream is cancelled when it is dropped. How long it says to be counts for nothing: it may be compressed.
pub async fn read(response: &mut Response, limit: usize) -> Result<Option<Vec<u8>>, worker::Error> {
    match response.body() {
        ResponseBody::Stream(_) => up_to(response.stream()?, limit).await,
        ResponseBody::Body(_) | ResponseBody::Empty => Ok(Some(Vec::new())),
    }
}

async fn up_to<E>(
    pieces: impl Stream<Item = Result<Vec<u8>, E>>,
    limit: usize,
) -> Result<Option<Vec<u8>>, E> {
    let mut pieces = pin!(pieces);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if bytes.len().saturating_add(piece.len()) > limit {
            return Ok(None);
        }
        bytes.extend(piece);
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::up_to;
    use futures_util::{FutureExt, StreamExt, stream};
    use std::cell::Cell;

    #[test]
    fn what_is_too_long_is_not_read_to_its_end() {
        let taken = Cell::new(0);
        let endless = stream::repeat_with(|| {
            taken.set(taken.get() + 1);
            Ok::<_, ()>(vec![0; 10])
        });
        let read = up_to(endless, 35).now_or_never();
        assert_eq!((read, taken.get()), (Some(Ok(None)), 4));
        let short = stream::iter([vec![1; 20], vec![2; 15]]).map(Ok::<_, ()>);
        let read = up_to(short, 35).now_or_never();
        assert_eq!(read.unwrap().unwrap().unwrap().len(), 35);
    }
}
