//! Email by SMTP over the platform's TCP socket (RFC 5321), with STARTTLS (RFC 3207) or TLS (RFC 8314). SMTP knows no
//! idempotency key, so what matters is *when* a try failed: before the message's bytes were offered it was provably not accepted.

use super::mime;
use crate::config::Deployment;
use async_smtp::authentication::{Credentials, Mechanism};
use async_smtp::error::Error;
use async_smtp::extension::ClientId;
use async_smtp::{EmailAddress, Envelope, SendableEmail, SmtpClient, SmtpTransport};
use homing_core::delivery::{Frozen, Outcome};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, BufReader, ReadBuf};
use worker::{SecureTransport, Socket, Url};

/// Where a server is, and how to talk to it.
struct Server {
    host: String,
    port: u16,
    transport: SecureTransport,
    login: Option<Credentials>,
}

/// Whether the message's bytes were offered to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    Offered,
}

/// Sends by SMTP within `left` ms.
pub async fn send(deployment: &Deployment, message: &Frozen, left: u64) -> Outcome {
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
    let phase = Rc::new(Cell::new(Phase::Before));
    let Some(email) = sendable(message, Rc::clone(&phase)) else {
        return Outcome::Rejected {
            code: String::from("message_not_buildable"),
            recipient: false,
        };
    };
    let work = Box::pin(talk(&server, Some(email)));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
    match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((Ok(reply), _)) => Outcome::Accepted {
            provider_id: reply.chars().take(120).collect(),
        },
        futures_util::future::Either::Left((Err(error), _)) => outcome(&error, phase.get()),
        futures_util::future::Either::Right(_) if phase.get() == Phase::Before => {
            Outcome::Transient {
                code: String::from("smtp_timeout"),
            }
        }
        futures_util::future::Either::Right(_) => Outcome::Unknown {
            code: String::from("smtp_timeout_after_data"),
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

async fn talk(server: &Server, email: Option<SendableEmail>) -> Result<String, Error> {
    let client = || SmtpClient::new().hello_name(ClientId::new(String::from("[127.0.0.1]")));
    let socket = connect(server)?;
    let mut session = SmtpTransport::new(client(), BufReader::new(socket)).await?;
    if matches!(server.transport, SecureTransport::StartTls) {
        let socket = session.starttls().await?.into_inner().start_tls();
        session = SmtpTransport::new(client().without_greeting(), BufReader::new(socket)).await?;
    }
    if let Some(login) = &server.login {
        session
            .try_login(login, &[Mechanism::Plain, Mechanism::Login])
            .await?;
    }
    let reply = match email {
        Some(email) => session.send(email).await?.message.join(" "),
        None => String::new(),
    };
    // The message is accepted; a server that does not say goodbye changes nothing.
    let _ = session.quit().await;
    Ok(reply)
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

fn sendable(message: &Frozen, phase: Rc<Cell<Phase>>) -> Option<SendableEmail> {
    let from = EmailAddress::new(message.from_email.clone()).ok()?;
    let to = EmailAddress::new(message.to.as_str().to_owned()).ok()?;
    let bytes = mime::build(message)?;
    let envelope = Envelope::new(Some(from), vec![to]).ok()?;
    Some(SendableEmail::new_with_reader(
        envelope,
        Box::new(Watched {
            bytes: std::io::Cursor::new(bytes),
            phase: Local(phase),
        }),
    ))
}

fn outcome(error: &Error, phase: Phase) -> Outcome {
    match (error, phase) {
        (Error::Transient(response), _) => Outcome::Transient {
            code: reply_code(&response.code),
        },
        (Error::Permanent(response), phase) => {
            let code = reply_code(&response.code);
            // 550, 551 and 553 before the message: the mailbox (RFC 5321, 4.2.3).
            let recipient = phase == Phase::Before
                && ["smtp_550", "smtp_551", "smtp_553"].contains(&code.as_str());
            Outcome::Rejected { code, recipient }
        }
        (_, Phase::Before) => Outcome::Transient {
            code: String::from("smtp_connection"),
        },
        (_, Phase::Offered) => Outcome::Unknown {
            code: String::from("smtp_connection_after_data"),
        },
    }
}

fn reply_code(code: &async_smtp::response::Code) -> String {
    format!("smtp_{code}")
}

/// `smtp://` (only to this machine), `smtp+starttls://` or `smtps://`, with optional user and password.
fn parse(text: &str) -> Result<Server, &'static str> {
    let url = Url::parse(text).map_err(|_| "smtp_url_invalid")?;
    let host = url.host_str().ok_or("smtp_url_invalid")?.to_owned();
    let (transport, port) = match url.scheme() {
        "smtps" => (SecureTransport::On, 465),
        "smtp+starttls" => (SecureTransport::StartTls, 587),
        "smtp" if matches!(host.as_str(), "127.0.0.1" | "localhost") => (SecureTransport::Off, 25),
        "smtp" => return Err("smtp_plain_only_to_loopback"),
        _ => return Err("smtp_url_invalid"),
    };
    let decode = |text: &str| js_sys::decode_uri_component(text).ok().map(String::from);
    let login = match (url.username(), url.password()) {
        ("", _) | (_, None) => None,
        (user, Some(password)) => Some(Credentials::new(
            decode(user).ok_or("smtp_url_invalid")?,
            decode(password).ok_or("smtp_url_invalid")?,
        )),
    };
    Ok(Server {
        host,
        port: url.port().unwrap_or(port),
        transport,
        login,
    })
}

/// Notices when the library begins to read the message, which it does once the server has said `354`.
struct Watched {
    bytes: std::io::Cursor<Vec<u8>>,
    phase: Local<Rc<Cell<Phase>>>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.phase.0.set(Phase::Offered);
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
    fn plain_smtp_stays_on_this_machine() {
        assert!(parse("smtp://127.0.0.1:2525").is_ok());
        assert_eq!(
            parse("smtp://mail.example").err(),
            Some("smtp_plain_only_to_loopback")
        );
        assert_eq!(parse("smtps://mail.example").unwrap().port, 465);
        assert_eq!(parse("smtp+starttls://mail.example").unwrap().port, 587);
        assert!(parse("http://mail.example").is_err());
    }
}
