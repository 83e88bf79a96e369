//! What a notification says: the shop's name, one sentence, the offer. Where a click leads is the message's link.

use super::Content;
use super::text::{link, offer, sentence};
use alloc::string::String;

/// Browsers cut a title that is longer, and a body too; what is sent is kept short enough to be encrypted with the links.
const MAX_TITLE: usize = 100;
const MAX_TEXT: usize = 300;

/// A notification's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its title.
    pub title: String,
    /// What it says below that.
    pub text: String,
    /// Where a click leads.
    pub url: String,
    /// A picture of what it is about.
    pub image: Option<String>,
}

/// Writes a notification; `None` when nothing in the cart can be shown.
pub fn notification(content: &Content<'_>) -> Option<Notification> {
    let mut known = content.lines.iter().filter_map(|view| {
        let product = content.products.get(view.line.variant().as_str())?;
        Some(product)
    });
    let first = known.next()?;
    let title = content
        .subject
        .map_or(content.shop.name.as_str(), |own| own.as_str());
    let own = content.texts.and_then(|texts| texts.text.as_ref());
    let mut text = own.map_or_else(
        || sentence(content, &first.title),
        |own| String::from(own.as_str()),
    );
    // The sentence of a text message leads to the link behind it.
    if text.ends_with(':') {
        text.pop();
        text.push('.');
    }
    let offer = offer(content);
    let room = MAX_TEXT.saturating_sub(offer.chars().count());
    let text = cut(&text, room) + &offer;
    Some(Notification {
        title: cut(title, MAX_TITLE),
        text,
        url: String::from(link(content, first)),
        image: (!first.image.is_empty()).then(|| first.image.clone()),
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, LineView, Variant};
    use crate::catalogue::Product;
    use crate::message::Topic;
    use crate::sequence::{Gives, Line as Subject, Offer, Template, Texts};
    use crate::shop::{ShopConfig, tests::json};
    use alloc::collections::BTreeMap;

    fn shown(
        title: &str,
        (template, topic): (Template, Topic),
        offer: Option<&Offer>,
        own: (Option<&Subject>, Option<&Texts>),
    ) -> Option<Notification> {
        let product: Product = serde_json::from_value(serde_json::json!({
            "variant": "mug", "title": title, "price_minor": 1_950, "currency": "EUR",
            "image": "https://shop.example/mug.png", "url": "https://shop.example/mug",
        }))
        .unwrap();
        let line = |variant| LineView {
            line: LineKey::new(Variant::new(variant).unwrap(), &BTreeMap::new()).unwrap(),
            qty: 1,
            dots: vec![],
        };
        notification(&Content {
            template,
            topic,
            offer,
            subject: own.0,
            texts: own.1,
            lines: &[line("mug")],
            products: &[(String::from("mug"), product)].into_iter().collect(),
            shop: &ShopConfig::parse(json().as_bytes()).unwrap(),
            recovery_url: "https://edge.example/r/R",
            unsubscribe_url: "https://edge.example/u/U",
            survey_url: "https://edge.example/s/S",
        })
    }

    const REMINDER: (Template, Topic) = (Template::Reminder, Topic::Cart);

    #[test]
    fn says_whose_shop_and_what_and_leads_where_it_is_about() {
        let plain = shown("Blue mug", REMINDER, None, (None, None)).unwrap();
        assert_eq!(plain.title, "Hearth");
        assert_eq!(plain.text, "You left the Blue mug. Your cart is waiting.");
        assert_eq!(plain.url, "https://edge.example/r/R");
        assert_eq!(plain.image.as_deref(), Some("https://shop.example/mug.png"));
        let offer = Offer {
            code: String::from("BACK10"),
            gives: Gives::Percent(10),
            minimum: None,
        };
        let offered = shown(
            "Mug",
            (Template::Offer, Topic::Cart),
            Some(&offer),
            (None, None),
        );
        assert!(
            offered
                .unwrap()
                .text
                .ends_with(". 10% off with code BACK10")
        );
        let survey = shown("Mug", (Template::Survey, Topic::Cart), None, (None, None)).unwrap();
        assert_eq!(survey.url, "https://edge.example/s/S");
        assert_eq!(survey.text, "What kept you? One click tells us.");
        let look = shown("Mug", (Template::Browse, Topic::Look), None, (None, None)).unwrap();
        assert_eq!(look.url, "https://shop.example/mug");
    }

    #[test]
    fn a_merchants_own_words_stand_in_their_place() {
        let subject = Subject::new("Still yours").unwrap();
        let texts: Texts = serde_json::from_str(r#"{"text":"Come back"}"#).unwrap();
        let own = shown("Mug", REMINDER, None, (Some(&subject), Some(&texts))).unwrap();
        assert_eq!(
            (own.title.as_str(), own.text.as_str()),
            ("Still yours", "Come back")
        );
    }

    #[test]
    fn however_long_a_name_is_the_offer_is_whole() {
        let offer = Offer {
            code: String::from("BACK10"),
            gives: Gives::Percent(10),
            minimum: None,
        };
        let long = "é".repeat(290);
        let shown = shown(
            &long,
            (Template::Offer, Topic::Cart),
            Some(&offer),
            (None, None),
        );
        let text = shown.unwrap().text;
        assert_eq!(text.chars().count(), MAX_TEXT);
        assert!(text.ends_with(" 10% off with code BACK10"));
    }
}
