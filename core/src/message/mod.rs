//! What a reminder says. Everything that it shows comes from the shop's catalogue and configuration; a browser decides only
//! which of the shop's products stand in it, and how many.

use crate::cart::LineView;
use crate::catalogue::Product;
use crate::money::Money;
use crate::sequence::{Line as Subject, Offer, Template, Texts};
use crate::shop::ShopConfig;
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use askama::Template as _;

/// What a message is made from.
#[derive(Debug)]
pub struct Content<'a> {
    /// Which message.
    pub template: Template,
    /// What is offered.
    pub offer: Option<&'a Offer>,
    /// The merchant's own subject.
    pub subject: Option<&'a Subject>,
    /// The merchant's own texts.
    pub texts: Option<&'a Texts>,
    /// The cart's lines.
    pub lines: &'a [LineView],
    /// The catalogue's entries for them, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// The shop.
    pub shop: &'a ShopConfig,
    /// Brings the cart back.
    pub recovery_url: &'a str,
    /// Ends messages.
    pub unsubscribe_url: &'a str,
}

/// A message's parts.
#[derive(Debug)]
pub struct Rendered {
    /// The subject.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
}

/// One line as the message shows it.
struct Line<'a> {
    title: &'a str,
    details: String,
    qty: u32,
    price: String,
    image: &'a str,
    sold_out: bool,
}

struct Words {
    headline: String,
    intro: String,
    button: String,
}

#[derive(askama::Template)]
#[template(path = "reminder.html")]
struct Html<'a> {
    subject: &'a str,
    shop: &'a ShopConfig,
    words: &'a Words,
    lines: &'a [Line<'a>],
    total: Option<&'a str>,
    offer: Option<&'a Offer>,
    recovery_url: &'a str,
    unsubscribe_url: &'a str,
}

#[derive(askama::Template)]
#[template(path = "reminder.txt")]
struct Text<'a> {
    shop: &'a ShopConfig,
    words: &'a Words,
    lines: &'a [Line<'a>],
    total: Option<&'a str>,
    offer: Option<&'a Offer>,
    recovery_url: &'a str,
    unsubscribe_url: &'a str,
}

/// Most lines shown; the link brings back all of them.
const MAX_LINES: usize = 12;

/// Renders a message; `None` when nothing in the cart can be shown.
pub fn render(content: &Content<'_>) -> Option<Rendered> {
    let known: Vec<(&LineView, &Product)> = content
        .lines
        .iter()
        .filter_map(|view| {
            content
                .products
                .get(view.line.variant().as_str())
                .map(|product| (view, product))
        })
        .collect();
    let lines: Vec<Line<'_>> = known
        .iter()
        .take(MAX_LINES)
        .map(|(view, product)| line(view, product))
        .collect();
    let first = lines.first()?;
    let words = words(content, first.title, known.len());
    let subject = content.subject.map_or_else(
        || subject(content, first.title),
        |own| String::from(own.as_str()),
    );
    let total = (known.len() == content.lines.len())
        .then(|| total(&known))
        .flatten();
    let (total, offer) = (total.as_deref(), content.offer);
    let (shop, recovery_url, unsubscribe_url) =
        (content.shop, content.recovery_url, content.unsubscribe_url);
    let html = Html {
        subject: &subject,
        shop,
        words: &words,
        lines: &lines,
        total,
        offer,
        recovery_url,
        unsubscribe_url,
    }
    .render()
    .ok()?;
    let text = Text {
        shop,
        words: &words,
        lines: &lines,
        total,
        offer,
        recovery_url,
        unsubscribe_url,
    }
    .render()
    .ok()?;
    Some(Rendered {
        subject,
        html,
        text,
    })
}

fn line<'a>(view: &LineView, product: &'a Product) -> Line<'a> {
    let mut details: Vec<String> = product
        .options
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    // A shopper's own words (an engraving, say) stay out: whoever types them must not be able to write through us.
    let personal = view.line.options().len();
    if personal > 0 {
        details.push(String::from("with your personal choices"));
    }
    Line {
        title: &product.title,
        details: details.join(" · "),
        qty: view.qty,
        price: Money {
            minor: product.price_minor.saturating_mul(u64::from(view.qty)),
            currency: product.currency,
        }
        .display(),
        image: &product.image,
        sold_out: !product.available,
    }
}

/// The sum, where all lines are known and share a currency: a sum that leaves something out would be a wrong price.
fn total(known: &[(&LineView, &Product)]) -> Option<String> {
    let currency = known.first()?.1.currency;
    let same = known
        .iter()
        .all(|(_, product)| product.currency == currency && product.available);
    let minor = known.iter().fold(0_u64, |sum, (view, product)| {
        sum.saturating_add(product.price_minor.saturating_mul(u64::from(view.qty)))
    });
    same.then(|| Money { minor, currency }.display())
}

fn subject(content: &Content<'_>, title: &str) -> String {
    match (content.template, content.offer) {
        (Template::Offer, Some(offer)) => format!(
            "{}% off the {} you left at {}",
            offer.percent, title, content.shop.name
        ),
        (Template::LastChance, _) => format!("Last call for your cart at {}", content.shop.name),
        _ => format!("You left the {} at {}", title, content.shop.name),
    }
}

