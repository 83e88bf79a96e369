//! Calls between objects: a message is bytes in and bytes out over the platform's RPC.

use crate::bindings::{Env, Stub};
use crate::error::Problem;
use homing_core::cart::Variant;
use homing_core::catalogue::Product;
use homing_core::connection::Sealed;
use homing_core::delivery::{DeliveryKey, Provider};
use homing_core::endpoint::{Address, Endpoint, EndpointId, Event, Interest};
use homing_core::experiment::{Exposed, Ledger, Overview, Readout};
use homing_core::idempotency::{Fingerprint, Met};
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::keys::shopper_object;
use homing_core::log::Page;
use homing_core::money::Money;
use homing_core::news::{Marks, News};
use homing_core::object::cart::Ordered;
use homing_core::object::shopper::{Exposure, Report};
use homing_core::object::{cart, codec, shopper};
use homing_core::shop::ShopConfig;
use homing_core::stock::{Item, Refusal, ReservationId, State, Wanted};
use homing_core::traceparent::TraceId;
use js_sys::{Promise, Uint8Array};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// A Cart is asked with its shop's name at hand.
#[derive(Debug, Serialize, Deserialize)]
pub struct CartCall {
    /// The shop.
    pub shop: ShopId,
    /// The cart.
    pub cart: homing_core::ids::CartId,
    /// What is asked.
    pub input: cart::Input,
}

/// What can be asked of a Shopper's host.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShopperCall {
    /// The shop.
    pub shop: ShopId,
    /// The shopper.
    pub shopper: ShopperId,
    /// What is asked.
    pub ask: ShopperAsk,
}

/// Either a step, or a whole release with the reads that it needs.
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Debug, Serialize, Deserialize)]
pub enum ShopperAsk {
    /// One step.
    Step(shopper::Input),
    /// Both halves of a release.
    Release {
        /// Which delivery.
        key: DeliveryKey,
        /// Providers that nothing is to be released to for now.
        resting: Vec<Provider>,
        /// Push services, by host, that nothing is to be released to for now.
        resting_services: Vec<String>,
    },
}

/// What can be asked of a Shop.
#[derive(Debug, Serialize, Deserialize)]
pub enum ShopInput {
    /// Creates the shop or replaces its configuration.
    Configure(String),
    /// Its record.
    Read,
    /// Adds or replaces products.
    PutProducts(Vec<Product>),
    /// The record and the products with these variants: what a release decides on, from the truth itself.
    Products(Vec<String>),
    /// The products with these variants, as a shopper finds them who left at a time, epoch ms.
    Shelf {
        /// Which.
        variants: Vec<String>,
        /// When.
        left_at: u64,
        /// Which of them are held for others, and count as what cannot be bought.
        short: Vec<Variant>,
    },
    /// How many products there are.
    CountProducts,
    /// When a shopper wants to be woken, and what a person should see.
    Fact {
        /// Who.
        shopper: ShopperId,
        /// A lower version than the known one is ignored.
        version: u64,
        /// When, epoch ms.
        next_at: Option<u64>,
        /// What the shopper counts as in what is measured.
        exposure: Option<Exposure>,
        /// What they count as in experiments and by flags.
        arms: Vec<Exposed>,
        /// What a person should see, each with its trace.
        reports: Vec<(Report, Option<TraceId>)>,
        /// The variants whose news the shopper may want to hear.
        watched: Marks,
    },
    /// What the messages bring, against the holdout.
    Holdout,
    /// That, and what every experiment and every flag with a share has shown.
    Experiments,
    /// Shoppers whose wake-up should have come before this time, epoch ms.
    Overdue(u64),
    /// What a person should see, newest first, by state.
    Reports(Option<String>),
    /// The next page of news, and whom it may concern.
    News,
    /// A page of news has been told.
    NewsTold {
        /// Whose page.
        id: u64,
        /// How far it reached; `None`: to the end.
        reached: Option<ShopperId>,
    },
    /// Shoppers of whom the desk has ever heard, by id, behind `after`.
    Known {
        /// Where the page before ended.
        after: Option<ShopperId>,
        /// How many at most.
        limit: u32,
    },
    /// All endpoints.
    Endpoints,
    /// Something about one endpoint.
    Endpoint {
        /// Which.
        id: EndpointId,
        /// What.
        act: EndpointAct,
    },
    /// Products, by variant, behind `after`.
    Catalogue {
        /// Where the page before ended.
        after: Option<String>,
        /// How many at most.
        limit: u32,
    },
    /// Sets or takes away what connects the shop to a platform, by the platform's name.
    Connect(String, Option<Sealed>),
    /// Keeps a webhook for a person.
    Keep(Kept),
    /// The webhooks that are kept in a state, newest first.
    Listed(KeptState),
    /// One of them, with what it holds.
    Open(String),
    /// One of them is done with.
    Let(String),
    /// Dead letters are to be tried again, page by page; answered with [`ShopReply::Replay`].
    Replay(ReplayFilter),
    /// How that stands, answered likewise.
    Replaying,
    /// The next page of it.
    ReplayPage,
    /// A page of it has been asked for.
    ReplayTold(ReplayTold),
    /// Endpoints are told of an event.
    Tell(Event),
}

