//! What a marketing platform is told of a message, so that a flow of its own can write it: what was left, what it costs, the offer,
//! and the links. The same that a mail would show and nothing more: no contact, and no word of the shopper's own.

use super::{Content, MAX_LINES, Topic, details, page_of, total};
use crate::cart::LineView;
use crate::catalogue::Product;
use crate::delivery::FlowPlatform;
use crate::money::Money;
use crate::sequence::{Gives, Template};
use alloc::{format, string::String, vec::Vec};

/// An event's properties.
#[derive(Debug)]
pub struct EventMessage {
    /// A JSON object.
    pub properties: String,
    /// What the cart is worth, where that can be said.
    pub total: Option<Money>,
}

/// Characters of one value: Braze takes 255 of a string, HubSpot 256. A longer one would have the whole event refused, so it is left
/// out, which concerns pictures alone: titles are cut.
const MAX_TEXT: usize = 255;

/// Writes a message's properties as `platform` takes them; `None` when nothing in the cart can be shown. `place` is the sequence's id
/// and the step, counted from 0; `reason` what the shopper has answered kept them, where that is why they are written to.
pub fn event(
    content: &Content<'_>,
    platform: FlowPlatform,
    place: Option<(&str, u8)>,
    reason: Option<&str>,
) -> Option<EventMessage> {
    let known: Vec<(&LineView, &Product)> = content
        .lines
        .iter()
        .filter_map(|view| {
            let product = content.products.get(view.line.variant().as_str())?;
            Some((view, product))
        })
        .collect();
    let (_, first) = known.first()?;
    let is_look = content.topic == Topic::Look;
    let total = (known.len() == content.lines.len() && !is_look)
        .then(|| total(&known))
        .flatten();
    // HubSpot's values are strings, and it takes no lists.
    let is_flat = platform == FlowPlatform::Hubspot;
    let mut fields = Fields::new(is_flat);
    fields.text("shop", &content.shop.name);
    fields.text("locale", &content.shop.locale);
    fields.text("template", content.template.name());
    fields.text("about", about(content.topic));
    fields.text("reason", reason.unwrap_or_default());
    if let Some((sequence, step)) = place {
        fields.text("sequence", sequence);
        fields.number("step", &format!("{step}"));
    }
    let way_back = if is_look {
        page_of(content, first)
    } else {
        content.recovery_url
    };
    fields.text("recovery_url", way_back);
    fields.text("unsubscribe_url", content.unsubscribe_url);
    if content.template == Template::Survey {
        fields.text("survey_url", content.survey_url);
    }
    if let Some(subject) = content.subject {
        fields.text("subject", subject.as_str());
    }
    if let Some(offer) = content.offer {
        fields.text("offer_code", &offer.code);
        match (offer.gives, offer.minimum) {
            (Gives::Percent(percent), None) => {
                fields.number("offer_percent", &format!("{percent}"));
            }
            _ => fields.text("offer_text", &offer.says()),
        }
    }
    if let Some(total) = total {
        fields.money("total", total);
        fields.text("total_text", &total.display());
        fields.text("currency", total.currency.0.code());
    }
    let count = known
        .iter()
        .fold(0_u32, |sum, (view, _)| sum.saturating_add(view.qty));
    fields.number("item_count", &format!("{count}"));
    fields.text("items", &items(&known));
    fields.text("title", &cut(&first.title));
    fields.text("image_url", &first.image);
    fields.text("url", &first.url);
    if !is_flat {
        let lines = known.iter().take(MAX_LINES);
        let lines: Vec<String> = lines.map(|(view, product)| line(view, product)).collect();
        fields.raw("lines", &format!("[{}]", lines.join(",")));
    }
    Some(EventMessage {
        properties: fields.done(),
        total,
    })
}

/// What a platform is told when there is nothing to write about any more.
pub fn stopped(cause: &str, conversation: u16) -> String {
    let mut fields = Fields::new(true);
    fields.text("cause", cause);
    fields.text("conversation", &format!("{conversation}"));
    fields.done()
}

