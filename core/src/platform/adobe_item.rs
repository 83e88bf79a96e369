//! An item of a quote or an order of Adobe Commerce, as the line that GraphQL names.

use super::line::{self, Options};
use super::model::Line;
use super::object::Object;
use super::{Code, Refused};
use crate::money::Currency;
use alloc::{borrow::Cow, format, string::String};
use base64::{Engine, engine::general_purpose::STANDARD};

/// In which currency an item's amounts are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Money {
    pub(super) currency: Option<Currency>,
    /// Whether the shop's own is the same.
    pub(super) is_plain: bool,
}

/// `quantity` is the field's name.
pub(super) fn read(
    item: &Object<'_, '_>,
    quantity: &str,
    money: Money,
) -> Result<Option<Line>, Refused> {
    // Parts of a bundle, and the variant behind a configurable product, come with the item that is seen.
    if item.id("parent_item_id").is_some() || item.object("parent_item").is_some() {
        return Ok(None);
    }
    let own = item.text("sku");
    let of_product = item
        .object("product")
        .and_then(|product| product.text("sku"));
    let is_configurable = item
        .text("product_type")
        .is_some_and(|kind| kind == "configurable");
    let sku = if is_configurable {
        own.clone().or_else(|| of_product.clone())
    } else {
        // That of an item has those of its options behind it.
        of_product.clone().or_else(|| own.clone())
    };
    let variant = sku.as_deref().map(visible);
    let options = options(item);
    // What was engraved, or which parts a bundle has, is in the price.
    let price_varies = options.as_ref().is_ok_and(|options| !options.is_empty());
    let options = options.map(|mut options| {
        let parent = of_product.filter(|parent| is_configurable && own.as_ref() != Some(parent));
        options.extend(parent.map(|sku| (String::from("parent_sku"), sku)));
        options
    });
    let line = line::line(item, variant.as_deref(), options, quantity)?;
    let currency = money.currency;
    let unit = item.minor("converted_price", currency);
    let unit = unit.or_else(|| item.minor("price", currency.filter(|_| money.is_plain)));
    if unit.is_none() && !money.is_plain && item.get("price").is_some() {
        item.note("price", Code::Ambiguous);
    }
    let all = item.minor("row_total", currency);
    let off = item
        .minor("discount_amount", currency)
        .and_then(i64::checked_abs);
    Ok(line.map(|line| Line {
        product: item.id("product_id"),
        sku: own,
        title: item.text("name"),
        unit_minor: unit,
        // A row's total is before its discount.
        total_minor: all.and_then(|all| all.checked_sub(off.unwrap_or(0))),
        discount_minor: off,
        price_varies,
        ..line
    }))
}

/// A SKU in visible ASCII; everything else percent-encoded, and the percent sign.
fn visible(sku: &str) -> String {
    let mut text = String::with_capacity(sku.len());
    for char in sku.chars() {
        if char.is_ascii_graphic() && char != '%' {
            text.push(char);
        } else {
            let mut buffer = [0; 4];
            for byte in char.encode_utf8(&mut buffer).bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    text
}

/// What was typed goes by the option's uid, what was chosen by the value's.
fn options(item: &Object<'_, '_>) -> Result<Options, Refused> {
    let mut found = Options::new();
    let Some(chosen) = item.within(&["product_option", "extension_attributes"]) else {
        return Ok(found);
    };
    let refused = |field: &str| Refused {
        path: chosen.at(field),
        code: Code::Options,
    };
    let list = |field| match chosen.get(field) {
        None => Ok(alloc::vec::Vec::new()),
        Some(_) => chosen.objects(field).ok_or_else(|| refused(field)),
    };
    for option in list("custom_options")? {
        let wrong = || refused("custom_options");
        let id = option.id("option_id").ok_or_else(wrong)?;
        let value = option.get("option_value").map_or(Ok(None), line::value);
        let Some(value) = value.map_err(|_| wrong())? else {
            continue;
        };
        if is_chosen(option.text("option_type").as_deref(), &value) {
            for one in value.split(',') {
                let uid = uid(&format!("custom-option/{id}/{}", one.trim()));
                found.push((format!("+{uid}"), String::from("1")));
            }
        } else {
            found.push((uid(&format!("custom-option/{id}")), value));
        }
    }
    for option in list("bundle_options")? {
        let wrong = || refused("bundle_options");
        let id = option.id("option_id").ok_or_else(wrong)?;
        let quantity = option.id("option_qty").unwrap_or_else(|| String::from("1"));
        // Written as a whole number where it is one.
        let quantity = match quantity.split_once('.') {
            Some((whole, rest)) if rest.bytes().all(|byte| byte == b'0') => Cow::Borrowed(whole),
            _ => Cow::Owned(quantity),
        };
        for selection in option.ids("option_selections") {
            let uid = uid(&format!("bundle/{id}/{selection}/{quantity}"));
            found.push((format!("+{uid}"), String::from("1")));
        }
    }
    Ok(found)
}

fn is_chosen(kind: Option<&str>, value: &str) -> bool {
    match kind {
        Some("drop_down" | "radio" | "checkbox" | "multiple") => true,
        Some(_) => false,
        None => value.split(',').all(|one| {
            let one = one.trim();
            !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit())
        }),
    }
}

fn uid(text: &str) -> String {
    STANDARD.encode(text)
}