/// Which dead letters are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayFilter {
    /// Those of this cause.
    pub code: Option<String>,
    /// Those that died at this time or after it, epoch ms.
    pub since: Option<u64>,
    /// Those that died at this time or before it, epoch ms.
    pub until: Option<u64>,
}

/// Dead letters of a shop that are tried again, the latest such wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// When it was begun, epoch ms: its name.
    pub begun_at: u64,
    /// When all had been asked for, epoch ms; `None`: it is under way.
    pub ended_at: Option<u64>,
    /// Which.
    pub filter: ReplayFilter,
    /// The last that was asked for.
    pub reached: Option<(ShopperId, DeliveryKey)>,
    /// How many are tried again.
    pub replayed: u64,
    /// How many are not, by why.
    pub refused: Refusals,
}

/// How many dead letters are not tried again, by why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals(pub Vec<(String, u64)>);

impl Refusals {
    /// So many more for this reason.
    pub fn add(&mut self, why: String, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == why) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => self.0.push((why, count)),
        }
    }

    /// As JSON. Reasons are words of ours, without anything that would need escaping.
    pub fn json(&self) -> String {
        let counts = self.0.iter();
        let counts: Vec<String> = counts.map(|(why, n)| format!(r#""{why}":{n}"#)).collect();
        format!("{{{}}}", counts.join(","))
    }
}

/// A page of dead letters: whose, and which.
pub type DeadLetters = Vec<(ShopperId, DeliveryKey)>;

/// What came of a page of dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayTold {
    /// Which wish it belongs to.
    pub begun_at: u64,
    /// The last that was asked for; `None`: there are no more.
    pub reached: Option<(ShopperId, DeliveryKey)>,
    /// How many are tried again.
    pub replayed: u64,
    /// How many are not, by why.
    pub refused: Refusals,
}

/// What can be asked of a shop's stock.
#[derive(Debug, Serialize, Deserialize)]
pub enum StockInput {
    /// What the shop would still sell of variants.
    Count {
        /// So many of these.
        counted: Vec<Item>,
        /// Of these, as many as somebody wants.
        uncounted: Vec<Variant>,
    },
    /// Holds all of it or nothing.
    Reserve(Wanted),
    /// What was held is sold.
    Confirm(ReservationId),
    /// It is given up.
    Cancel(ReservationId),
    /// One reservation.
    Read(ReservationId),
    /// Reservations, by name, behind `after`.
    List {
        /// In which state; `None`: in any.
        state: Option<State>,
        /// Only those to which a reconciliation did something.
        reconciled: bool,
        /// Where the page before ended.
        after: Option<ReservationId>,
        /// How many at most.
        limit: u32,
    },
    /// Which of these variants somebody cannot have now who has these carts.
    Short {
        /// Which.
        variants: Vec<Variant>,
        /// Whose reservations are theirs.
        carts: Vec<CartId>,
    },
    /// A cart was bought.
    Ordered {
        /// Which.
        cart: CartId,
        /// How.
        ordered: Ordered,
    },
    /// Rearms a lost alarm, and has reservations held against their carts.
    Sweep,
}

