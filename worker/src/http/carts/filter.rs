//! Which carts are wanted: what a query or the body of a search says.

use super::cursor::Cursor;
use crate::error::Problem;
use homing_core::money::Currency;
use homing_core::object::cart::{CartPlatform, CartPlatforms, Standing};
use serde::Deserialize;

/// Carts on a page when nobody says how many.
const DEFAULT_LIMIT: u32 = 50;
/// And at most.
const MAX_LIMIT: u32 = 100;

/// Asks for carts of which nobody knows the platform: a server told of them before that was kept.
const UNKNOWN: &str = "unknown";

/// What is asked, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// Whose, by address.
    pub email: Option<String>,
    /// Whose, by number.
    pub phone: Option<String>,
    state: Vec<String>,
    source: Option<String>,
    platform: Vec<String>,
    currency: Option<String>,
    value_from: Option<u64>,
    value_to: Option<u64>,
    created_from: Option<u64>,
    created_to: Option<u64>,
    modified_from: Option<u64>,
    modified_to: Option<u64>,
    abandoned_from: Option<u64>,
    abandoned_to: Option<u64>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Where a cart's lines come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The snippet in the shop's pages.
    Snippet,
    /// The shop's server, by `PUT /v1/baskets`.
    Server,
}

/// From and to, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    from: Option<u64>,
    to: Option<u64>,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    states: Vec<Standing>,
    source: Option<Source>,
    /// None: all. Nothing instead of a platform: of whom nobody knows.
    platforms: Vec<Option<CartPlatform>>,
    value: Option<(Currency, Range)>,
    created: Range,
    modified: Range,
    abandoned: Range,
    /// Carts on a page.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// What of a cart decides whether it is wanted.
pub struct Looks<'a> {
    /// Where it stands.
    pub standing: Standing,
    /// Where its lines come from.
    pub source: Source,
    /// On which platforms it is.
    pub platforms: CartPlatforms,
    /// What its lines cost, by currency, minor units.
    pub totals: &'a [(Currency, u64)],
    /// When its first line was put in, epoch ms.
    pub created_at: Option<u64>,
    /// When its lines changed last, epoch ms.
    pub modified_at: u64,
    /// When it was left, epoch ms.
    pub abandoned_at: Option<u64>,
}

impl Asked {
    /// Reads a query. Contacts are not in one: addresses of requests are logged.
    pub fn of_query(query: &str) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value).ok_or_else(|| wrong(name, "percent-encoded UTF-8"))?;
            let number = || {
                let number = value.parse::<u64>();
                number.map(Some).map_err(|_| wrong(name, "a whole number"))
            };
            match name {
                "state" => asked.state.extend(value.split(',').map(String::from)),
                "source" => asked.source = Some(value),
                "platform" => asked.platform.extend(value.split(',').map(String::from)),
                "currency" => asked.currency = Some(value),
                "value_from" => asked.value_from = number()?,
                "value_to" => asked.value_to = number()?,
                "created_from" => asked.created_from = number()?,
                "created_to" => asked.created_to = number()?,
                "modified_from" => asked.modified_from = number()?,
                "modified_to" => asked.modified_to = number()?,
                "abandoned_from" => asked.abandoned_from = number()?,
                "abandoned_to" => asked.abandoned_to = number()?,
                "limit" => {
                    asked.limit = Some(value.parse().map_err(|_| wrong(name, "1 to 100"))?);
                }
                "cursor" => asked.cursor = Some(value),
                _ => {
                    return Err(Problem::Body(String::from(
                        "the query has `state`, `source`, `platform`, `currency`, `value_from`, `value_to`, `created_from`, `created_to`, \
                         `modified_from`, `modified_to`, `abandoned_from`, `abandoned_to`, `limit` and `cursor`; contacts go into the \
                         body of POST /v1/carts/search",
                    )));
                }
            }
        }
        Ok(asked)
    }

    /// Checks it.
    pub fn filter(&self) -> Result<Filter, Problem> {
        let states: Option<Vec<Standing>> = self
            .state
            .iter()
            .map(|name| Standing::parse(name))
            .collect();
        let source = match self.source.as_deref() {
            None => None,
            Some("snippet") => Some(Source::Snippet),
            Some("server") => Some(Source::Server),
            Some(_) => return Err(wrong("source", "snippet or server")),
        };
        let currency = self
            .currency
            .as_deref()
            .map(|code| {
                Currency::parse(code).ok_or_else(|| wrong("currency", "a code of ISO 4217"))
            })
            .transpose()?;
        let value = Range {
            from: self.value_from,
            to: self.value_to,
        };
        let value = match currency {
            Some(currency) => Some((currency, value)),
            None if value == Range::default() => None,
            None => return Err(wrong("currency", "needed beside value_from and value_to")),
        };
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(wrong("limit", "1 to 100"));
        }
        Ok(Filter {
            states: states.ok_or_else(|| {
                let known = Standing::ALL.map(Standing::name).join(", ");
                wrong("state", &format!("one or more of {known}"))
            })?,
            source,
            platforms: self.platforms()?,
            value,
            created: Range {
                from: self.created_from,
                to: self.created_to,
            },
            modified: Range {
                from: self.modified_from,
                to: self.modified_to,
            },
            abandoned: Range {
                from: self.abandoned_from,
                to: self.abandoned_to,
            },
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            cursor: self.cursor.as_deref().map(str::parse).transpose()?,
        })
    }
}

