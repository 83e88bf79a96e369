//! What the operator configures, read once per isolate.

use crate::bindings::Env;
use crate::channels::{EmailServices, FlowUrls, Twilio, Vapid};
use crate::errands::Addresses;
use crate::error::Problem;
use crate::load;
use homing_core::flood;
use homing_core::keys::MasterKeys;
use homing_core::load::Limits;
use std::cell::OnceCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What the operator configures.
pub struct Deployment {
    /// All keys derive from these.
    pub keys: MasterKeys,
    /// The operator's bearer key.
    pub admin_key: String,
    /// Where this worker is reached, without a slash at the end.
    pub public_url: String,
    /// What short links begin with: another name of this worker, where it has a shorter one.
    pub short_url: String,
    /// Hosts that are this worker's: nobody can have it call itself.
    pub own_hosts: Vec<String>,
    /// Where mails go.
    pub smtp_url: Option<String>,
    /// Hosts that merchants' endpoints may have beside public names: an operator's own machine, for tests.
    pub open_hosts: Vec<String>,
    /// BigCommerce's API.
    pub bigcommerce_url: String,
    /// In place of each shop's own address at Shopify: a stand-in, for tests.
    pub shopify_url: Option<String>,
    /// How text messages are sent.
    pub twilio: Option<Twilio>,
    /// What notifications are signed with.
    pub vapid: Option<Vapid>,
    /// Who else carries mails.
    pub email: EmailServices,
    /// Where services are that carry no messages.
    pub services: Addresses,
    /// Where marketing platforms are.
    pub flows: FlowUrls,
    /// What counts as much load.
    pub load: Limits,
    /// How many contacts that nobody vouches for may lead to messages.
    pub unconfirmed: flood::Limits,
    /// How many carts may name one of them within a day; 0: as many as there are.
    pub unconfirmed_carts: u8,
}

thread_local! {
    static DEPLOYMENT: OnceCell<Rc<Deployment>> = const { OnceCell::new() };
}

/// The deployment's configuration, read once per isolate.
pub fn deployment(env: &Env) -> Result<Rc<Deployment>, Problem> {
    DEPLOYMENT.with(|cell| {
        if let Some(deployment) = cell.get() {
            return Ok(Rc::clone(deployment));
        }
        let deployment = Rc::new(read_deployment(env)?);
        load::configure(deployment.load);
        Ok(Rc::clone(cell.get_or_init(|| deployment)))
    })
}

/// The deployment's configuration, where this isolate has read it.
pub fn known_deployment() -> Option<Rc<Deployment>> {
    DEPLOYMENT.with(|cell| cell.get().map(Rc::clone))
}

fn read_deployment(env: &Env) -> Result<Deployment, Problem> {
    let read = |name: &str| {
        js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(name))
            .ok()
            .and_then(|value| value.as_string())
            .filter(|text| !text.is_empty())
    };
    let limit = |name: &str| {
        // wrangler.toml may hold it as text or as a number.
        let value = js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(name))
            .ok()
            .filter(|value| !value.is_undefined());
        let Some(value) = value else { return Ok(None) };
        let text = value
            .as_string()
            .or_else(|| value.as_f64().map(|number| number.to_string()));
        match text.unwrap_or_default().parse::<u32>() {
            Ok(limit) if limit > 0 => Ok(Some(limit)),
            _ => Err(Problem::Internal(format!(
                "{name} must be a whole number above 0; see docs/load.md and docs/abuse.md"
            ))),
        }
    };
    let address = |name: &str, usual: &str| {
        let url = read(name).unwrap_or_else(|| usual.to_owned());
        url.trim_end_matches('/').to_owned()
    };
    let needed = |name: &str| {
        read(name).ok_or_else(|| {
            Problem::Internal(format!("the secret {name} is not set; see docs/deploy.md"))
        })
    };
    let keys = MasterKeys::parse(&needed("HOMING_MASTER_KEYS")?).map_err(|_| {
        Problem::Internal(String::from(
            "HOMING_MASTER_KEYS is not id:key pairs; see docs/deploy.md",
        ))
    })?;
    let admin_key = needed("HOMING_ADMIN_KEY")?;
    if admin_key.len() < 32 {
        return Err(Problem::Internal(String::from(
            "HOMING_ADMIN_KEY must have at least 32 characters",
        )));
    }
    let hosts = |name: &str| {
        let text = read(name).unwrap_or_default();
        let hosts = text.split(',').map(|host| host.trim().to_owned());
        hosts.filter(|host| !host.is_empty()).collect::<Vec<_>>()
    };
    let public_url = needed("PUBLIC_URL")?.trim_end_matches('/').to_owned();
    let short_url = address("SHORT_URL", &public_url);
    let mut own_hosts = hosts("OWN_HOSTS");
    own_hosts.extend([&public_url, &short_url].map(|url| host(url).to_owned()));
    // Names of hosts are the same in any case, and addresses are only taken in this one.
    own_hosts
        .iter_mut()
        .for_each(|host| host.make_ascii_lowercase());
    Ok(Deployment {
        keys,
        admin_key,
        public_url,
        short_url,
        own_hosts,
        smtp_url: read("SMTP_URL"),
        open_hosts: hosts("OPEN_HOSTS"),
        bigcommerce_url: address("BIGCOMMERCE_URL", "https://api.bigcommerce.com"),
        shopify_url: read("SHOPIFY_URL").map(|url| url.trim_end_matches('/').to_owned()),
        twilio: Twilio::read(&read),
        vapid: Vapid::read(&read),
        services: Addresses::read(read),
        flows: FlowUrls::read(read),
        email: EmailServices::read(read),
        load: load::limits(limit("LOAD_IN_FLIGHT")?, limit("LOAD_ANSWER_MS")?),
        unconfirmed: flood::Limits {
            network_hour: limit("UNCONFIRMED_NETWORK_HOUR")?.unwrap_or(0),
            network_day: limit("UNCONFIRMED_NETWORK_DAY")?.unwrap_or(0),
            shop_hour: limit("UNCONFIRMED_SHOP_HOUR")?.unwrap_or(0),
        },
        unconfirmed_carts: limit("UNCONFIRMED_CARTS_DAY")?
            .map_or(0, |carts| u8::try_from(carts).unwrap_or(u8::MAX)),
    })
}

/// The host of an absolute URL, without port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}
