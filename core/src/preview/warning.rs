//! What the author of a message should know before it goes.

use super::Scene;
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::delivery::Skip;
use crate::message::{Content, MAX_LINES, Topic, Written, text};
use crate::sequence::{Offer, Step, Template};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};

/// One thing that its author should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable code.
    pub code: &'static str,
    /// The same as a sentence.
    pub detail: &'static str,
    /// The variant that it is about, where it is about one.
    pub variant: Option<String>,
}

impl Warning {
    fn new(code: &'static str, detail: &'static str) -> Self {
        Self {
            code,
            detail,
            variant: None,
        }
    }

    /// What would carry the message lacks what it is called with.
    pub fn not_configured() -> Self {
        Self::new(
            "provider_not_configured",
            "Who would carry it is not configured: this deployment has no secret or binding for it, or the shop no account.",
        )
    }

    fn of(variant: &str, code: &'static str, detail: &'static str) -> Self {
        Self {
            variant: Some(variant.to_string()),
            ..Self::new(code, detail)
        }
    }
}

/// Characters of a subject that most mail programs show whole.
const LONG_SUBJECT: usize = 78;

pub(super) fn all(
    scene: &Scene<'_>,
    step: &Step,
    (channel, offer): (Channel, Option<&Offer>),
    content: &Content<'_>,
    written: &Result<Written, Skip>,
) -> Vec<Warning> {
    let config = scene.config;
    let mut found = Vec::new();
    let mut note = |is_so: bool, code, detail| {
        if is_so {
            found.push(Warning::new(code, detail));
        }
    };
    note(
        config.paused,
        "paused",
        "The shop is paused: nothing is sent.",
    );
    note(
        !step.channels.contains(&channel),
        "other_channel",
        "The step does not name this channel.",
    );
    let id = Some(&scene.sequence.id);
    note(
        config.flow(channel, id, scene.step).is_some(),
        "written_elsewhere",
        "A marketing platform's flow writes this message instead.",
    );
    note(
        step.template == Template::Offer && offer.is_none(),
        "offer_missing",
        "The template is about an offer, and there is none.",
    );
    note(
        offer.is_some_and(Offer::is_unique) && !scene.makes_codes,
        "code_not_made",
        "The code is made by a connected platform, and none is connected.",
    );
    match written {
        Ok(Written::Mail(mail)) => {
            note(
                mail.subject.chars().count() > LONG_SUBJECT,
                "subject_long",
                "Many mail programs will cut the subject.",
            );
            note(
                config.sender.postal_address.is_empty(),
                "postal_address_missing",
                "The law of several countries wants the sender's postal address in each mail.",
            );
            let both = [mail.html.as_bytes(), mail.text.as_bytes()].concat();
            note(
                !config.provider.row().takes(&both),
                "message_too_large",
                "The provider takes no message of this size.",
            );
        }
        Ok(Written::Text(sent)) => note(
            text(content, u8::MAX).is_ok_and(|whole| whole.text != sent.text),
            "text_cut",
            "The sentence is too long for as many segments as the shop allows, and gives way.",
        ),
        Ok(Written::Notification(shown)) => {
            let own = content.subject.map(|own| own.as_str());
            note(
                own.is_some_and(|own| own != shown.title),
                "title_cut",
                "The title is too long, and is cut.",
            );
        }
        Err(_) => {}
    }
    note(
        matches!(written, Ok(Written::Mail(_))) && content.lines.len() > MAX_LINES,
        "lines_left_out",
        "Only the first twelve lines are shown.",
    );
    about_lines(content, &mut found);
    found
}

fn about_lines(content: &Content<'_>, found: &mut Vec<Warning>) {
    let mut currencies = Vec::new();
    for view in content.lines {
        let variant = view.line.variant().as_str();
        let Some(product) = content.products.get(variant) else {
            found.push(Warning::of(
                variant,
                "variant_unknown",
                "It is not in the catalogue, and is not shown.",
            ));
            continue;
        };
        currencies.push(product.currency);
        about_product(product, found);
    }
    currencies.dedup();
    if currencies.len() > 1 && content.topic != Topic::Look {
        found.push(Warning::new(
            "total_missing",
            "Prices are in several currencies, so no total is shown.",
        ));
    }
}

fn about_product(product: &Product, found: &mut Vec<Warning>) {
    let faults = [
        (
            product.price_minor == 0,
            "price_missing",
            "Its price is nothing.",
        ),
        (
            product.image.is_empty(),
            "picture_missing",
            "It has no picture.",
        ),
        (!product.available, "sold_out", "It cannot be bought now."),
    ];
    for (is_so, code, detail) in faults {
        if is_so {
            found.push(Warning::of(&product.variant, code, detail));
        }
    }
}
