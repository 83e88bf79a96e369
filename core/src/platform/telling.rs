//! What a cart needs to hear of it (`object::cart::Telling`).

use super::{Basket, Consents, Customer, Line, Order, Platform, Tokens, instant};
use crate::cart::{LineKey, Quantity};
use crate::catalogue::{Word, address_of, price_of, product_of, title_of};
use crate::ids::ShopperId;
use crate::log::ConsentReceipt;
use crate::money::Currency;
use crate::object::cart::Introduction;
use alloc::{format, string::String, vec::Vec};

impl Basket {
    /// The name for `NameKey::basket`: the same for a cart and its checkout, whichever of them tells.
    pub fn name(&self, platform: Platform) -> Option<String> {
        self.tokens.names(platform).next()
    }

    /// Each line once, as a cart counts them. Where the storefront's snippet tells the lines of the same cart ([`Basket::intent`]), leave
    /// them to it: it knows them in more detail than some payloads do.
    pub fn contents(&self) -> Vec<(LineKey, Quantity)> {
        contents(&self.lines)
    }

    /// What it says of the products that are in it; `own` is the shop's currency. Of what costs nothing it is not said that it has a price:
    /// a gift in one cart is none in another.
    pub fn words(&self, own: Currency) -> Vec<Word> {
        let mut words = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let price = line.unit_minor.zip(self.currency);
            let text = |text: &Option<String>| text.as_deref().and_then(title_of);
            let word = Word {
                variant: String::from(line.key.variant().as_str()),
                version: self.version,
                product: line.product.as_deref().and_then(product_of),
                title: text(&line.title),
                detail: text(&line.variant_title).filter(|detail| detail != ONLY_VARIANT),
                price: price.and_then(|(minor, currency)| price_of(minor, currency)),
                in_own_currency: self.currency == Some(own),
                varies: line.price_varies,
                image: line.image.as_deref().and_then(address_of),
                url: line.page.as_deref().and_then(address_of),
            };
            let says_anything = word.title.is_some() || word.price.is_some();
            if says_anything && !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

/// What Shopify calls the variant of a product that has no others.
pub(super) const ONLY_VARIANT: &str = "Default Title";

impl Order {
    /// Its version among those of its basket. An order's time is in whole seconds: it comes behind everything that was told of the basket
    /// in that second, since nothing of it is left to be told of.
    pub fn version_of_basket(&self) -> u64 {
        instant::last_of_second(self.version)
    }

    /// The names of all baskets that it may have come from; the first is the one by which [`Basket::name`] calls it.
    pub fn names(&self, platform: Platform) -> impl Iterator<Item = String> {
        self.tokens.names(platform)
    }
}

impl Tokens {
    /// The cart's comes first: a checkout is known by its cart, as long as it names one. Platforms and kinds have names of their own, so
    /// that no two baskets have one.
    fn names(&self, platform: Platform) -> impl Iterator<Item = String> {
        let kinds = [("cart", &self.cart), ("checkout", &self.checkout)];
        kinds.into_iter().filter_map(move |(kind, token)| {
            let token = token.as_deref()?;
            Some(format!("{}/{kind}/{token}", platform.as_str()))
        })
    }
}

impl Customer {
    /// As a cart passes it on; `shopper` is the keyed hash of the contact (`NameKey::shopper`), and `wording` says where the answer comes
    /// from.
    pub fn introduction(&self, shopper: ShopperId, wording: &str) -> Introduction {
        let said = self.consent.receipt(wording);
        Introduction {
            shopper,
            email: self.email.clone(),
            phone: self.phone.clone(),
            agreed_at: said.as_ref().and_then(|(_, at)| *at),
            consent: said.map(|(receipt, _)| receipt),
        }
    }
}

impl Consents {
    /// One receipt and its time, epoch ms. A receipt has one time for both channels. Where theirs differ, what is told is the safe side:
    /// a no beats a yes, two refusals count as of the later one and two agreements as of the earlier one.
    pub fn receipt(&self, wording: &str) -> Option<(ConsentReceipt, Option<u64>)> {
        let (mut email, mut sms) = (self.email, self.sms);
        if let (Some(mail), Some(text)) = (email, sms)
            && mail.agreed != text.agreed
            && mail.at != text.at
        {
            email = email.filter(|answer| !answer.agreed);
            sms = sms.filter(|answer| !answer.agreed);
        }
        let answers = || email.into_iter().chain(sms);
        let says_no = answers().any(|answer| !answer.agreed);
        let times = || answers().map(|answer| answer.at);
        // Without a time an answer counts as of when it is first told, which is later than any.
        let at = if says_no {
            let is_open = times().any(|at| at.is_none());
            times().flatten().max().filter(|_| !is_open)
        } else {
            times().flatten().min()
        };
        answers().next()?;
        let receipt = ConsentReceipt {
            email: email.map(|answer| answer.agreed),
            sms: sms.map(|answer| answer.agreed),
            ads: None,
            wording: String::from(wording),
            page: String::new(),
        };
        Some((receipt, at))
    }
}

fn contents(lines: &[Line]) -> Vec<(LineKey, Quantity)> {
    let mut sums: Vec<(LineKey, u32)> = Vec::with_capacity(lines.len());
    for Line { key, quantity, .. } in lines {
        match sums.iter_mut().find(|(known, _)| known == key) {
            Some((_, sum)) => *sum = sum.saturating_add(quantity.get()).min(Quantity::MAX),
            None => sums.push((key.clone(), quantity.get())),
        }
    }
    let sums = sums.into_iter();
    sums.filter_map(|(key, sum)| Some((key, Quantity::new(sum).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Basket, Consents, Envelope, Platform, Tidings, read};
    use crate::catalogue::{Heard, Word};
    use crate::money::{Currency, Money};
    use alloc::{format, string::String, vec::Vec};

    /// What is told, `(email, sms, at)`, of answers to the two channels.
    fn told(
        email: Option<(bool, Option<u64>)>,
        sms: Option<(bool, Option<u64>)>,
    ) -> Option<(Option<bool>, Option<bool>, Option<u64>)> {
        let answer =
            |one: Option<(bool, Option<u64>)>| one.map(|(agreed, at)| Answer { agreed, at });
        let consents = Consents {
            email: answer(email),
            sms: answer(sms),
        };
        let (receipt, at) = consents.receipt("shopify")?;
        assert_eq!(
            (receipt.wording.as_str(), receipt.page.as_str()),
            ("shopify", "")
        );
        Some((receipt.email, receipt.sms, at))
    }

    #[test]
    fn one_receipt_is_on_the_safe_side_of_two_answers() {
        let (yes, no) = (|at| Some((true, at)), |at| Some((false, at)));
        assert_eq!(told(None, None), None);
        assert_eq!(told(yes(Some(5)), None), Some((Some(true), None, Some(5))));
        assert_eq!(told(None, no(None)), Some((None, Some(false), None)));
        assert_eq!(
            told(yes(Some(5)), yes(Some(7))),
            Some((Some(true), Some(true), Some(5)))
        );
        assert_eq!(
            told(yes(Some(5)), yes(None)),
            Some((Some(true), Some(true), Some(5)))
        );
        assert_eq!(
            told(no(Some(5)), no(Some(7))),
            Some((Some(false), Some(false), Some(7)))
        );
        assert_eq!(
            told(no(Some(5)), no(None)),
            Some((Some(false), Some(false), None))
        );
        assert_eq!(
            told(yes(Some(5)), no(Some(7))),
            Some((None, Some(false), Some(7)))
        );
        assert_eq!(
            told(no(Some(5)), yes(Some(7))),
            Some((Some(false), None, Some(5)))
        );
        assert_eq!(
            told(no(Some(5)), yes(Some(5))),
            Some((Some(false), Some(true), Some(5)))
        );
        assert_eq!(
            told(no(None), yes(None)),
            Some((Some(false), Some(true), None))
        );
    }

    /// A cart of Shopify's whose shop counts in `code`, with one line.
    fn basket(code: &str, item: &str) -> Basket {
        let body = format!(
            r#"{{"token":"t","updated_at":"2026-11-20T14:00:15Z","line_items":[{{"variant_id":41,"product_id":8,"quantity":2,{item}}}]}}"#
        );
        let envelope = Envelope {
            shop_currency: Currency::parse(code),
            ..Envelope::default()
        };
        match read(
            Platform::Shopify,
            "carts/update",
            body.as_bytes(),
            &envelope,
        ) {
            Ok(Tidings::Basket(basket)) => basket,
            other => panic!("{other:?}"),
        }
    }

    fn words(code: &str, item: &str) -> Vec<Word> {
        basket(code, item).words(Currency::parse(code).unwrap())
    }

    #[test]
    fn a_basket_says_what_its_products_are_called_and_cost_exactly() {
        for (code, price, minor) in [
            ("JPY", "1500", 1_500),
            ("EUR", "15.05", 1_505),
            ("KWD", "1.505", 1_505),
        ] {
            let item = format!(r#""title":"Mug","price":"{price}""#);
            let [word] = <[Word; 1]>::try_from(words(code, &item)).unwrap();
            let mut heard = Heard::new(word.variant.clone());
            assert!(heard.take(word, 0));
            let product = heard.outline().product().unwrap();
            let currency = Currency::parse(code).unwrap();
            assert_eq!(product.price(), Money { minor, currency });
            let said = (product.variant.as_str(), product.title.as_str());
            assert_eq!(said, ("41", "Mug"));
            assert_eq!(product.product.as_deref(), Some("8"));
        }
    }

    #[test]
    fn what_is_free_or_in_no_currency_has_a_name_and_no_price() {
        for item in [
            r#""title":"Mug","price":"0.00""#,
            r#""title":"Mug","price":"-1""#,
            r#""title":"Mug","price":"garbled""#,
            r#""title":"Mug""#,
        ] {
            let [word] = <[Word; 1]>::try_from(words("EUR", item)).unwrap();
            assert_eq!((word.title.as_deref(), word.price), (Some("Mug"), None));
        }
        // And of what has neither there is nothing to say.
        assert_eq!(words("EUR", r#""sku":"x""#), []);
    }

    #[test]
    fn the_only_variant_of_a_product_is_not_called_by_a_name_that_nobody_gave_it() {
        let detail = |name: &str| {
            let item = format!(r#""title":"Mug","variant_title":"{name}""#);
            words("EUR", &item).pop().unwrap().detail
        };
        assert_eq!(detail("Default Title"), None);
        assert_eq!(detail(""), None);
        assert_eq!(detail("Blue"), Some(String::from("Blue")));
    }
}
