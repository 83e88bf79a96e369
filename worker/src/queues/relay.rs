//! The relay's queue: what one object has to tell others and could not at once, or has to tell many. Each message says by its `kind` what
//! it is; those without one were put in by versions before that.

use super::{MAX_DELAY_S, erasures, keep_on, news, put, replays, settle, sweep};
use crate::bindings::Env;
use crate::error::Problem;
use crate::platforms::tag;
use crate::telemetry;
use homing_core::ids::{CartId, ShopId, ShopperId};
use serde::{Deserialize, Serialize};

/// What the queue carries: ids, never people.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Fields")]
pub enum Message {
    /// A cart has told something that not everybody has heard.
    Settle {
        /// The shop.
        shop: ShopId,
        /// The cart.
        cart: CartId,
        /// The trace of its life.
        #[serde(skip_serializing_if = "Option::is_none")]
        trace: Option<String>,
    },
    /// News of products waits at the desk.
    News {
        /// The shop.
        shop: ShopId,
    },
    /// Dead letters wait at the desk to be asked for again.
    Replays {
        /// The shop.
        shop: ShopId,
    },
    /// People of a shop wait at the desk to be forgotten.
    Erasure {
        /// The shop.
        shop: ShopId,
    },
    /// A sweep has not come to these shops.
    Sweep {
        /// Which.
        shops: Vec<ShopId>,
    },
    /// A shopper has said why they did not buy.
    Answered {
        /// The shop.
        shop: ShopId,
        /// The shopper.
        shopper: ShopperId,
    },
}

/// The same by name.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Settle,
    News,
    Replays,
    Erasure,
    Sweep,
    Answered,
}

/// All that a message may say, of whatever kind and version. What says anything else is none: it may be a later version's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    kind: Option<Kind>,
    shop: Option<ShopId>,
    cart: Option<CartId>,
    trace: Option<String>,
    shopper: Option<ShopperId>,
    #[serde(alias = "sweep")]
    shops: Option<Vec<ShopId>>,
    /// Without a kind, this and what follows says what it is.
    #[serde(default)]
    news: bool,
    #[serde(default)]
    replays: bool,
    #[serde(default)]
    answered: bool,
}

impl Fields {
    /// What it is, said or not.
    fn kind(&self) -> Option<Kind> {
        let untold = || {
            let kinds = [
                (self.news, Kind::News),
                (self.replays, Kind::Replays),
                (self.answered, Kind::Answered),
                (self.shops.is_some(), Kind::Sweep),
                (self.cart.is_some(), Kind::Settle),
            ];
            let mut kinds = kinds.into_iter().filter(|(is_it, _)| *is_it);
            kinds.next().map(|(_, kind)| kind)
        };
        self.kind.or_else(untold)
    }

    fn message(self) -> Option<Message> {
        Some(match self.kind()? {
            Kind::Settle => Message::Settle {
                shop: self.shop?,
                cart: self.cart?,
                trace: self.trace,
            },
            Kind::News => Message::News { shop: self.shop? },
            Kind::Replays => Message::Replays { shop: self.shop? },
            Kind::Erasure => Message::Erasure { shop: self.shop? },
            Kind::Sweep => Message::Sweep { shops: self.shops? },
            Kind::Answered => Message::Answered {
                shop: self.shop?,
                shopper: self.shopper?,
            },
        })
    }
}

impl TryFrom<Fields> for Message {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        fields.message().ok_or("a message that does not say enough")
    }
}

/// Reads a message; `Err` says why it is none, without what it says.
pub fn read(body: &str) -> Result<Message, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

impl Message {
    /// Puts it into the queue, to be seen in so many seconds.
    pub async fn put(&self, env: &Env, delay_s: u32) -> Result<(), Problem> {
        put(&env.relay(), self, delay_s).await
    }
}

