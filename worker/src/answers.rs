//! Calls of others' HTTP, and what they answer. None of them follows a redirect: an address is checked before it is called, and another one
//! was not.

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect, Response, ResponseBody,
};

/// What came back; the body is empty where it could not be read, or nobody wanted it.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    headers: Headers,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// `Retry-After` in seconds, as ms.
    pub fn wait_ms(&self) -> Option<u64> {
        let seconds: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(seconds.saturating_mul(1_000))
    }
}

/// A request that follows no redirect.
pub fn request<'a>(
    method: &str,
    url: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: Option<JsValue>,
) -> Result<Request, worker::Error> {
    let fields = Headers::new();
    for (name, value) in headers {
        fields.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(method.to_owned()))
        .with_headers(fields)
        .with_redirect(RequestRedirect::Manual)
        .with_body(body);
    Request::new_with_init(url, &init)
}

/// What is answered within `left` ms, with a body of at most `most` bytes; else why nothing was. With 0 the body is not read at all: of
/// whom nobody has chosen.
pub async fn to(request: Request, left: u64, most: usize) -> Result<Answer, &'static str> {
    let controller = AbortController::default();
    let signal = controller.signal();
    // A status line that has come stands, however slowly its body follows.
    let seen = RefCell::new(None);
    let work = Box::pin(exchange(request, &signal, &seen, most));
    let limit = Box::pin(Delay::from(Duration::from_millis(left)));
    let (ended, is_over) = match select(work, limit).await {
        Either::Left(_) => ("connection", most > 0),
        Either::Right(_) => ("timeout", false),
    };
    // What of the answer has not come yet is not wanted.
    if !is_over {
        controller.abort();
    }
    seen.take().ok_or(ended)
}

async fn exchange(
    request: Request,
    signal: &AbortSignal,
    seen: &RefCell<Option<Answer>>,
    most: usize,
) {
    let Ok(mut response) = Fetch::Request(request).send_with_signal(signal).await else {
        return;
    };
    seen.replace(Some(Answer {
        status: response.status_code(),
        body: String::new(),
        headers: response.headers().clone(),
    }));
    if most == 0 {
        return;
    }
    let Ok(Some(body)) = read(&mut response, most).await else {
        return;
    };
    if let Some(answer) = seen.borrow_mut().as_mut() {
        answer.body = String::from_utf8(body).unwrap_or_default();
    }
}

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
