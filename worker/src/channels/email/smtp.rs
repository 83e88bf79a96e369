//! Email by SMTP over the platform's TCP socket (RFC 5321), with STARTTLS (RFC 3207) or TLS (RFC 8314). SMTP knows no
//! idempotency key, so what matters is *when* a try failed: before the message's bytes were offered it was provably not accepted.

use super::mime;
use crate::config::Deployment;
use crate::traces;
use async_smtp::authentication::{Credentials, Mechanism};
use async_smtp::error::Error;
use async_smtp::extension::ClientId;
use async_smtp::{EmailAddress, Envelope, SendableEmail, SmtpClient, SmtpTransport};
use homing_core::delivery::{Mail, Outcome};
use homing_core::traceparent::TraceId;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, BufReader, ReadBuf};
use web_sys::Url;
use worker::{SecureTransport, Socket};

/// Where a server is, and how to talk to it.
struct Server {
    host: String,
    port: u16,
    transport: SecureTransport,
    login: Option<Credentials>,
}

/// How far a try came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Greeting, TLS, login: what fails here says nothing about the message.
    Session,
    /// Sender and recipient.
    Envelope,
    /// The server has said `354`: from here on it may have the message.
    Offered,
}

/// What is seen of a try from outside, however it ends.
struct Try {
    phase: Cell<Phase>,
    /// The server's reply to the message.
    accepted: RefCell<Option<String>>,
}

/// Sends by SMTP within so many ms, under a trace.
pub async fn send(
    deployment: &Deployment,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Outcome {
    let server = match deployment.smtp_url.as_deref().map(parse) {
        Some(Ok(server)) => server,
        Some(Err(reason)) => {
            return Outcome::Transient {
                code: String::from(reason),
            };
        }
        None => {
            return Outcome::Transient {
                code: String::from("smtp_not_configured"),
            };
        }
    };
    let attempt = Rc::new(Try {
        phase: Cell::new(Phase::Session),
        accepted: RefCell::new(None),
    });
    let Some(sendable) = sendable((email, trace), Rc::clone(&attempt)) else {
        return Outcome::Rejected {
            code: String::from("message_not_buildable"),
            recipient: false,
        };
    };
    let work = Box::pin(talk(&server, Some((sendable, &attempt))));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
    let ended = match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((ended, _)) => ended
            .err()
            .map(|error| outcome(&error, attempt.phase.get())),
        futures_util::future::Either::Right(_) => Some(timed_out(attempt.phase.get())),
    };
    // Once the message is accepted, nothing that goes wrong afterwards changes that.
    match (attempt.accepted.take(), ended) {
        (Some(reply), _) => Outcome::Accepted {
            provider_id: reply.chars().take(120).collect(),
        },
        (None, Some(outcome)) => outcome,
        (None, None) => Outcome::Unknown {
            code: String::from("smtp_no_reply"),
        },
    }
}

/// Whether the configured server greets us.
pub async fn answers(deployment: &Deployment) -> bool {
    match deployment.smtp_url.as_deref().map(parse) {
        Some(Ok(server)) => talk(&server, None).await.is_ok(),
        Some(Err(_)) => false,
        None => true,
    }
}

async fn talk(server: &Server, message: Option<(SendableEmail, &Try)>) -> Result<(), Error> {
    let client = || SmtpClient::new().hello_name(ClientId::new(String::from("[127.0.0.1]")));
    let socket = connect(server)?;
    let mut session = SmtpTransport::new(client(), BufReader::new(socket)).await?;
    if matches!(server.transport, SecureTransport::StartTls) {
        let socket = session.starttls().await?.into_inner().start_tls();
        session = SmtpTransport::new(client().without_greeting(), BufReader::new(socket)).await?;
    }
    if let Some(login) = &server.login {
        // PLAIN inside TLS is what every provider offers; one that does not says so here.
        session.auth(Mechanism::Plain, login).await?;
    }
    if let Some((email, attempt)) = message {
        attempt.phase.set(Phase::Envelope);
        let reply = session.send(email).await?.message.join(" ");
        attempt.accepted.replace(Some(reply));
    }
    session.quit().await
}

fn connect(server: &Server) -> Result<Socket, Error> {
    let transport = match server.transport {
        SecureTransport::On => SecureTransport::On,
        SecureTransport::StartTls => SecureTransport::StartTls,
        _ => SecureTransport::Off,
    };
    Socket::builder()
        .secure_transport(transport)
        .connect(server.host.clone(), server.port)
        .map_err(|error| std::io::Error::other(error.to_string()).into())
}

