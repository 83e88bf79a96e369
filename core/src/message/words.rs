//! The words of each message.

use super::{Content, Topic};
use crate::sequence::{Gives, Offer, Template};
use alloc::{
    format,
    string::{String, ToString},
};

pub(super) struct Words {
    pub headline: String,
    pub intro: String,
    pub button: String,
    /// Why the reader gets it, as part of a sentence.
    pub because: &'static str,
}

pub(super) fn subject(content: &Content<'_>, title: &str) -> String {
    let shop = &content.shop.name;
    match (content.topic, content.template, content.offer) {
        (_, Template::Survey, _) => format!("One question from {shop}"),
        (Topic::Look, _, _) => format!("Still looking at the {title}?"),
        (Topic::PriceDrop, Template::PriceDrop, _) => {
            format!("The {title} you left at {shop} costs less now")
        }
        (Topic::BackInStock, Template::BackInStock, _) => {
            format!("The {title} you left at {shop} is back in stock")
        }
        (Topic::Quote, Template::Quote, _) => format!("Your quote at {shop} is waiting"),
        (_, Template::Offer, Some(offer)) => match (offer.gives, offer.minimum) {
            (Gives::Percent(percent), None) => {
                format!("{percent}% off the {title} you left at {shop}")
            }
            // What it gives is the whole order's, and may ask for more than was left.
            _ => format!("{} at {shop}", offer.says()),
        },
        (_, Template::LastChance, _) => format!("Last call for your cart at {shop}"),
        _ => format!("You left the {title} at {shop}"),
    }
}

/// The merchant's own texts, and the template's where there are none.
pub(super) fn words(content: &Content<'_>, title: &str, count: usize) -> Words {
    let mut words = of_template(content, title, count);
    let own = content.texts.cloned().unwrap_or_default();
    if let Some(headline) = own.headline {
        words.headline = headline.into();
    }
    if let Some(intro) = own.intro {
        words.intro = intro.into();
    }
    if let Some(button) = own.button {
        words.button = button.into();
    }
    words
}

fn of_template(content: &Content<'_>, title: &str, count: usize) -> Words {
    let others = match count {
        0 | 1 => title.to_string(),
        2 => format!("{title} and one more thing"),
        n => format!("{title} and {} more things", n.saturating_sub(1)),
    };
    let of_cart = |headline: &str, intro, button: &str| Words {
        headline: String::from(headline),
        intro,
        button: String::from(button),
        because: "left a cart at",
    };
    match (content.topic, content.template) {
        (topic, Template::Survey) => {
            let (did, because) = match topic {
                Topic::Look => (format!("looked at the {title}"), "looked around at"),
                _ => (format!("left {others}"), "left a cart at"),
            };
            Words {
                headline: String::from("What kept you?"),
                intro: format!("You {did}. One click tells us why, and we ask no more than that."),
                button: String::from("Tell us in one click"),
                because,
            }
        }
        (Topic::Look, _) => Words {
            headline: String::from("Still on your mind?"),
            intro: format!("The {title} is where you last saw it."),
            button: String::from("Have another look"),
            because: "looked around at",
        },
        (Topic::PriceDrop, Template::PriceDrop) => of_cart(
            "It costs less now",
            format!("You left {others}. The {title} costs less than it did then."),
            "Back to my cart",
        ),
        (Topic::BackInStock, Template::BackInStock) => of_cart(
            "Back in stock",
            format!("You left {others}. The {title} can be bought again."),
            "Back to my cart",
        ),
        (Topic::Quote, Template::Quote) => Words {
            because: "asked for a quote at",
            ..of_cart(
                "Your quote is waiting",
                format!("It is just as you left it: {others}."),
                "Back to my quote",
            )
        },
        (_, Template::Offer) => {
            let ships_free = |offer: &&Offer| offer.gives == Gives::FreeShipping;
            let what = match content.offer.filter(ships_free) {
                Some(_) => "It is sent for nothing",
                None => "Here is something off",
            };
            of_cart(
                "A little something for you",
                format!("You left {others}. {what}, if you come back for it."),
                "Use my code",
            )
        }
        (_, Template::LastChance) => of_cart(
            "One last word",
            format!("You left {others}. This is the last time we write about it."),
            "Take me back",
        ),
        // Templates without texts of their own read as a reminder, and so does one that claims what is not so.
        _ => of_cart(
            "Still thinking it over?",
            format!("Your cart is just as you left it: {others}."),
            "Back to my cart",
        ),
    }
}
