//! Pages of a shop's shoppers: where one begins, how long it is, and what it leaves out.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use homing_core::ids::{ShopId, ShopperId};

/// Shoppers on one page: each is asked, and each of its carts, and a request of the platform may ask a thousand times.
const LIMIT: u32 = 50;

/// What the query of a paged call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    cursor: Option<ShopperId>,
    limit: u32,
    /// Only what is not older, epoch ms.
    pub since: u64,
}

/// The shoppers of a page, and where the next one is.
pub struct Shoppers {
    /// By id.
    pub ids: Vec<ShopperId>,
    /// The `Link` header that leads on; `None` on the last page.
    pub next: Option<String>,
}

impl Page {
    /// Reads `cursor`, `limit` and `since`; whatever else there is, is refused.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut page = Self {
            cursor: None,
            limit: LIMIT,
            since: 0,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "cursor" => {
                    page.cursor = Some(
                        value
                            .parse()
                            .map_err(|_| wrong("cursor", "what the page before led to"))?,
                    )
                }
                "limit" => {
                    page.limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=LIMIT).contains(limit))
                        .ok_or_else(|| wrong("limit", "1 to 50"))?;
                }
                "since" => {
                    page.since = value
                        .parse()
                        .map_err(|_| wrong("since", "a time, epoch ms"))?
                }
                _ => {
                    return Err(Problem::Body(String::from(
                        "the query has `cursor`, `limit` and `since`",
                    )));
                }
            }
        }
        Ok(page)
    }

    /// Asks the desk for this page's shoppers. `path` is the call's own.
    pub async fn shoppers(&self, env: &Env, shop: ShopId, path: &str) -> Result<Shoppers, Problem> {
        let known = ShopInput::Known {
            after: self.cursor,
            // One more tells whether there is another page.
            limit: self.limit.saturating_add(1),
        };
        let ShopReply::Known(mut ids) = ask_shop(env, shop, &known).await? else {
            return Err(Problem::Internal(String::from(
                "the shop answered something else",
            )));
        };
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| more).map(|last| {
            let Self { limit, since, .. } = self;
            format!("<{path}?cursor={last}&limit={limit}&since={since}>; rel=\"next\"")
        });
        Ok(Shoppers { ids, next })
    }
}

fn wrong(name: &str, what: &str) -> Problem {
    Problem::Body(format!("`{name}` is {what}"))
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Page};

    #[test]
    fn a_query_says_where_a_page_begins() {
        let page = Page::parse("").unwrap();
        assert_eq!((page.cursor, page.limit, page.since), (None, LIMIT, 0));
        let id = "shp_000102030405060708090a0b0c0d0e0f";
        let page = Page::parse(&format!("since=5&limit=2&cursor={id}")).unwrap();
        assert_eq!((page.limit, page.since), (2, 5));
        assert_eq!(page.cursor.unwrap().to_string(), id);
    }

    #[test]
    fn what_a_page_cannot_be_is_refused() {
        for query in [
            "limit=0", "limit=51", "limit=x", "since=-1", "since=", "cursor=5", "after=5", "limit",
        ] {
            assert!(Page::parse(query).is_err(), "{query}");
        }
    }
}