/// What a shop's stock answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum StockReply {
    /// A reservation, as it is answered to servers.
    Reservation(String),
    /// Why there is none, or why it stays as it is.
    Refused(Refusal),
    /// Reservations by name: as they are answered, and where the next page begins.
    List(Vec<String>, Option<ReservationId>),
    /// Variants that cannot be had.
    Short(Vec<Variant>),
    /// Done.
    Done,
}

/// Why a webhook is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptState {
    /// It could not be taken, and may be tried again.
    Kept,
    /// It asks for something that a person has to do.
    Open,
}

/// A webhook that is kept for a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The same for the same webhook, however often it comes.
    pub id: String,
    /// Why it is kept.
    pub state: KeptState,
    /// Whose it is.
    pub platform: String,
    /// What about.
    pub topic: String,
    /// When it came, epoch ms.
    pub at: u64,
    /// When the platform set it off, epoch ms.
    pub triggered_at: Option<u64>,
    /// Why it was not taken.
    pub code: String,
    /// Where in it that stands.
    pub path: String,
    /// The body, sealed; base64url. Empty in lists.
    pub sealed: String,
}

/// What can be asked of the memory of requests.
#[derive(Debug, Serialize, Deserialize)]
pub enum RequestsInput {
    /// A request is about to be done.
    Begin {
        /// The digest of its key.
        key: String,
        /// The digest of what it asks for.
        fingerprint: Fingerprint,
    },
    /// It has been done.
    Done {
        /// The digest of its key.
        key: String,
        /// Under which number.
        attempt: u32,
        /// The answer's status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// It has changed nothing.
    Release {
        /// The digest of its key.
        key: String,
        /// Under which number.
        attempt: u32,
    },
}

/// What the memory of requests answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum RequestsReply {
    /// To a request that is about to be done.
    Met(Met),
    /// To the rest.
    Done,
}

/// A product as a shopper finds it who comes back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shelved {
    /// As it is now.
    pub product: Product,
    /// What it cost when the shopper left; `None` where nobody knows.
    pub was: Option<Money>,
    /// What can be bought in its stead where it cannot.
    pub instead: Vec<Product>,
}

/// What a merchant wants of an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub enum EndpointAct {
    /// It is to be so.
    Put {
        /// Its address.
        url: Address,
        /// What it hears.
        events: Vec<Interest>,
        /// Whether it is told anything; `None`: as before.
        on: Option<bool>,
        /// Whether it may be one that is not known yet.
        is_new: bool,
    },
    /// It is to go.
    Delete,
    /// It gets a new secret.
    Rotate,
    /// It is told of a test.
    Test,
    /// It is told what rests.
    Replay,
}

/// An endpoint with what it has not been told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Messages that are on their way to it.
    pub waiting: u64,
    /// Messages that nobody tries to tell it any more, until that is asked for.
    pub resting: u64,
}

