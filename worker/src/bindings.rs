//! The platform as the hot paths need it. The `worker` crate wraps each of these in more calls than a beacon can afford;
//! where speed does not matter (sockets, KV, outgoing requests), it is used.

use js_sys::{JsString, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The worker's environment.
    #[derive(Clone)]
    pub type Env;

    #[wasm_bindgen(method, getter, js_name = CART)]
    pub fn cart(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = SHOPPER)]
    pub fn shopper(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = SHOP)]
    pub fn shop(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = REQUESTS)]
    pub fn requests(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = STOCK)]
    pub fn stock(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = SHORT_LINKS)]
    pub fn short_links(this: &Env) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = DELIVERIES)]
    pub fn deliveries(this: &Env) -> QueueProducer;
    #[wasm_bindgen(method, getter, js_name = RELAY)]
    pub fn relay(this: &Env) -> QueueProducer;
    #[wasm_bindgen(method, getter, js_name = INBOUND)]
    pub fn inbound(this: &Env) -> QueueProducer;
    #[wasm_bindgen(method, getter, js_name = ORDERS)]
    pub fn orders(this: &Env) -> QueueProducer;

    /// The limit for pages, where the deployment has it.
    #[wasm_bindgen(method, getter, js_name = LIMIT_PAGES)]
    pub fn limit_pages(this: &Env) -> Option<js_sys::Object>;

    /// The platform's email service, where the deployment has it.
    #[wasm_bindgen(method, getter, js_name = EMAIL)]
    pub fn email(this: &Env) -> Option<EmailSender>;

    /// A binding that sends emails.
    pub type EmailSender;
    #[wasm_bindgen(method, catch)]
    pub fn send(this: &EmailSender, message: &JsValue) -> Result<Promise, JsValue>;

    /// A namespace of objects.
    pub type Namespace;
    #[wasm_bindgen(method, catch, js_name = getByName)]
    pub fn get_by_name(this: &Namespace, name: &str) -> Result<Stub, JsValue>;

    /// An object, wherever it lives.
    pub type Stub;
    #[wasm_bindgen(method, catch)]
    pub fn call(this: &Stub, message: Uint8Array) -> Result<Promise, JsValue>;
    /// A page of a Cart's log; undefined where there is none.
    #[wasm_bindgen(method, catch)]
    pub fn page(this: &Stub, number: u32) -> Result<Promise, JsValue>;

    /// Keeps what a short link stands for until then, epoch ms; false where its place is another link's.
    #[wasm_bindgen(method, catch)]
    pub fn keep(this: &Stub, row: &str, token: &str, until: f64) -> Result<Promise, JsValue>;
    /// What a short link stands for; undefined where nothing is kept, or not any more.
    #[wasm_bindgen(method, catch)]
    pub fn find(this: &Stub, row: &str) -> Result<Promise, JsValue>;

    /// The sending end of a queue.
    pub type QueueProducer;
    #[wasm_bindgen(method, catch)]
    pub fn send(this: &QueueProducer, body: &str, options: &JsValue) -> Result<Promise, JsValue>;

    /// What an object is constructed with.
    #[derive(Clone)]
    pub type ObjectContext;

    /// A request's context.
    pub type RequestContext;
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub fn wait_until(this: &RequestContext, promise: &Promise);

    /// A request.
    #[derive(Clone)]
    pub type Request;
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &Request) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn method(this: &Request) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Request) -> Headers;

    /// A request's headers.
    pub type Headers;
    #[wasm_bindgen(method)]
    pub fn get(this: &Headers, name: &str) -> Option<String>;
}

