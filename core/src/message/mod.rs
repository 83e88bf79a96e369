//! What a reminder says. Everything that it shows comes from the shop's catalogue and configuration; a browser decides only
//! which of the shop's products stand in it, and how many.

mod event;
mod notification;
mod segments;
mod text;
mod words;
mod written;

pub use event::{EventMessage, event, stopped};
pub use notification::{Notification, notification};
pub use segments::{Alphabet, segments};
pub use text::{NoText, TextMessage, Way, text};
pub use written::{Written, write};

use crate::cart::LineView;
use crate::catalogue::Product;
use crate::money::Money;
use crate::sequence::{Line as Subject, Offer, Template, Texts};
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use askama::Template as _;
use words::{Words, subject, words};

/// What a message is made from.
#[derive(Debug)]
pub struct Content<'a> {
    /// Which message.
    pub template: Template,
    /// What it is about.
    pub topic: Topic,
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
    /// Asks what kept the shopper.
    pub survey_url: &'a str,
}

/// What a message is about: it says no more than is true of that, whatever its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A cart that was left.
    Cart,
    /// A quote that was left.
    Quote,
    /// The product that was looked at, which is the only line.
    Look,
    /// Things in a left cart that cost less now, the first line before all.
    PriceDrop,
    /// Things in a left cart that can be bought again, likewise.
    BackInStock,
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

#[derive(askama::Template)]
#[template(path = "reminder.html")]
struct Html<'a> {
    subject: &'a str,
    shop: &'a ShopConfig,
    words: &'a Words,
    lines: &'a [Line<'a>],
    total: Option<&'a str>,
    offer: Option<&'a Offer>,
    button_url: &'a str,
    way_back: Option<&'a str>,
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
    button_url: &'a str,
    way_back: Option<&'a str>,
    unsubscribe_url: &'a str,
}

