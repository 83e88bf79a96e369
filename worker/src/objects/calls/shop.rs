//! What is asked of a Shop, and what it answers.

use super::endpoint::{EndpointAct, Listed};
use super::kept::{Kept, KeptState};
use super::replay::{DeadLetters, Replay, ReplayFilter, ReplayTold};
use super::shop_erasure::{ShopErasureTold, ViewShopErasure};
use homing_core::cart::Variant;
use homing_core::catalogue::{Outline, Product, Word};
use homing_core::connection::Sealed;
use homing_core::endpoint::{EndpointId, Event};
use homing_core::experiment::{Exposed, Ledger, Overview, Readout};
use homing_core::flood::{Limited, Network};
use homing_core::ids::ShopperId;
use homing_core::money::Money;
use homing_core::news::{Marks, News};
use homing_core::object::shopper::{Exposure, Forget, Report};
use homing_core::preview::{Begun, Told};
use homing_core::shop::ShopConfig;
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        /// The network that has brought the contact, where nobody vouches for it. Answered with [`ShopReply::Limited`].
        brought_by: Option<Network>,
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
    /// A person is to be forgotten.
    Forget(Box<Forget>),
    /// Who was erased, and whether everybody is.
    Erasures,
    /// The kept webhooks that name one of these people.
    KeptAbout(Vec<ShopperId>),
    /// Whom the shop's records call so, by a keyed hash; or that they do. The first is answered with [`ShopReply::Known`].
    Called(String, Option<ShopperId>),
    /// What a platform says of products while it tells of a cart.
    Hear(Vec<Word>),
    /// A test of a message is to be begun, by its name; answered with [`ShopReply::Begun`].
    Test(String),
    /// What came of one.
    Tested(String, Told),
    /// Everybody is to be forgotten; answered with [`ShopReply::Erasing`].
    EraseAll {
        /// When that was asked for, epoch ms.
        asked_at: u64,
        /// A platform that has said so of a store of its own, by its name, and the version of the record that this was decided on: the
        /// connection goes, or nothing happens where the record is another by now.
        leaving: Option<(String, u64)>,
    },
    /// Who of them is to be told next.
    ErasurePage,
    /// Some of them were.
    ErasureTold(ShopErasureTold),
}

/// An erasure, for proof.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erased {
    /// Who: a keyed hash.
    pub shopper: String,
    /// When, epoch ms.
    pub at: u64,
    /// When all of it was done, epoch ms.
    pub ended_at: Option<u64>,
}

/// What a Shop answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum ShopReply {
    /// Its record, once configured.
    Record(Option<ShopRecord>),
    /// The record, products, and as much as a platform has said of others that are none yet without a name or a price.
    Products(ShopRecord, Vec<Product>, Vec<Outline>),
    /// Products, as a shopper who returns finds them, and others likewise.
    Shelf(Vec<Shelved>, Vec<Outline>),
    /// A number.
    Count(u64),
    /// How many products there are, and whether news of them waits to be told.
    Stored(u64, bool),
    /// Shoppers that are overdue, and what waits at the desk.
    Overdue(Vec<ShopperId>, Waiting),
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
    /// Done, and what the contact was one too many for.
    Limited(Limited),
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
    /// Who was erased, the latest first, and whether everybody is.
    Erasures(Vec<Erased>, Option<ViewShopErasure>),
    /// What becomes of a wish for a test.
    Begun(Begun),
    /// How everybody is forgotten, and the shop's record then; `None` where it was to be another one.
    Erasing(Option<(ViewShopErasure, Box<ShopRecord>)>),
    /// When that was asked for, epoch ms, and who is to be told next.
    ErasurePage(Option<(u64, Vec<ShopperId>)>),
}

/// What waits at a desk for somebody to go on with it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Waiting {
    /// News, to be told.
    pub news: bool,
    /// Dead letters, to be asked for.
    pub replays: bool,
    /// People, to be forgotten.
    pub erasure: bool,
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
    /// When it was asked for last that everybody is forgotten, epoch ms: what platforms tell of before says nothing any more.
    #[serde(default)]
    pub erased_at: Option<u64>,
}