/// Takes one message, tried for the `attempts`th time; `Some(seconds)` to see it again.
pub async fn consume(body: &str, attempts: u32, env: &Env) -> Option<u32> {
    match read(body) {
        Ok(Message::Settle { shop, cart, trace }) => {
            settle::consume((shop, cart), trace, attempts, env).await
        }
        Ok(Message::News { shop }) => news::consume(shop, attempts, env).await,
        Ok(Message::Replays { shop }) => replays::consume(shop, attempts, env).await,
        Ok(Message::Erasure { shop }) => erasures::consume(shop, attempts, env).await,
        Ok(Message::Sweep { shops }) => {
            sweep::consume(&shops, env).await;
            None
        }
        Ok(Message::Answered { shop, shopper }) => {
            tag::consume((shop, shopper), attempts, env).await
        }
        // A version that was gone back from may have put it in, and comes again: it stays until somebody understands it.
        Err(why) => {
            telemetry::error("relay_unreadable", &why);
            keep_on(Some(MAX_DELAY_S), &env.relay(), body, attempts).await
        }
    }
}

/// Takes one that the queue has given up; `Some(seconds)` to see it again.
pub async fn revive(message: &Message, env: &Env) -> Option<u32> {
    match message {
        // A stop is never given up.
        Message::Settle { .. } => match message.put(env, MAX_DELAY_S).await {
            Ok(()) => None,
            Err(problem) => {
                telemetry::error("relay_failed", &problem.to_string());
                Some(MAX_DELAY_S)
            }
        },
        // What these are about stands at a desk, where the sweep finds it, and there is always a next sweep.
        Message::News { .. }
        | Message::Replays { .. }
        | Message::Erasure { .. }
        | Message::Sweep { .. } => None,
        // It is worth some tries, and no more.
        Message::Answered { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, read};
    use homing_core::ids::{CartId, ShopId, ShopperId};

    const SHOP: ShopId = ShopId([1, 2, 3, 4, 5]);
    const CART: CartId = CartId([7; 16]);
    const SHOPPER: ShopperId = ShopperId([9; 16]);

    fn all() -> [Message; 5] {
        [
            Message::Settle {
                shop: SHOP,
                cart: CART,
                trace: Some("ab".repeat(16)),
            },
            Message::News { shop: SHOP },
            Message::Replays { shop: SHOP },
            Message::Sweep { shops: vec![SHOP] },
            Message::Answered {
                shop: SHOP,
                shopper: SHOPPER,
            },
        ]
    }

    #[test]
    fn each_kind_says_what_it_is() {
        let erasure = Message::Erasure { shop: SHOP };
        let kinds = ["settle", "news", "replays", "sweep", "answered", "erasure"];
        for (message, kind) in all().into_iter().chain([erasure]).zip(kinds) {
            let body = serde_json::to_string(&message).unwrap();
            assert!(
                body.starts_with(&format!(r#"{{"kind":"{kind}","#)),
                "{body}"
            );
            assert_eq!(read(&body), Ok(message));
        }
    }

    #[test]
    fn what_versions_before_have_put_in_is_understood() {
        let ids = |n: u8| vec![n.to_string(); 16].join(",");
        let (cart, shopper, trace) = (ids(7), ids(9), "ab".repeat(16));
        let old = [
            format!(r#"{{"shop":[1,2,3,4,5],"cart":[{cart}],"trace":"{trace}"}}"#),
            r#"{"shop":[1,2,3,4,5],"news":true}"#.into(),
            r#"{"shop":[1,2,3,4,5],"replays":true}"#.into(),
            r#"{"sweep":[[1,2,3,4,5]]}"#.into(),
            format!(r#"{{"shop":[1,2,3,4,5],"shopper":[{shopper}],"answered":true}}"#),
        ];
        for (body, message) in old.iter().zip(all()) {
            assert_eq!(read(body), Ok(message), "{body}");
        }
        let untraced = Message::Settle {
            shop: SHOP,
            cart: CART,
            trace: None,
        };
        let body = format!(r#"{{"shop":[1,2,3,4,5],"cart":[{cart}]}}"#);
        assert_eq!(read(&body), Ok(untraced));
    }

    #[test]
    fn a_message_that_cannot_be_understood_is_none_of_these() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"shop":[1,2,3,4,5]}"#,
            r#"{"shop":[1,2,3,4,5],"news":false}"#,
            // Of a later version: a kind, and what a kind says more.
            r#"{"kind":"later","shop":[1,2,3,4,5]}"#,
            r#"{"kind":"news","shop":[1,2,3,4,5],"more":1}"#,
            r#"{"kind":"settle","shop":[1,2,3,4,5]}"#,
            // Another queue's.
            r#"{"shop":[1,2,3,4,5],"shopper":[9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9],"key":{"conversation":1,"step":0}}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
