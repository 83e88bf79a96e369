//! Services that carry messages: their secrets, those of their callbacks, and where they are.

use homing_core::bytes::{from_base64url, to_base64, to_base64url};

/// A provider that takes a bearer key.
pub struct KeyedApi {
    /// The key.
    pub key: String,
    /// Where its API is, without a slash at the end.
    pub url: String,
}

/// Postmark.
pub struct Postmark {
    /// The server's token.
    pub token: String,
    /// Where its API is.
    pub url: String,
    /// The message stream that is sent through.
    pub stream: String,
}

/// Amazon SES.
pub struct Ses {
    /// The id of an access key that may send.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The region.
    pub region: String,
    /// Where its API is.
    pub url: String,
    /// The same without the scheme.
    pub host: String,
    /// The configuration set that publishes events.
    pub configuration_set: Option<String>,
}

/// What callbacks are checked with.
#[derive(Default)]
pub struct CallbackSecrets {
    /// Resend's signing secret, `whsec_` and base64.
    pub resend: Option<String>,
    /// Postmark's `user:password`.
    pub postmark: Option<String>,
    /// SendGrid's public key, base64 of its DER.
    pub sendgrid: Option<String>,
    /// The token in the path that SNS is given.
    pub ses: Option<String>,
    /// Who stands in for SNS: scheme and host.
    pub sns: Option<String>,
}

/// Whom this deployment can send emails through beside SMTP and the platform.
pub struct EmailServices {
    /// Resend.
    pub resend: Option<KeyedApi>,
    /// Postmark.
    pub postmark: Option<Postmark>,
    /// SendGrid.
    pub sendgrid: Option<KeyedApi>,
    /// Amazon SES.
    pub ses: Option<Ses>,
    /// Their callbacks.
    pub callbacks: CallbackSecrets,
}

/// Where marketing platforms' APIs are, without a slash at the end.
pub struct FlowUrls {
    /// Klaviyo.
    pub klaviyo: String,
    /// Braze, instead of the host that each shop names.
    pub braze: Option<String>,
    /// Attentive.
    pub attentive: String,
}

impl FlowUrls {
    /// Reads them from the deployment's variables.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let own = |name: &str| read(name).map(|url| url.trim_end_matches('/').to_owned());
        let url = |name: &str, usual: &str| own(name).unwrap_or_else(|| usual.to_owned());
        Self {
            klaviyo: url("KLAVIYO_URL", "https://a.klaviyo.com"),
            braze: own("BRAZE_URL"),
            attentive: url("ATTENTIVE_URL", "https://api.attentivemobile.com"),
        }
    }
}

/// Shortest token in a path that counts as a secret.
const MIN_TOKEN: usize = 32;

impl EmailServices {
    /// Reads them from the deployment's variables.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let url = |name: &str, usual: &str| {
            let url = read(name).unwrap_or_else(|| usual.to_owned());
            url.trim_end_matches('/').to_owned()
        };
        let keyed = |key: &str, name: &str, usual: &str| {
            Some(KeyedApi {
                key: read(key)?,
                url: url(name, usual),
            })
        };
        Self {
            resend: keyed("RESEND_API_KEY", "RESEND_URL", "https://api.resend.com"),
            postmark: read("POSTMARK_SERVER_TOKEN").map(|token| Postmark {
                token,
                url: url("POSTMARK_URL", "https://api.postmarkapp.com"),
                stream: read("POSTMARK_STREAM").unwrap_or_else(|| String::from("outbound")),
            }),
            sendgrid: keyed(
                "SENDGRID_API_KEY",
                "SENDGRID_URL",
                "https://api.sendgrid.com",
            ),
            ses: ses(&read, url),
            callbacks: CallbackSecrets {
                resend: read("RESEND_WEBHOOK_SECRET"),
                postmark: read("POSTMARK_WEBHOOK_AUTH"),
                sendgrid: read("SENDGRID_WEBHOOK_KEY"),
                ses: read("SES_CALLBACK_TOKEN").filter(|token| token.len() >= MIN_TOKEN),
                sns: read("SNS_URL"),
            },
        }
    }
}

fn ses(read: &impl Fn(&str) -> Option<String>, url: impl Fn(&str, &str) -> String) -> Option<Ses> {
    let region = read("SES_REGION")?;
    let url = url("SES_URL", &format!("https://email.{region}.amazonaws.com"));
    let (_, host) = url.split_once("://")?;
    Some(Ses {
        access_key: read("SES_ACCESS_KEY_ID")?,
        secret_key: read("SES_SECRET_ACCESS_KEY")?,
        host: host.to_owned(),
        configuration_set: read("SES_CONFIGURATION_SET"),
        region,
        url,
    })
}

/// An account at Twilio.
pub struct Twilio {
    /// Its id, `AC…`.
    pub account: String,
    /// The header that an API key makes.
    pub authorization: String,
    /// What its callbacks are signed with. Without it none are asked for, and none taken.
    pub auth_token: Option<String>,
    /// Twilio's address.
    pub url: String,
}

impl Twilio {
    /// The account at Twilio, where there is one. Secrets are put in one by one, and each is in force at once: half an account is none yet, and
    /// nothing else may fail because of it.
    pub fn read(read: &impl Fn(&str) -> Option<String>) -> Option<Self> {
        let account = read("TWILIO_ACCOUNT_SID")?;
        let (Some(key), Some(secret)) = (read("TWILIO_API_KEY"), read("TWILIO_API_SECRET")) else {
            let missing = "TWILIO_ACCOUNT_SID needs TWILIO_API_KEY and TWILIO_API_SECRET";
            crate::telemetry::error("twilio_not_configured", missing);
            return None;
        };
        let is_id = account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id {
            let wrong = "TWILIO_ACCOUNT_SID is letters and digits";
            crate::telemetry::error("twilio_not_configured", wrong);
            return None;
        }
        Some(Self {
            account,
            authorization: format!("Basic {}", to_base64(format!("{key}:{secret}").as_bytes())),
            auth_token: read("TWILIO_AUTH_TOKEN"),
            url: read("TWILIO_URL")
                .unwrap_or_else(|| String::from("https://api.twilio.com"))
                .trim_end_matches('/')
                .to_owned(),
        })
    }
}

/// The key pair that browsers have subscribed under (RFC 8292), as `npx web-push generate-vapid-keys` writes it.
pub struct Vapid {
    /// The uncompressed point, base64url.
    pub public: String,
    /// Its two coordinates, base64url.
    pub point: [String; 2],
    /// The private number, base64url.
    pub private: String,
}

impl Vapid {
    /// The keys for notifications, where they are there and whole.
    pub fn read(read: &impl Fn(&str) -> Option<String>) -> Option<Self> {
        let public = read("VAPID_PUBLIC_KEY")?;
        let private = read("VAPID_PRIVATE_KEY").filter(|key| from_base64url::<32>(key).is_some());
        let point = from_base64url::<65>(&public);
        let (Some(private), Some([4, point @ ..])) = (private, point) else {
            let wrong =
                "VAPID_PUBLIC_KEY is a point of 65 bytes and VAPID_PRIVATE_KEY 32 bytes, base64url";
            crate::telemetry::error("vapid_not_configured", wrong);
            return None;
        };
        let (x, y) = point.split_at_checked(32)?;
        Some(Self {
            point: [to_base64url(x), to_base64url(y)],
            public,
            private,
        })
    }
}
