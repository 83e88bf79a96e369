//! `POST /v1/shoppers/erase`, `POST /v1/shoppers/access` and `GET /v1/erasures`: a person is forgotten, or told what is held about them. Who
//! is meant stands in the body: paths are logged.

use super::carts::{self, Reader};
use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::clock;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::intake;
use crate::objects::calls::{Erased, Kept, ShopInput, ShopReply, ViewShopErasure, ask_shop};
use crate::privacy::{self, Names};
use homing_core::calendar::{Activity, Sent};
use homing_core::ids::ShopperId;
use homing_core::object::shopper::{
    Customer, Exposure, Held, HeldWord, Input, Reply, View, ViewErasure,
};
use homing_core::scopes::Scope;
use serde::{Deserialize, Serialize};

/// Whom: by one of these, or by several that the shop knows to be one person's.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    email: Option<String>,
    phone: Option<String>,
    customer_id: Option<String>,
    shopper: Option<String>,
    /// A kept webhook in which a platform asks for it.
    request: Option<String>,
    /// Everybody: the shop's id, said once more.
    shop: Option<String>,
}

/// What is to be done about whom.
enum Meant {
    People(Vec<ShopperId>),
    Everybody,
}

impl Asked {
    fn names_somebody(&self) -> bool {
        let contacts = self.email.is_some() || self.phone.is_some();
        contacts || self.customer_id.is_some() || self.shopper.is_some()
    }
}

#[derive(Serialize)]
struct Erasing {
    erasures: Vec<ViewErasure>,
    /// Everybody's.
    shop: Option<ViewShopErasure>,
}

#[derive(Serialize)]
struct List {
    erasures: Vec<Erased>,
    shop: Option<ViewShopErasure>,
}

#[derive(Serialize)]
struct Access {
    at: u64,
    people: Vec<Person>,
    /// Webhooks that are kept and name one of them; what stands in those, the platform has told.
    webhooks: Vec<Webhook>,
}

#[derive(Serialize)]
struct Webhook {
    id: String,
    platform: String,
    topic: String,
    at: u64,
}

/// All that is held about one identity, or about those that were joined to it.
#[derive(Serialize)]
struct Person {
    email: Option<String>,
    phone: Option<String>,
    consents: Vec<HeldWord>,
    consent_page: Option<String>,
    /// What the shop's own records say.
    customer: Option<Customer>,
    orders: u32,
    ordered_at: Vec<u64>,
    sent: Vec<Sent>,
    activity: Activity,
    exposure: Option<Exposure>,
    browsers: Vec<Browser>,
    /// As it is looked up otherwise.
    shopper: View,
    carts: Vec<carts::Whole>,
}

#[derive(Serialize)]
struct Browser {
    endpoint: String,
    at: u64,
}

/// Erases.
pub async fn erase(request: &Request, env: &Env) -> Result<String, Problem> {
    let caller = merchant::caller(request, env).await?;
    caller.needs(Scope::PrivacyWrite)?;
    let shop = caller.shop;
    let asked: Asked = body(request, 4_096).await?;
    let view = config::shop(env, shop).await?;
    let now = clock::now_ms();
    let mut erasures: Vec<ViewErasure> = Vec::new();
    let people = match meant(env, &view, &asked, true).await? {
        Meant::People(people) => people,
        Meant::Everybody => {
            if let Some(missing) = caller.scopes.missing(&Scope::OF_OWNERS) {
                return Err(Problem::Scope(missing));
            }
            let shop = privacy::erase_all(env, shop, None).await?;
            return text_of(&Erasing { erasures, shop });
        }
    };
    for person in people {
        let erasure = privacy::erase(env, shop, person, now).await?;
        // Several names may lead to one person.
        erasures.retain(|known| known.shopper != erasure.shopper);
        erasures.push(erasure);
    }
    text_of(&Erasing {
        erasures,
        shop: None,
    })
}

/// Who was erased, the latest first: ids and times are all that is left.
pub async fn list(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::PrivacyRead).await?;
    match ask_shop(env, shop, &ShopInput::Erasures).await? {
        ShopReply::Erasures(erasures, shop) => text_of(&List { erasures, shop }),
        _ => Err(odd()),
    }
}