/// What a Shop answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum ShopReply {
    /// Its record, once configured.
    Record(Option<ShopRecord>),
    /// The record, and products.
    Products(ShopRecord, Vec<Product>),
    /// Products, as a shopper who returns finds them.
    Shelf(Vec<Shelved>),
    /// A number.
    Count(u64),
    /// How many products there are, and whether news of them waits to be told.
    Stored(u64, bool),
    /// Shoppers that are overdue, whether news waits to be told, and whether dead letters do to be asked for.
    Overdue(Vec<ShopperId>, bool, bool),
    /// News to tell.
    News(Option<NewsPage>),
    /// Reports with their shoppers and traces.
    Reports(Vec<(ShopperId, Report, Option<String>)>),
    /// The holdout as far as it has come.
    Readout(Readout),
    /// All that is measured, as far as it has come.
    Overview(Overview),
    /// Done.
    Done,
    /// Shoppers, by id.
    Known(Vec<ShopperId>),
    /// Products, by variant.
    Catalogue(Vec<Product>),
    /// Endpoints; none of one that there is not.
    Endpoints(Vec<Listed>),
    /// There are as many of them as there may be.
    Full,
    /// Webhooks that are kept, without what they hold, and how many had to go before a person came to them.
    Listed(Vec<Kept>, u64),
    /// One of them.
    Opened(Option<Kept>),
    /// Dead letters that are tried again; whether it was begun by this very call.
    Replay(Option<Replay>, bool),
    /// A page of them.
    ReplayPage(Option<(Replay, DeadLetters)>),
}

/// A page of news.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewsPage {
    /// Which news.
    pub id: u64,
    /// Shoppers whose carts may hold what it is about, each with what may concern them.
    pub people: Vec<(ShopperId, Vec<News>)>,
    /// The last shopper that was looked at; `None`: there are no more.
    pub reached: Option<ShopperId>,
}

/// A shop's configuration with its version and its wrapped name key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShopRecord {
    /// Grows by one with each change.
    pub version: u64,
    /// The sealed name key, base64url.
    pub name_key: String,
    /// The configuration.
    pub config: ShopConfig,
    /// What the shop remembers of its experiments.
    #[serde(default)]
    pub experiments: Ledger,
    /// What connects it to platforms, by their names.
    #[serde(default)]
    pub connections: BTreeMap<String, Sealed>,
}

/// Asks a Cart by its object's name.
pub async fn ask_cart(env: &Env, object: &str, call: &CartCall) -> Result<cart::Reply, Problem> {
    exchange(env.cart().get_by_name(object)?, call).await
}

/// A page of a Cart's log, by its object's name; `None` where there is none.
pub async fn log_page(env: &Env, object: &str, number: u32) -> Result<Option<Page>, Problem> {
    let answer = JsFuture::from(env.cart().get_by_name(object)?.page(number)?).await?;
    match answer.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(Some(codec::decode(&bytes.to_vec())?)),
        Err(_) => Ok(None),
    }
}

/// Asks a Shopper.
pub async fn ask_shopper(env: &Env, call: &ShopperCall) -> Result<shopper::Reply, Problem> {
    exchange(
        env.shopper().get_by_name(&shopper_object(call.shopper))?,
        call,
    )
    .await
}

/// Asks a Shop.
pub async fn ask_shop(env: &Env, shop: ShopId, input: &ShopInput) -> Result<ShopReply, Problem> {
    exchange(env.shop().get_by_name(&shop.to_string())?, &(shop, input)).await
}

/// Asks a shop's stock.
pub async fn ask_stock(env: &Env, shop: ShopId, input: &StockInput) -> Result<StockReply, Problem> {
    exchange(env.stock().get_by_name(&shop.to_string())?, &(shop, input)).await
}

/// Asks one of a shop's memories of requests, by its object's name.
pub async fn ask_requests(
    env: &Env,
    object: &str,
    input: &RequestsInput,
) -> Result<RequestsReply, Problem> {
    exchange(env.requests().get_by_name(object)?, input).await
}

/// Begins a call.
pub fn start<Call: Serialize>(stub: Stub, call: &Call) -> Result<Promise, Problem> {
    let message = codec::encode(call)?;
    Ok(stub.call(Uint8Array::from(message.as_slice()))?)
}

async fn exchange<Call: Serialize, Reply: DeserializeOwned>(
    stub: Stub,
    call: &Call,
) -> Result<Reply, Problem> {
    let answer = JsFuture::from(start(stub, call)?).await?;
    let answer: Uint8Array = answer
        .dyn_into()
        .map_err(|_| Problem::Internal(String::from("an object answered with no bytes")))?;
    Ok(codec::decode(&answer.to_vec())?)
}
