//! What a text message says: whose shop, one sentence, the offer, the link, and how to end texts. The sentence gives way where there
//! is no room; the rest is always whole.

use super::segments::{segments, typewritten};
use super::{Content, Topic, page_of};
use crate::catalogue::Product;
use crate::sequence::Template;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

/// A text, and of how many segments it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMessage {
    /// What it says.
    pub text: String,
    /// Of how many segments.
    pub segments: u8,
}

/// How texts are ended; carriers want it to be said in each.
const STOP: &str = "Reply STOP to opt out";

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoText {
    /// Nothing in the cart can be shown.
    NotInCatalogue,
    /// What must stand in it has no room in as many segments as the shop allows.
    TooLong,
}

/// Writes a text of at most `most` segments.
pub fn text(content: &Content<'_>, most: u8) -> Result<TextMessage, NoText> {
    let mut known = content.lines.iter().filter_map(|view| {
        let product = content.products.get(view.line.variant().as_str())?;
        Some(product)
    });
    let first = known.next().ok_or(NoText::NotInCatalogue)?;
    let own = content.texts.and_then(|texts| texts.text.as_ref());
    let sentence = own.map_or_else(
        || sentence(content, &first.title),
        |own| String::from(own.as_str()),
    );
    let link = link(content, first);
    let offer = offer(content);
    let shop = typewritten(&content.shop.name);
    let offer = typewritten(&offer);
    fitted(&typewritten(&sentence), most, |sentence| {
        let gap = if sentence.is_empty() { "" } else { " " };
        format!("{shop}:{gap}{sentence}{offer} {link} {STOP}")
    })
    .ok_or(NoText::TooLong)
}

/// Where a short message leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the question what kept the shopper.
    Survey,
    /// To the product's own page.
    Product,
    /// Back to the cart.
    Cart,
}

impl Way {
    /// Where a message of this kind leads.
    pub fn of(template: Template, topic: Topic) -> Self {
        match (template, topic) {
            (Template::Survey, _) => Self::Survey,
            (_, Topic::Look) => Self::Product,
            _ => Self::Cart,
        }
    }
}

/// Where it leads.
pub(super) fn link<'a>(content: &Content<'a>, first: &'a Product) -> &'a str {
    match Way::of(content.template, content.topic) {
        Way::Survey => content.survey_url,
        Way::Product => page_of(content, first),
        Way::Cart => content.recovery_url,
    }
}

/// What is offered, after a space; empty where nothing is.
pub(super) fn offer(content: &Content<'_>) -> String {
    content.offer.map_or_else(String::new, |offer| {
        format!(" {} with code {}", offer.says(), offer.code)
    })
}

/// As much of the sentence as there is room for. It is cut between words alone, so that no character is ever halved, of however
/// many code points it is.
fn fitted(sentence: &str, most: u8, whole: impl Fn(&str) -> String) -> Option<TextMessage> {
    let fits = |text: String| {
        let segments = u8::try_from(segments(&text)).ok()?;
        (segments <= most).then_some(TextMessage { text, segments })
    };
    if let Some(text) = fits(whole(sentence)) {
        return Some(text);
    }
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let cut = (1..words.len()).rev().find_map(|count| {
        let words = words.get(..count)?;
        fits(whole(&format!("{}...", words.join(" "))))
    });
    cut.or_else(|| fits(whole("")))
}