impl Asked {
    fn platforms(&self) -> Result<Vec<Option<CartPlatform>>, Problem> {
        let named = |name: &String| match name.as_str() {
            UNKNOWN => Some(None),
            name => Some(Some(
                CartPlatform::ALL
                    .into_iter()
                    .find(|platform| platform.name() == name)?,
            )),
        };
        let platforms: Option<Vec<_>> = self.platform.iter().map(named).collect();
        platforms.ok_or_else(|| {
            let known = CartPlatform::ALL.map(CartPlatform::name).join(", ");
            wrong("platform", &format!("one or more of {known}, {UNKNOWN}"))
        })
    }
}

impl Range {
    fn holds(self, value: Option<u64>) -> bool {
        match value {
            Some(value) => {
                self.from.is_none_or(|from| from <= value) && self.to.is_none_or(|to| value <= to)
            }
            None => self == Self::default(),
        }
    }
}

impl Filter {
    /// Whether a cart is wanted. One that holds nothing is only where it was asked for.
    pub fn wants(&self, cart: &Looks<'_>) -> bool {
        let state = if self.states.is_empty() {
            cart.standing != Standing::Empty
        } else {
            self.states.contains(&cart.standing)
        };
        let worth = self.value.is_none_or(|(currency, range)| {
            let total = cart.totals.iter().find(|(known, _)| *known == currency);
            total.is_some_and(|(_, minor)| range.holds(Some(*minor)))
        });
        let is_on = |wanted: &Option<CartPlatform>| match wanted {
            Some(platform) => cart.platforms.have(*platform),
            None => cart.platforms.is_empty(),
        };
        state
            && worth
            && self.source.is_none_or(|source| source == cart.source)
            && (self.platforms.is_empty() || self.platforms.iter().any(is_on))
            && self.created.holds(cart.created_at)
            && self.modified.holds(Some(cart.modified_at))
            && self.abandoned.holds(cart.abandoned_at)
    }
}

/// A value of a query without its percent encoding.
pub fn decoded(value: &str) -> Option<String> {
    if !value.contains(['%', '+']) {
        return Some(value.to_owned());
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

pub fn wrong(name: &str, what: &str) -> Problem {
    Problem::Body(format!("`{name}` is {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> Result<Filter, Problem> {
        Asked::of_query(query)?.filter()
    }

    fn looks<'a>(standing: Standing, totals: &'a [(Currency, u64)]) -> Looks<'a> {
        Looks {
            standing,
            source: Source::Snippet,
            platforms: CartPlatforms::default(),
            totals,
            created_at: Some(100),
            modified_at: 200,
            abandoned_at: (standing == Standing::Abandoned).then_some(300),
        }
    }

    #[test]
    fn without_a_state_every_cart_is_wanted_that_holds_or_held_something() {
        let all = filter("").unwrap();
        for standing in Standing::ALL {
            assert_eq!(
                all.wants(&looks(standing, &[])),
                standing != Standing::Empty
            );
        }
        let some = filter("state=abandoned%2Cidle&state=empty").unwrap();
        assert!(some.wants(&looks(Standing::Abandoned, &[])));
        assert!(some.wants(&looks(Standing::Empty, &[])));
        assert!(!some.wants(&looks(Standing::Open, &[])));
    }

    #[test]
    fn an_amount_counts_in_its_currency() {
        let euro = Currency::parse("EUR").unwrap();
        let dollar = Currency::parse("USD").unwrap();
        let dear = filter("currency=EUR&value_from=100&value_to=200").unwrap();
        for (totals, wanted) in [
            (vec![(euro, 100)], true),
            (vec![(dollar, 150), (euro, 200)], true),
            (vec![(euro, 99)], false),
            (vec![(euro, 201)], false),
            (vec![(dollar, 150)], false),
            (vec![], false),
        ] {
            assert_eq!(dear.wants(&looks(Standing::Open, &totals)), wanted);
        }
    }

    #[test]
    fn a_range_of_times_leaves_out_what_has_none() {
        let left = filter("abandoned_from=300&abandoned_to=300").unwrap();
        assert!(left.wants(&looks(Standing::Abandoned, &[])));
        assert!(!left.wants(&looks(Standing::Open, &[])));
        assert!(
            !filter("created_from=101")
                .unwrap()
                .wants(&looks(Standing::Open, &[]))
        );
        assert!(
            !filter("modified_to=199")
                .unwrap()
                .wants(&looks(Standing::Open, &[]))
        );
        assert!(
            filter("source=snippet")
                .unwrap()
                .wants(&looks(Standing::Open, &[]))
        );
        assert!(
            !filter("source=server")
                .unwrap()
                .wants(&looks(Standing::Open, &[]))
        );
    }

    #[test]
    fn a_platform_or_that_nobody_knows_it_is_asked_for() {
        let cart = looks(Standing::Open, &[]);
        for (query, wanted) in [
            ("platform=shopify,unknown", true),
            ("platform=shopify&platform=headless", false),
            ("platform=snippet", false),
        ] {
            assert_eq!(filter(query).unwrap().wants(&cart), wanted, "{query}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for query in [
            "state=left",
            "source=fax",
            "platform=fax",
            "platform=",
            "currency=XYZ",
            "value_from=1",
            "value_from=x&currency=EUR",
            "limit=0",
            "limit=101",
            "cursor=5",
            "email=ada%40example.com",
            "state=%zz",
            "page=2",
        ] {
            assert!(filter(query).is_err(), "{query}");
        }
    }
}
