//! Errands at services that carry no messages: one try, and what it proves. See `homing_core::errand`.

mod audience;
mod call;
mod crm;
mod token;

pub use audience::audience;
pub use crm::{hubspot, salesforce};

use crate::answers::Answer;
use crate::config::{Deployment, ShopView};
use call::Call;
use homing_core::account::Account;
use homing_core::delivery::Proof;
use homing_core::errand::{Ended, Request, Service};
use homing_core::traceparent::TraceId;
use std::rc::Rc;

/// Where the services are; no slash at the end.
pub struct Addresses {
    /// Meta's Graph API.
    pub meta: String,
    /// Google's Data Manager API.
    pub google: String,
    /// Google's token endpoint.
    pub google_token: String,
    /// HubSpot's API.
    pub hubspot: String,
    /// What stands for every Salesforce instance, for tests.
    pub salesforce: Option<String>,
}

impl Addresses {
    /// Reads them from the deployment's variables.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let at = |name: &str| read(name).map(|url| url.trim_end_matches('/').to_owned());
        let usual = |name: &str, url: &str| at(name).unwrap_or_else(|| url.to_owned());
        Self {
            meta: usual("META_URL", "https://graph.facebook.com"),
            google: usual("GOOGLE_DATA_URL", "https://datamanager.googleapis.com"),
            google_token: usual("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
            hubspot: usual("HUBSPOT_URL", "https://api.hubapi.com"),
            salesforce: at("SALESFORCE_URL"),
        }
    }
}

/// What a try needs beside what is to be done.
pub struct Desk<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The shop's account at the service.
    pub account: Rc<Account>,
    /// Whose it is: tokens are kept by it.
    pub key: (u64, Service),
    /// Until when the answer counts, epoch ms.
    pub lease_until: u64,
    /// The trace of the cart that it is about.
    pub trace: Option<TraceId>,
}

impl<'a> Desk<'a> {
    /// The shop's account at a service; why nothing can be done where there is none.
    pub fn of(
        deployment: &'a Deployment,
        shop: &ShopView,
        service: Service,
        (lease_until, trace): (u64, Option<TraceId>),
    ) -> Result<Self, Ended> {
        match shop.connections.account(service.name(), &deployment.keys) {
            Ok(Some(account)) => Ok(Self {
                deployment,
                account,
                key: (shop.id.bits(), service),
                lease_until,
                trace,
            }),
            Ok(None) => Err(later(service, "not_connected", 0)),
            Err(problem) => {
                crate::telemetry::error("account_unreadable", &problem.to_string());
                Err(later(service, "unreadable", 0))
            }
        }
    }
}

impl Desk<'_> {
    /// Asks the service. A token that it does not take is forgotten.
    async fn ask(
        &self,
        base: &str,
        bearer: Option<&str>,
        asked: &Request,
    ) -> Result<Answer, Ended> {
        let call = Call {
            service: self.key.1,
            method: asked.method,
            url: &format!("{base}{}", asked.path),
            bearer,
            body: ("application/json", &asked.json),
            lease_until: self.lease_until,
            trace: self.trace,
        };
        let answer = call.make().await?;
        if answer.status == 401 {
            token::forget(self);
        }
        Ok(answer)
    }
}

/// Nothing was asked of the service, and the same may work later.
pub fn later(service: Service, why: &str, wait_ms: u64) -> Ended {
    Ended::Failed {
        code: format!("{}_{why}", service.name()),
        proof: Proof::Transient,
        wait_ms,
    }
}