pub(super) fn sentence(content: &Content<'_>, title: &str) -> String {
    match (content.topic, content.template) {
        (_, Template::Survey) => "What kept you? One click tells us:".to_string(),
        (Topic::Look, _) => format!("Still looking at the {title}?"),
        (Topic::PriceDrop, Template::PriceDrop) => {
            format!("The {title} you left costs less now.")
        }
        (Topic::BackInStock, Template::BackInStock) => {
            format!("The {title} you left is back in stock.")
        }
        (Topic::Quote, Template::Quote) => "Your quote is waiting:".to_string(),
        (_, Template::LastChance) => format!("Last call for the {title} in your cart:"),
        _ => format!("You left the {title}. Your cart is waiting:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, LineView, Variant};
    use crate::catalogue::Product;
    use crate::message::segments::Alphabet;
    use crate::sequence::{Gives, Offer, Texts};
    use crate::shop::{ShopConfig, tests::json};
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    const LINK: &str =
        "https://edge.example/r/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    struct Given<'a> {
        title: &'a str,
        template: Template,
        topic: Topic,
        offer: Option<Offer>,
        texts: Option<Texts>,
        most: u8,
    }

    impl Default for Given<'_> {
        fn default() -> Self {
            Self {
                title: "Blue mug",
                template: Template::Reminder,
                topic: Topic::Cart,
                offer: None,
                texts: None,
                most: 2,
            }
        }
    }

    fn written(given: Given<'_>) -> Result<TextMessage, NoText> {
        let product: Product = serde_json::from_value(serde_json::json!({
            "variant": "mug", "title": given.title, "price_minor": 1_950, "currency": "EUR",
            "image": "https://shop.example/mug.png", "url": "https://shop.example/mug",
        }))
        .unwrap();
        let line = LineKey::new(Variant::new("mug").unwrap(), &BTreeMap::new()).unwrap();
        let lines = [LineView {
            line,
            qty: 1,
            dots: vec![],
        }];
        let shop = ShopConfig::parse(json().as_bytes()).unwrap();
        text(
            &Content {
                template: given.template,
                topic: given.topic,
                offer: given.offer.as_ref(),
                subject: None,
                texts: given.texts.as_ref(),
                lines: &lines,
                products: &[(String::from("mug"), product)].into_iter().collect(),
                shop: &shop,
                recovery_url: LINK,
                unsubscribe_url: "https://edge.example/u/U",
                survey_url: "https://edge.example/s/S",
            },
            given.most,
        )
    }

    #[test]
    fn says_whose_shop_what_where_and_how_to_end_it() {
        let text = written(Given::default()).unwrap();
        let shop = ShopConfig::parse(json().as_bytes()).unwrap().name;
        assert_eq!(
            text.text,
            format!("{shop}: You left the Blue mug. Your cart is waiting: {LINK} {STOP}")
        );
        assert_eq!(text.segments, 2);
        let offer = Some(Offer {
            code: String::from("BACK10"),
            gives: Gives::Percent(10),
            minimum: None,
        });
        let text = written(Given {
            template: Template::Offer,
            offer,
            ..Given::default()
        });
        assert!(
            text.unwrap()
                .text
                .contains(" 10% off with code BACK10 https")
        );
    }

    #[test]
    fn links_lead_where_the_message_is_about() {
        let link = |template, topic| {
            let given = Given {
                template,
                topic,
                ..Given::default()
            };
            written(given).unwrap().text
        };
        assert!(link(Template::Survey, Topic::Cart).contains("/s/S "));
        let look = link(Template::Browse, Topic::Look);
        assert!(look.contains("https://shop.example/mug ") && !look.contains("cart"));
        // It claims only what is so.
        assert!(!link(Template::PriceDrop, Topic::Cart).contains("less"));
        assert!(link(Template::PriceDrop, Topic::PriceDrop).contains("costs less"));
    }

    #[test]
    fn a_sentence_gives_way_between_words_and_nothing_else_does() {
        let long = "very long name of a thing ".repeat(20);
        let cut = written(Given {
            title: &long,
            ..Given::default()
        })
        .unwrap();
        assert_eq!(cut.segments, 2);
        assert!(cut.text.contains(LINK) && cut.text.ends_with(STOP));
        assert!(cut.text.contains("... https"), "{}", cut.text);
        // One word, however long, is left out whole; emoji are never parted.
        let family = "👨‍👩‍👧‍👦".repeat(60);
        let whole = written(Given {
            title: &family,
            ..Given::default()
        })
        .unwrap();
        assert_eq!(Alphabet::of(&whole.text), Alphabet::Gsm7, "{}", whole.text);
        assert!(whole.text.contains("You left the... https"));
        let tight = written(Given {
            most: 1,
            ..Given::default()
        });
        assert_eq!(tight.unwrap().segments, 1);
    }

    #[test]
    fn a_merchants_own_sentence_stands_in_its_place() {
        let texts: Texts = serde_json::from_str(r#"{"text":"It’s yours still"}"#).unwrap();
        let text = written(Given {
            texts: Some(texts),
            ..Given::default()
        });
        let text = text.unwrap().text;
        assert!(text.contains(": It's yours still https") && text.ends_with(STOP));
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_link_is_whole_and_the_limit_holds(title in "\\PC{1,300}", most in 1_u8..=4) {
            prop_assume!(!title.trim().is_empty() && !title.chars().any(char::is_control));
            match written(Given { title: &title, most, ..Given::default() }) {
                Ok(text) => {
                    prop_assert!(u32::from(text.segments) == segments(&text.text) && text.segments <= most);
                    let end = format!(" {LINK} {STOP}");
                    prop_assert!(text.text.ends_with(&end));
                }
                Err(why) => prop_assert_eq!((why, most), (NoText::TooLong, 0)),
            }
        }
    }
}