/// All that is held.
pub async fn access(request: &Request, env: &Env) -> Result<String, Problem> {
    let caller = merchant::caller(request, env).await?;
    caller.needs(Scope::PrivacyRead)?;
    let asked: Asked = body(request, 4_096).await?;
    let view = config::shop(env, caller.shop).await?;
    let mut reader = Reader::of_caller(&caller, env)?;
    reader.contacts = true;
    let mut people = Vec::new();
    let mut ids = Vec::new();
    let mut spoken = Vec::new();
    let Meant::People(named) = meant(env, &view, &asked, false).await? else {
        return Err(odd());
    };
    for id in named {
        let held = match privacy::ask(env, view.id, id, Input::Access).await? {
            Reply::Held(held) => held,
            Reply::Refused(_) => continue,
            _ => return Err(odd()),
        };
        ids.push(id);
        let speaks = held.profile.shopper;
        if held.view.known && !spoken.contains(&speaks) {
            spoken.push(speaks);
            // What is kept may name them by another of their contacts.
            let joined = held.view.joined.iter();
            ids.extend(joined.filter_map(|id| id.parse::<ShopperId>().ok()));
            people.push(person(&reader, *held).await?);
        }
    }
    ids.extend(spoken);
    let about = ShopInput::KeptAbout(ids);
    let ShopReply::Listed(kept, _) = ask_shop(env, view.id, &about).await? else {
        return Err(odd());
    };
    text_of(&Access {
        at: reader.now,
        people,
        webhooks: kept.into_iter().map(Webhook::from).collect(),
    })
}

impl From<Kept> for Webhook {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id,
            platform: kept.platform,
            topic: kept.topic,
            at: kept.at,
        }
    }
}

async fn person(reader: &Reader, held: Held) -> Result<Person, Problem> {
    let mut carts = Vec::new();
    for (cart, object) in &held.profile.carts {
        carts.push(reader.whole(*cart, object).await?);
    }
    let browsers = held.browsers.into_iter();
    Ok(Person {
        email: held.profile.email,
        phone: held.profile.phone,
        consents: held.consents,
        consent_page: held.page,
        customer: held.customer,
        orders: held.orders,
        ordered_at: held.ordered_at,
        sent: held.sent,
        activity: held.activity,
        exposure: held.exposure,
        browsers: browsers
            .map(|browser| Browser {
                endpoint: browser.endpoint,
                at: browser.at,
            })
            .collect(),
        shopper: held.view,
        carts,
    })
}

/// Whom a body names; `erases`: it may mean everybody.
async fn meant(env: &Env, shop: &ShopView, asked: &Asked, erases: bool) -> Result<Meant, Problem> {
    let wrong = |why: &str| Err(Problem::Body(String::from(why)));
    match &asked.shop {
        None => {}
        Some(_) if !erases => return wrong("`shop` is for an erasure alone"),
        Some(_) if asked.names_somebody() || asked.request.is_some() => {
            return wrong("`shop` is given alone: it means everybody");
        }
        Some(id) if *id != shop.id.to_string() => {
            return wrong("`shop` is not the shop of this key");
        }
        Some(_) => return Ok(Meant::Everybody),
    }
    let names = match &asked.request {
        // Whom it names stands in it: the rest would be left out, and nobody would know.
        Some(_) if asked.names_somebody() => {
            return wrong("`request` is given alone: it says itself who is meant");
        }
        Some(id) => intake::asked_about(env, shop, id, erases).await?,
        None => Names {
            email: asked.email.as_deref().map(str::parse).transpose()?,
            phone: asked.phone.as_deref().map(str::parse).transpose()?,
            customer: asked.customer_id.clone(),
        },
    };
    let mut found = privacy::identities(env, shop, &names).await?;
    if let Some(id) = &asked.shopper {
        let id: ShopperId = id.parse().map_err(|_| Problem::UnknownShopper)?;
        // An id that no contact of this shop leads to might be another shop's.
        if !privacy::view(env, shop.id, id).await?.known {
            return Err(Problem::UnknownShopper);
        }
        found.push(id);
    }
    if found.is_empty() {
        return Err(Problem::UnknownShopper);
    }
    Ok(Meant::People(found))
}

fn odd() -> Problem {
    Problem::Internal(String::from("an object answered something else"))
}
