//! The few pages that people see: plain, in words, with a way on.

use crate::bindings;
use crate::config::ShopView;
use crate::error::Problem;
use askama::Template;
use homing_core::channel::Channel;
use homing_core::preview::is_sample;
use homing_core::survey::Answer;
use wasm_bindgen::JsValue;

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    way: Option<(&'a str, &'a str)>,
    button: Option<&'a str>,
    /// Codes and words of answers to choose from.
    answers: &'a [Answer],
    /// Where other answers go, and their words.
    choices: &'a [(&'static str, &'static str)],
}

/// Not a link of ours.
pub fn link_invalid() -> JsValue {
    page(
        404,
        &Notice {
            title: "This link does not work",
            text: "It may have been cut off on its way. Try the button in the message once more, or copy the whole address.",
            way: None,
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

/// What was clicked in place of a token is none.
pub fn link_unknown(token: &str) -> JsValue {
    if !is_sample(token) {
        return link_invalid();
    }
    page(
        404,
        &Notice {
            title: "This link is a sample",
            text: "It stands in a preview or a test of a message, and leads nowhere. In a message to a shopper it works.",
            way: None,
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

/// A link of ours that is too old, or was revoked.
pub fn link_expired(shop: Option<&ShopView>) -> JsValue {
    let label = shop.map(|shop| format!("Go to {}", shop.config.name));
    let way = shop
        .zip(label.as_deref())
        .map(|(shop, label)| (shop.config.restore_url.as_str(), label));
    page(
        410,
        &Notice {
            title: "This link has expired",
            text: "Links in our messages work for a limited time. Your shop is still there.",
            way,
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

/// A short link that leads nowhere: whether it ever did, or does not any more, is nobody's to learn.
pub fn link_gone() -> JsValue {
    page(
        404,
        &Notice {
            title: "This link does not work",
            text: "It may have expired: links in our messages work for a limited time. If you typed it, look at each letter once more, large or small. Your shop is still there.",
            way: None,
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

/// A shop that cannot be read: one that is not configured will not be in a minute either.
pub fn no_shop(problem: &Problem) -> JsValue {
    match problem {
        Problem::UnknownShop(_) => link_invalid(),
        _ => try_again(),
    }
}

/// Something did not answer.
pub fn try_again() -> JsValue {
    page(
        503,
        &Notice {
            title: "One moment, please",
            text: "This did not work just now. Please try again in a minute.",
            way: None,
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

/// The preferences page, before and after the click.
pub fn unsubscribe(shop: &ShopView, done: Option<Stopped>) -> JsValue {
    let name = &shop.config.name;
    let way_on = format!("Go to {name}");
    let text = match done {
        None => format!("Do you want {name} to stop sending you reminders about your cart?"),
        Some(Stopped::All) => format!("{name} will not send you reminders any more."),
        Some(Stopped::One(channel)) => {
            let what = spoken(channel);
            format!("{name} will not send you {what} any more.")
        }
    };
    let title = if done.is_some() {
        "Done"
    } else {
        "No more reminders?"
    };
    let way = done.map(|_| (shop.config.restore_url.as_str(), way_on.as_str()));
    // Where there is one channel alone, leaving it is leaving all.
    let carried = |(channel, ..): &&(Channel, _, _)| match channel {
        // A flow may send them in the shop's stead.
        Channel::Sms => shop.config.sends_texts(),
        channel => shop.config.carrier(*channel).is_some(),
    };
    let choices: Vec<_> = CHOICES
        .iter()
        .filter(carried)
        .map(|(_, query, words)| (*query, *words))
        .collect();
    let has_choice = done.is_none() && choices.len() > 1;
    let choices: &[_] = if has_choice { &choices } else { &[] };
    page(
        200,
        &Notice {
            title,
            text: &text,
            way,
            button: done.is_none().then_some("Yes, stop reminders"),
            answers: &[],
            choices,
        },
    )
}

/// What a shopper has ended.
#[derive(Clone, Copy)]
pub enum Stopped {
    /// Messages of any kind.
    All,
    /// Those of one channel.
    One(Channel),
}

const CHOICES: [(Channel, &str, &str); 3] = [
    (Channel::Email, "?channel=email", "Stop emails only"),
    (Channel::Sms, "?channel=sms", "Stop text messages only"),
    (Channel::Push, "?channel=push", "Stop notifications only"),
];

fn spoken(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "emails",
        Channel::Sms => "text messages",
        Channel::Push => "notifications",
    }
}

/// The question what kept the shopper.
pub fn survey(shop: &ShopView) -> JsValue {
    let name = &shop.config.name;
    page(
        200,
        &Notice {
            title: "What kept you?",
            text: &format!("{name} would like to know, in one click. Nothing else is asked."),
            way: None,
            button: None,
            answers: &Answer::ALL,
            choices: &[],
        },
    )
}

/// After the answer.
pub fn answered(shop: &ShopView) -> JsValue {
    let way_on = format!("Go to {}", shop.config.name);
    page(
        200,
        &Notice {
            title: "Thank you",
            text: "That helps. You can close this page.",
            way: Some((shop.config.restore_url.as_str(), &way_on)),
            button: None,
            answers: &[],
            choices: &[],
        },
    )
}

fn page(status: u16, notice: &Notice<'_>) -> JsValue {
    let html = notice.render().unwrap_or_else(|_| notice.title.to_owned());
    bindings::respond(status, "text/html; charset=utf-8", Some(&html), None)
}