#[wasm_bindgen(module = "/js/platform.js")]
extern "C" {
    /// A 302.
    pub fn redirect(prefix: &JsString, token: &str) -> JsValue;
    /// Any other answer.
    pub fn respond(status: u16, kind: &str, body: Option<&str>, origin: Option<&str>) -> JsValue;
    /// An answer to a method that an address does not take, with those that it takes.
    #[wasm_bindgen(js_name = respond)]
    pub fn respond_allowing(
        status: u16,
        kind: &str,
        body: Option<&str>,
        origin: Option<&str>,
        allow: &str,
    ) -> JsValue;
    /// An answer that is another one after so many seconds.
    #[wasm_bindgen(js_name = respondLater)]
    pub fn respond_later(status: u16, kind: &str, body: &str, seconds: u32) -> JsValue;
    /// An answer that was given before.
    #[wasm_bindgen(js_name = respondAgain)]
    pub fn respond_again(status: u16, kind: &str, body: &[u8]) -> JsValue;
    /// An answer in pieces, from an object with `next` and `free`; `link` is its `Link` header.
    pub fn stream(kind: &str, source: JsValue, link: Option<&str>) -> JsValue;
    /// The body, or null when it is longer than `limit` bytes.
    #[wasm_bindgen(js_name = readBody)]
    pub fn read_body(request: &Request, limit: u32) -> Promise;
    /// Whether a signature (RSASSA-PKCS1-v1_5, SHA-256) is of this data and key (DER); not of a key that is none.
    #[wasm_bindgen(js_name = isSignedByRsa)]
    pub fn is_signed_by_rsa(key: &[u8], signature: &[u8], data: &[u8]) -> Promise;
    /// Whether a signature (RSASSA-PKCS1-v1_5 with this hash) is of this data and the key of this certificate (PEM).
    #[wasm_bindgen(js_name = isSignedByCertificate)]
    pub fn is_signed_by_certificate(
        pem: &str,
        hash: &str,
        signature: &[u8],
        data: &[u8],
    ) -> Promise;
    /// Whether this is the DER of such a key.
    #[wasm_bindgen(js_name = isRsaKey)]
    pub fn is_rsa_key(key: &[u8]) -> Promise;
    /// Counts one more of `key`: a promise of whether that is within the limit of this name. It never fails.
    #[wasm_bindgen(js_name = isWithin)]
    pub fn is_within(env: &Env, name: &str, key: &str) -> Promise;
    /// The body, or null when it is longer than `limit` bytes; it can be read again.
    #[wasm_bindgen(js_name = peekBody)]
    pub fn peek_body(request: &Request, limit: u32) -> Promise;
    /// A promise of whether an ECDSA signature (P-256, SHA-256; key and signature in base64) fits; it never fails.
    #[wasm_bindgen(js_name = verifyEcdsa)]
    pub fn verify_ecdsa(key: &str, signature: &str, message: &[u8]) -> Promise;
    /// A key pair made for one message, and what it agrees on with a point of P-256: the public key (65 bytes, uncompressed) and then the
    /// secret (32). Undefined where the point is none.
    #[wasm_bindgen(js_name = agreeWith)]
    pub fn agree_with(point: &[u8]) -> Promise;
    /// A record, sealed by AES-128-GCM.
    #[wasm_bindgen(js_name = sealRecord)]
    pub fn seal_record(key: &[u8], nonce: &[u8], record: &[u8]) -> Promise;
    /// An ECDSA signature (P-256, SHA-256), both numbers at full width; the key's numbers are base64url. Undefined where that is none.
    #[wasm_bindgen(js_name = signEs256)]
    pub fn sign_es256(x: &str, y: &str, d: &str, text: &str) -> Promise;
    #[wasm_bindgen(catch, js_name = readValue)]
    pub fn read_value(ctx: &ObjectContext) -> Result<Option<Uint8Array>, JsValue>;
    /// The key of an object's own, 32 bytes; empty where it has none.
    #[wasm_bindgen(catch, js_name = readOwnKey)]
    pub fn read_own_key(ctx: &ObjectContext) -> Result<Vec<u8>, JsValue>;
    /// Gives an object another one, and drops what it had written.
    #[wasm_bindgen(catch, js_name = renewOwnKey)]
    pub fn renew_own_key(ctx: &ObjectContext, key: &[u8]) -> Result<(), JsValue>;
    /// A page of a Cart's log, inside of the object; undefined where there is none.
    #[wasm_bindgen(catch, js_name = readPage)]
    pub fn read_page(ctx: &ObjectContext, number: u32) -> Result<Option<Uint8Array>, JsValue>;
    #[wasm_bindgen(catch, js_name = writeValue)]
    pub fn write_value(ctx: &ObjectContext, value: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = writePage)]
    pub fn write_page(ctx: &ObjectContext, number: u32, value: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = setAlarm)]
    pub fn set_alarm(ctx: &ObjectContext, at: f64) -> Result<Promise, JsValue>;
}