fn sendable(
    (email, trace): (&Mail<'_>, Option<TraceId>),
    attempt: Rc<Try>,
) -> Option<SendableEmail> {
    let from = EmailAddress::new(email.from_email.to_owned()).ok()?;
    let to = EmailAddress::new(email.to.to_owned()).ok()?;
    let bytes = mime::build(email, trace.map(traces::header))?;
    let envelope = Envelope::new(Some(from), vec![to]).ok()?;
    Some(SendableEmail::new_with_reader(
        envelope,
        Box::new(Watched {
            bytes: std::io::Cursor::new(bytes),
            attempt: Local(attempt),
        }),
    ))
}

fn timed_out(phase: Phase) -> Outcome {
    match phase {
        Phase::Session | Phase::Envelope => Outcome::Transient {
            code: String::from("smtp_timeout"),
        },
        Phase::Offered => Outcome::Unknown {
            code: String::from("smtp_timeout_after_data"),
        },
    }
}

fn outcome(error: &Error, phase: Phase) -> Outcome {
    match (error, phase) {
        (Error::Transient(response) | Error::Permanent(response), Phase::Session)
        | (Error::Transient(response), _) => Outcome::Transient {
            code: reply_code(&response.code),
        },
        (Error::Permanent(response), phase) => Outcome::Rejected {
            code: reply_code(&response.code),
            recipient: phase == Phase::Envelope && is_mailbox_unknown(&response.message),
        },
        (_, Phase::Session | Phase::Envelope) => Outcome::Transient {
            code: String::from("smtp_connection"),
        },
        (_, Phase::Offered) => Outcome::Unknown {
            code: String::from("smtp_connection_after_data"),
        },
    }
}

/// Whether a refusal is about the mailbox (RFC 3463's enhanced codes for bad addresses) rather than about us: `550` alone is said
/// of senders, too, and a shopper must not pay for a fault of the shop's.
fn is_mailbox_unknown(lines: &[String]) -> bool {
    let code = lines
        .first()
        .and_then(|line| line.split(' ').next())
        .unwrap_or("");
    ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"].contains(&code)
}

fn reply_code(code: &async_smtp::response::Code) -> String {
    format!("smtp_{code}")
}

/// How a server is spoken to, and its usual port: `smtp:` (only on this machine), `smtp+starttls:` or `smtps:`.
fn transport(protocol: &str, host: &str) -> Result<(SecureTransport, u16), &'static str> {
    match protocol {
        _ if host.is_empty() => Err("smtp_url_invalid"),
        "smtps:" => Ok((SecureTransport::On, 465)),
        "smtp+starttls:" => Ok((SecureTransport::StartTls, 587)),
        "smtp:" if matches!(host, "127.0.0.1" | "localhost") => Ok((SecureTransport::Off, 25)),
        "smtp:" => Err("smtp_plain_only_to_loopback"),
        _ => Err("smtp_url_invalid"),
    }
}

/// A server's address, with optional user and password. Read by the platform: a reader of our own would bring tables of all the
/// world's host names along.
fn parse(text: &str) -> Result<Server, &'static str> {
    let url = Url::new(text).map_err(|_| "smtp_url_invalid")?;
    let host = url.hostname();
    let (transport, port) = transport(&url.protocol(), &host)?;
    let decode = |text: &str| js_sys::decode_uri_component(text).ok().map(String::from);
    let login = match (url.username().as_str(), url.password().as_str()) {
        ("", _) | (_, "") => None,
        (user, password) => Some(Credentials::new(
            decode(user).ok_or("smtp_url_invalid")?,
            decode(password).ok_or("smtp_url_invalid")?,
        )),
    };
    Ok(Server {
        host,
        port: url.port().parse().unwrap_or(port),
        transport,
        login,
    })
}

/// Notices when the library begins to read the message, which it does once the server has said `354`.
struct Watched {
    bytes: std::io::Cursor<Vec<u8>>,
    attempt: Local<Rc<Try>>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.attempt.0.phase.set(Phase::Offered);
        Pin::new(&mut self.bytes).poll_read(context, buffer)
    }
}

/// The library asks for `Send + Sync`; an isolate has one thread.
struct Local<T>(T);

#[expect(unsafe_code, reason = "WebAssembly on Workers has exactly one thread")]
// SAFETY: values never leave the isolate's only thread.
unsafe impl<T> Send for Local<T> {}
#[expect(unsafe_code, reason = "WebAssembly on Workers has exactly one thread")]
// SAFETY: as above.
unsafe impl<T> Sync for Local<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_mailbox_itself_counts_against_a_shopper() {
        let lines = |text: &str| vec![String::from(text)];
        assert!(is_mailbox_unknown(&lines("5.1.1 no such user")));
        assert!(!is_mailbox_unknown(&lines(
            "5.7.1 sender refused by policy"
        )));
        assert!(!is_mailbox_unknown(&lines("not owned by user")));
        assert!(!is_mailbox_unknown(&[]));
    }

    #[test]
    fn plain_smtp_stays_on_this_machine() {
        let off = |host| transport("smtp:", host).map(|(transport, _)| transport);
        assert!(matches!(off("127.0.0.1"), Ok(SecureTransport::Off)));
        assert_eq!(
            off("mail.example").err(),
            Some("smtp_plain_only_to_loopback")
        );
        let port = |protocol| transport(protocol, "mail.example").map(|(_, port)| port);
        assert_eq!(port("smtps:"), Ok(465));
        assert_eq!(port("smtp+starttls:"), Ok(587));
        assert_eq!(port("http:"), Err("smtp_url_invalid"));
        assert_eq!(transport("smtps:", "").err(), Some("smtp_url_invalid"));
    }
}