fn about(topic: Topic) -> &'static str {
    match topic {
        Topic::Cart => "cart",
        Topic::Quote => "quote",
        Topic::Look => "look",
        Topic::PriceDrop => "price_drop",
        Topic::BackInStock => "back_in_stock",
    }
}

fn line(view: &LineView, product: &Product) -> String {
    let mut fields = Fields::new(false);
    fields.text("variant", view.line.variant().as_str());
    fields.text("title", &cut(&product.title));
    fields.text("details", &cut(&details(view, product)));
    fields.number("quantity", &format!("{}", view.qty));
    fields.money("price", product.price());
    fields.text("price_text", &product.price().display());
    fields.text("image_url", &product.image);
    fields.text("url", &product.url);
    fields.raw(
        "available",
        if product.available { "true" } else { "false" },
    );
    fields.done()
}

/// All of it in one text, for messages that have no lists.
fn items(known: &[(&LineView, &Product)]) -> String {
    let mut text = String::new();
    for (view, product) in known {
        let gap = if text.is_empty() { "" } else { ", " };
        let more = format!("{gap}{} × {}", product.title, view.qty);
        // Room for the dots is kept.
        if text.chars().count().saturating_add(more.chars().count()) > MAX_TEXT - 3 {
            text.push_str("...");
            break;
        }
        text.push_str(&more);
    }
    cut(&text)
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A JSON object on its way.
struct Fields {
    json: String,
    /// Whether numbers are told as text.
    is_flat: bool,
}

impl Fields {
    fn new(is_flat: bool) -> Self {
        Self {
            json: String::from("{"),
            is_flat,
        }
    }

    fn raw(&mut self, name: &str, value: &str) {
        if self.json.len() > 1 {
            self.json.push(',');
        }
        self.json.push('"');
        self.json.push_str(name);
        self.json.push_str("\":");
        self.json.push_str(value);
    }

    fn text(&mut self, name: &str, text: &str) {
        if text.is_empty() || text.chars().count() > MAX_TEXT {
            return;
        }
        // Text can always be written as JSON.
        if let Ok(quoted) = serde_json::to_string(text) {
            self.raw(name, &quoted);
        }
    }

    fn number(&mut self, name: &str, number: &str) {
        if self.is_flat {
            self.text(name, number);
        } else {
            self.raw(name, number);
        }
    }

    fn money(&mut self, name: &str, money: Money) {
        self.number(name, &money.decimal());
    }

    fn done(mut self) -> String {
        self.json.push('}');
        self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{LineKey, Variant};
    use crate::sequence::{Gives, Offer};
    use crate::shop::ShopConfig;
    use crate::shop::tests::json;
    use alloc::{collections::BTreeMap, string::ToString, vec};
    use serde_json::Value;

    fn told(platform: FlowPlatform, title: &str, image: &str) -> (Value, Option<Money>) {
        let offer = Offer {
            code: String::from("COMEBACK10"),
            gives: Gives::Percent(10),
            minimum: None,
        };
        told_offering(&offer, platform, title, image)
    }

    fn told_offering(
        offer: &Offer,
        platform: FlowPlatform,
        title: &str,
        image: &str,
    ) -> (Value, Option<Money>) {
        let product = |variant: &str, minor: u64| -> Product {
            serde_json::from_str(&format!(
                r#"{{"variant":"{variant}","title":{title:?},"price_minor":{minor},"currency":"EUR","image":"{image}","url":"https://shop.example/{variant}","options":{{"Colour":"Blue"}}}}"#
            ))
            .unwrap()
        };
        let view = |variant: &str, qty: u32| {
            let engraving = [("engraving".to_string(), "call me".to_string())];
            LineView {
                line: LineKey::new(Variant::new(variant).unwrap(), &engraving.into()).unwrap(),
                qty,
                dots: vec![],
            }
        };
        let products: BTreeMap<String, Product> = [("mug", 1_950), ("bowl", 500)]
            .into_iter()
            .map(|(variant, minor)| (variant.to_string(), product(variant, minor)))
            .collect();
        let written = event(
            &Content {
                template: Template::Offer,
                topic: Topic::Cart,
                offer: Some(offer),
                subject: None,
                texts: None,
                lines: &[view("mug", 2), view("bowl", 1)],
                products: &products,
                shop: &ShopConfig::parse(json().as_bytes()).unwrap(),
                recovery_url: "https://edge.example/r/T",
                unsubscribe_url: "https://edge.example/u/U",
                survey_url: "https://edge.example/s/S",
            },
            platform,
            Some(("cart", 1)),
            Some("price"),
        )
        .unwrap();
        assert!(!written.properties.contains("call me"));
        (
            serde_json::from_str(&written.properties).unwrap(),
            written.total,
        )
    }

    #[test]
    fn an_event_tells_what_a_mail_would() {
        let (value, total) = told(
            FlowPlatform::Klaviyo,
            "Mug \"A\"",
            "https://s.example/m.png",
        );
        assert_eq!(total.map(|total| total.minor), Some(4_400));
        for (name, expected) in [
            ("template", "offer"),
            ("about", "cart"),
            ("reason", "price"),
            ("sequence", "cart"),
            ("recovery_url", "https://edge.example/r/T"),
            ("unsubscribe_url", "https://edge.example/u/U"),
            ("offer_code", "COMEBACK10"),
            ("total_text", "€44.00"),
            ("currency", "EUR"),
            ("items", "Mug \"A\" × 2, Mug \"A\" × 1"),
        ] {
            assert_eq!(value[name], expected, "{name}");
        }
        assert_eq!(
            value["total"].to_string(),
            "44.00".parse::<f64>().unwrap().to_string() + ".0"
        );
        assert_eq!(value["item_count"], 3);
        assert_eq!(value["lines"][0]["quantity"], 2);
        assert_eq!(
            value["lines"][0]["details"],
            "Colour: Blue · with your personal choices"
        );
        assert!(value.get("survey_url").is_none());
    }

    #[test]
    fn what_is_no_percentage_of_any_order_is_told_in_words() {
        for platform in FlowPlatform::ALL {
            let of = |gives: &str| {
                let json = format!(r#"{{"code":"A",{gives}}}"#);
                let offer: Offer = serde_json::from_str(&json).unwrap();
                told_offering(&offer, platform, "Mug", "").0
            };
            let off = of(r#""amount_minor":500,"min_order_minor":5000,"currency":"EUR""#);
            assert_eq!(off["offer_text"], "€5.00 off orders from €50.00");
            assert_eq!(off["offer_code"], "A");
            assert!(off.get("offer_percent").is_none());
            assert_eq!(of(r#""free_shipping":true"#)["offer_text"], "Free shipping");
            assert!(of(r#""percent":5"#).get("offer_text").is_none());
        }
    }

    #[test]
    fn hubspot_is_told_texts_alone_and_nobody_more_than_they_take() {
        let long = "ü".repeat(300);
        let image = format!("https://s.example/{}", "i".repeat(300));
        for platform in FlowPlatform::ALL {
            let (value, _) = told(platform, &long, &image);
            let fields = value.as_object().unwrap();
            assert!(fields.len() <= 50);
            assert!(fields.get("image_url").is_none());
            for (name, value) in fields {
                let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
                assert!(name.chars().all(is_name), "{name}");
                let text = value.as_str().map(|text| text.chars().count());
                assert!(text.is_none_or(|count| count <= MAX_TEXT), "{name}");
                let is_flat = platform == FlowPlatform::Hubspot;
                assert!(!is_flat || value.is_string(), "{name}");
            }
        }
    }

    #[test]
    fn an_end_says_why() {
        let value: Value = serde_json::from_str(&stopped("ordered", 3)).unwrap();
        assert_eq!(value["cause"], "ordered");
        assert_eq!(value["conversation"], "3");
    }
}