/// Most lines shown; the link brings back all of them.
pub(crate) const MAX_LINES: usize = 12;

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
    // What was only looked at is no cart: it has no sum, and no link brings one back.
    let is_look = content.topic == Topic::Look;
    let total = (known.len() == content.lines.len() && !is_look)
        .then(|| total(&known))
        .flatten()
        .map(Money::display);
    let (total, offer) = (total.as_deref(), content.offer);
    let (shop, unsubscribe_url) = (content.shop, content.unsubscribe_url);
    let page = known.first().filter(|_| is_look);
    let way_back = page.map_or(content.recovery_url, |(_, product)| {
        page_of(content, product)
    });
    // A survey asks first; whoever wants the cart finds it below.
    let is_survey = content.template == Template::Survey;
    let button_url = if is_survey {
        content.survey_url
    } else {
        way_back
    };
    let way_back = is_survey.then_some(way_back);
    let html = Html {
        subject: &subject,
        shop,
        words: &words,
        lines: &lines,
        total,
        offer,
        button_url,
        way_back,
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
        button_url,
        way_back,
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

/// A product's page; the shop's own where a platform has not told it.
fn page_of<'a>(content: &Content<'a>, product: &'a Product) -> &'a str {
    if product.url.is_empty() {
        &content.shop.restore_url
    } else {
        &product.url
    }
}

/// What tells a line from its siblings.
fn details(view: &LineView, product: &Product) -> String {
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
    details.join(" · ")
}

fn line<'a>(view: &LineView, product: &'a Product) -> Line<'a> {
    Line {
        title: &product.title,
        details: details(view, product),
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
fn total(known: &[(&LineView, &Product)]) -> Option<Money> {
    let currency = known.first()?.1.currency;
    let same = known
        .iter()
        .all(|(_, product)| product.currency == currency && product.available);
    let minor = known.iter().fold(0_u64, |sum, (view, product)| {
        sum.saturating_add(product.price_minor.saturating_mul(u64::from(view.qty)))
    });
    same.then_some(Money { minor, currency })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, Variant};
    use crate::sequence::Gives;
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
        message_about(Topic::Cart, lines, template, offer)
    }

    fn message_about(
        topic: Topic,
        lines: &[LineView],
        template: Template,
        offer: Option<&Offer>,
    ) -> Option<Rendered> {
        message_with(topic, lines, template, offer, (None, None))
    }

    fn message_with(
        topic: Topic,
        lines: &[LineView],
        template: Template,
        offer: Option<&Offer>,
        (subject, texts): (Option<&Subject>, Option<&Texts>),
    ) -> Option<Rendered> {
        let mut products: BTreeMap<String, Product> = [("mug", 1_950), ("bowl", 500)]
            .into_iter()
            .map(|(variant, price)| (variant.to_string(), product(variant, price)))
            .collect();
        // As a platform tells of one.
        let bare = Product {
            image: String::new(),
            url: String::new(),
            ..product("bare", 700)
        };
        products.insert(bare.variant.clone(), bare);
        let shop = ShopConfig::parse(json().as_bytes()).unwrap();
        render(&Content {
            template,
            topic,
            offer,
            subject,
            texts,
            lines,
            products: &products,
            shop: &shop,
            recovery_url: "https://edge.example/r/T",
            unsubscribe_url: "https://edge.example/u/U",
            survey_url: "https://edge.example/s/S",
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
            gives: Gives::Percent(10),
            minimum: None,
        };
        let rendered = message(&[view("bowl", 1, &[])], Template::Offer, Some(&offer)).unwrap();
        assert!(rendered.subject.starts_with("10% off"));
        assert!(rendered.html.contains("COMEBACK10") && rendered.text.contains("COMEBACK10"));
    }

    #[test]
    fn what_has_no_picture_and_no_page_is_shown_without_and_leads_to_the_shop() {
        let lines = [view("bare", 1, &[])];
        let cart = message(&lines, Template::Reminder, None).unwrap();
        assert!(cart.html.contains("€7.00") && !cart.html.contains("<img"));
        assert!(cart.text.contains("https://edge.example/r/T"));
        let look = message_about(Topic::Look, &lines, Template::Browse, None).unwrap();
        let shop = ShopConfig::parse(json().as_bytes()).unwrap();
        assert!(look.text.contains(&shop.restore_url));
        assert!(
            look.html
                .contains(&format!("href=\"{}\"", shop.restore_url))
        );
    }

    #[test]
    fn what_was_looked_at_is_shown_with_its_own_page_and_no_cart() {
        for template in [Template::Browse, Template::Reminder] {
            let rendered =
                message_about(Topic::Look, &[view("mug", 1, &[])], template, None).unwrap();
            for part in [&rendered.html, &rendered.text] {
                assert!(part.contains("https://shop.example/mug") && part.contains("€19.50"));
                assert!(
                    !part.contains("/r/T") && !part.contains("cart") && !part.contains("Total")
                );
                assert!(part.contains("https://edge.example/u/U"));
            }
            assert!(rendered.subject.starts_with("Still looking at"));
        }
    }

    #[test]
    fn a_message_claims_only_what_is_true_of_what_it_is_about() {
        let said = |topic, template| {
            let rendered = message_about(topic, &[view("bowl", 1, &[])], template, None).unwrap();
            (rendered.subject, rendered.text)
        };
        assert!(
            said(Topic::PriceDrop, Template::PriceDrop)
                .0
                .contains("costs less")
        );
        assert!(
            said(Topic::BackInStock, Template::BackInStock)
                .0
                .contains("back in stock")
        );
        assert!(said(Topic::Quote, Template::Quote).0.contains("quote"));
        for template in [
            Template::PriceDrop,
            Template::BackInStock,
            Template::Browse,
            Template::Quote,
        ] {
            let (subject, text) = said(Topic::Cart, template);
            assert!(subject.starts_with("You left"), "{subject}");
            for claim in ["less", "back in stock", "looked", "quote"] {
                assert!(!text.contains(claim), "{claim}: {text}");
            }
        }
    }

    #[test]
    fn a_merchants_own_words_stand_instead_of_the_templates_and_cannot_become_markup() {
        let subject = Subject::new("Still yours").unwrap();
        let texts: Texts =
            serde_json::from_str(r#"{"headline":"Go <b>on</b>","button":"Finish"}"#).unwrap();
        let rendered = message_with(
            Topic::Cart,
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