fn words(content: &Content<'_>, title: &str, count: usize) -> Words {
    let others = match count {
        0 | 1 => title.to_string(),
        2 => format!("{title} and one more thing"),
        n => format!("{title} and {} more things", n.saturating_sub(1)),
    };
    let (headline, intro, button) = match content.template {
        // Templates that stand here beside the reminder have no texts of their own yet.
        Template::Reminder
        | Template::Browse
        | Template::PaymentFailed
        | Template::PriceDrop
        | Template::BackInStock
        | Template::Quote
        | Template::HighValue
        | Template::Season => (
            "Still thinking it over?",
            format!("Your cart is just as you left it: {others}."),
            "Back to my cart",
        ),
        Template::Offer => (
            "A little something for you",
            format!("You left {others}. Here is something off, if you come back for it."),
            "Use my code",
        ),
        Template::LastChance => (
            "One last word",
            format!("You left {others}. This is the last time we write about it."),
            "Take me back",
        ),
    };
    let own = content.texts.cloned().unwrap_or_default();
    Words {
        headline: own
            .headline
            .map_or_else(|| String::from(headline), String::from),
        intro: own.intro.map_or(intro, String::from),
        button: own
            .button
            .map_or_else(|| String::from(button), String::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, Variant};
    use crate::shop::tests::json;

    fn product(variant: &str, price_minor: u64) -> Product {
        serde_json::from_str(&format!(
            r#"{{"variant":"{variant}","title":"Mug <b>&\"","price_minor":{price_minor},"currency":"EUR","image":"https://shop.example/{variant}.png","url":"https://shop.example/{variant}"}}"#
        ))
        .unwrap()
    }

    fn view(variant: &str, qty: u32, options: &[(&str, &str)]) -> LineView {
        let options = options
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        LineView {
            line: LineKey::new(Variant::new(variant).unwrap(), &options).unwrap(),
            qty,
            dots: vec![],
        }
    }

    fn message(lines: &[LineView], template: Template, offer: Option<&Offer>) -> Option<Rendered> {
        message_with(lines, template, offer, (None, None))
    }

    fn message_with(
        lines: &[LineView],
        template: Template,
        offer: Option<&Offer>,
        (subject, texts): (Option<&Subject>, Option<&Texts>),
    ) -> Option<Rendered> {
        let products = [("mug", 1_950), ("bowl", 500)]
            .into_iter()
            .map(|(variant, price)| (variant.to_string(), product(variant, price)))
            .collect();
        let shop = ShopConfig::parse(json().as_bytes()).unwrap();
        render(&Content {
            template,
            offer,
            subject,
            texts,
            lines,
            products: &products,
            shop: &shop,
            recovery_url: "https://edge.example/r/T",
            unsubscribe_url: "https://edge.example/u/U",
        })
    }

    #[test]
    fn shows_lines_prices_pictures_and_links() {
        let rendered = message(
            &[view("mug", 2, &[]), view("bowl", 1, &[])],
            Template::Reminder,
            None,
        )
        .unwrap();
        for part in [
            "€39.00",
            "€5.00",
            "€44.00",
            "https://edge.example/r/T",
            "https://edge.example/u/U",
        ] {
            assert!(rendered.html.contains(part), "{part} in html");
            assert!(rendered.text.contains(part), "{part} in text");
        }
        assert!(rendered.html.contains("https://shop.example/mug.png"));
    }

    #[test]
    fn a_title_cannot_become_markup_and_a_shoppers_words_are_not_sent() {
        let rendered = message(
            &[view("mug", 1, &[("engraving", "visit evil.example")])],
            Template::Reminder,
            None,
        )
        .unwrap();
        assert!(!rendered.html.contains("<b>&\""));
        assert!(!rendered.html.contains("evil.example") && !rendered.text.contains("evil.example"));
    }

    #[test]
    fn what_the_catalogue_does_not_know_is_not_shown_and_no_wrong_sum_is_given() {
        assert!(message(&[view("ghost", 1, &[])], Template::Reminder, None).is_none());
        let rendered = message(
            &[view("mug", 1, &[]), view("ghost", 1, &[])],
            Template::Reminder,
            None,
        )
        .unwrap();
        assert!(!rendered.text.contains("Total") && !rendered.html.contains("ghost"));
    }

    #[test]
    fn an_offer_names_its_code() {
        let offer = Offer {
            code: String::from("COMEBACK10"),
            percent: 10,
        };
        let rendered = message(&[view("bowl", 1, &[])], Template::Offer, Some(&offer)).unwrap();
        assert!(rendered.subject.starts_with("10% off"));
        assert!(rendered.html.contains("COMEBACK10") && rendered.text.contains("COMEBACK10"));
    }

    #[test]
    fn a_merchants_own_words_stand_instead_of_the_templates_and_cannot_become_markup() {
        let subject = Subject::new("Still yours").unwrap();
        let texts: Texts =
            serde_json::from_str(r#"{"headline":"Go <b>on</b>","button":"Finish"}"#).unwrap();
        let rendered = message_with(
            &[view("bowl", 1, &[])],
            Template::Reminder,
            None,
            (Some(&subject), Some(&texts)),
        )
        .unwrap();
        assert_eq!(rendered.subject, "Still yours");
        assert!(rendered.text.starts_with("Go <b>on</b>"));
        assert!(!rendered.html.contains("<b>on</b>"));
        for part in ["Finish", "just as you left it"] {
            assert!(
                rendered.html.contains(part) && rendered.text.contains(part),
                "{part}"
            );
        }
        assert!(!rendered.text.contains("Back to my cart"));
    }
}
