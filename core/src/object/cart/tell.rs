//! What a shop's server tells of its basket, taken into the cart that stands for it.

use super::basket::{Heard, Held, Introduced, Purchase, Source, Taken, Telling};
use super::look::Cadence;
use super::{Cart, Collected, Commit, Effect, Identify, Moment, Ordered, Refusal, Reply};
use crate::cart::{Dot, EventId, Hlc, LineKey, LineView, Op, Quantity};
use crate::flood::Voice;
use crate::ids::CartId;
use crate::log::What;
use alloc::{boxed::Box, string::String, vec::Vec};

impl Cart {
    /// A telling, of a basket that this cart stands for or has something of.
    pub(super) fn tell(
        &mut self,
        mut telling: Telling,
        now: u64,
        entropy: &[u8; 32],
    ) -> Commit<Effect, Reply> {
        let (elsewhere, moved) = self.route(&mut telling);
        if let Some(heard) = elsewhere {
            // The basket may have gone on before this cart's Shopper had heard of what was last told here; nobody tells it again.
            let effects = if self.is_settled() {
                Vec::new()
            } else {
                self.owed(None, now, Cadence::AT_ONCE)
            };
            return Commit {
                effects,
                ..self.told(moved, heard)
            };
        }
        let heard_at = telling.order.as_ref().and_then(|order| order.heard_at);
        let moment = Moment {
            heard_at: heard_at.unwrap_or(now).min(now),
            ..Moment::new(telling.changed_at, now, entropy)
        };
        self.take_telling(telling, moved, moment)
    }

    /// Takes back from the answer what is not in force yet, as [`Cart::finish`] does for browsers.
    pub fn finish_telling(&self, mut taken: Taken) -> Taken {
        taken.in_force = !taken.waits.iter().any(|id| self.is_owed(*id));
        taken
    }

    pub(super) fn taken_as(&self, alias: CartId, waits: Vec<EventId>, stale: bool) -> Taken {
        Taken {
            cart: self.cart,
            epoch: self.state.epoch(),
            status: self.slot().status,
            also: self.also(alias),
            ordered_at: self.source(alias).and_then(|source| source.ordered_at),
            in_force: true,
            waits,
            stale,
            refused: Vec::new(),
        }
    }

    fn take_telling(
        &mut self,
        telling: Telling,
        moved: bool,
        moment: Moment<'_>,
    ) -> Commit<Effect, Reply> {
        let before = self.log.seq();
        let open_before = self.open_epoch();
        let known = self.source(telling.alias).map(|source| source.version);
        // Where it is so far: a row of before says so by having no source.
        if before > 0 {
            self.platforms = self.platforms();
        }
        let mut source = self.source_or_new(telling.alias);
        let mut waits = Vec::new();
        let mut refused = Vec::new();
        let is_stale = self.is_stale(&telling);
        let latest = telling.latest();
        let (changed_at, lines, quote) = telling.contents();
        let identify = self.introduce(&telling, &mut source, moment, &mut waits, &mut refused);
        match &telling.order {
            Some(order) => {
                // It ends what the link led to.
                if telling.by_link && !self.references.knows(&order.reference) {
                    self.note_link(moment.now);
                }
                waits.push(order.id);
                if self.references.knows(&order.reference) {
                    // A browser has told of it: it counts once that does.
                    waits.extend(&self.unsettled);
                }
                self.take_order(order, &telling, &mut source, moment);
            }
            None if latest > source.version && !is_stale => {
                let moment = Moment {
                    at: changed_at.min(moment.now),
                    ..moment
                };
                if let Some(lines) = lines {
                    refused.extend(self.take_lines(&mut source, lines, moment));
                }
                if let Some(quote) = quote.filter(|quote| *quote != self.quote) {
                    let taken = self.take(source.next(), What::Quote { quote }, moment);
                    refused.extend(taken.err().map(|why| (String::from("quote"), why)));
                }
            }
            None => {}
        }
        if !is_stale {
            source.version = source.version.max(latest);
        }
        // A number by itself counts: what it says again, an older telling that comes after it must not take away.
        let is_later = known.is_none_or(|known| latest > known);
        // A new basket that is empty leaves no trace; one that was emptied has to, or what is told late would fill it.
        let says_something = known.is_some() || !source.held.is_empty() || telling.version > 1;
        let mut is_new = self.log.seq() != before || is_later && says_something;
        let alias = telling.alias;
        if is_new {
            // What a row of before says by having nothing of it is read before its source changes.
            if self.source(alias).is_some_and(Source::has_an_owner) {
                self.put_naming(alias, |_| {});
            }
            self.note_contents(&telling, is_stale);
            self.keep_source(source);
            self.platforms.note(telling.platform);
            // One that comes late counts as well, but not for a life that has begun since.
            let is_of_now = |ordered: Ordered| ordered.at < telling.changed_at;
            let counts = !is_stale || self.ordered.is_none_or(is_of_now);
            if telling.by_link && telling.order.is_none() && counts {
                self.note_link(moment.now);
            }
        }
        if self.source(alias).is_some() {
            is_new |= self.note_named(&telling);
        }
        let cadence = self.cadence(open_before, telling.push_every_ms, None);
        let effects = self.owed(identify, moment.now, cadence);
        let mut taken = self.taken_as(alias, waits, is_stale || telling.later.is_some());
        taken.refused = refused;
        Commit {
            write: moved || is_new,
            pages: self.log.spill().into_iter().collect(),
            effects,
            reply: Reply::Told(Box::new(Heard::Taken(taken))),
        }
    }

    /// Hands the contact on, unless it has arrived. Where a later telling has introduced somebody, that of an older one counts only
    /// with an order, of which it has to hear however late that comes, and where its own Shopper has not heard yet, be it of the last word
    /// on consent.
    fn introduce(
        &mut self,
        telling: &Telling,
        source: &mut Source,
        moment: Moment<'_>,
        waits: &mut Vec<EventId>,
        refused: &mut Vec<(String, Refusal)>,
    ) -> Option<Identify> {
        let said_by = self.said_by(telling.alias);
        let forgot_at = self.forgot_after(telling, source);
        let of_then = |at: u64| forgot_at.map_or(at, |forgot_at| at.min(forgot_at));
        let moment = Moment {
            at: of_then(moment.at),
            ..moment
        };
        let is_overtaken = !self.is_last_consent(telling)
            && (telling.version < said_by
                || telling.order.is_none() && !self.is_last_word(telling));
        let is_owed = self.owes(telling);
        let contact = telling
            .contact
            .named()
            .filter(|_| !is_overtaken || is_owed || telling.order.is_some())?;
        let is_anew = source.is_anew_by(telling, self.last_words(telling.alias).consent);
        let introduced = match source.introduced.take() {
            Some(known) if is_anew => Introduced {
                id: source.next(),
                since: source.version,
                is_anew,
                ..known
            },
            known => {
                // A basket that comes back has been somebody else's: what was agreed to before may not be the last word of its owner.
                let comes_back =
                    telling.version > said_by && (telling.moved || self.has_moved_by(telling));
                // A word that its Shopper has not heard is not lost to a telling that says nothing of that.
                let is_unheard = contact.consent.is_none()
                    && known.as_ref().is_some_and(|known| {
                        known.consent.is_some() && self.is_unintroduced(known.id)
                    });
                let same = known.filter(|known| {
                    let is_its = known.shopper == contact.shopper;
                    is_its && (is_overtaken || (known.says(contact) || is_unheard) && !comes_back)
                });
                let mut introduced = same.unwrap_or_else(|| Introduced {
                    id: source.next(),
                    shopper: contact.shopper,
                    consent: contact.consent.clone(),
                    agreed_at: contact.agreed_at,
                    since: telling.version,
                    last_said_at: moment.at,
                    is_anew,
                });
                if !is_overtaken && !is_unheard {
                    introduced.last_said_at = moment.at;
                }
                introduced
            }
        };
        let was_bound = self.binding.is_some();
        let (id, shopper) = (introduced.id, introduced.shopper);
        let at = of_then(introduced.agreed_at.unwrap_or(introduced.last_said_at));
        let consent = introduced.said();
        source.introduced = Some(introduced);
        if !is_overtaken {
            self.note_said(telling);
        }
        waits.push(id);
        if self.state.has_seen(id) && !self.is_unintroduced(id) {
            return None;
        }
        let is_its = shopper == contact.shopper;
        let word = Identify {
            id,
            at,
            told_at: Some(moment.at),
            shopper,
            // Of somebody else than the telling names the Shopper knows it already.
            email: contact.email.clone().filter(|_| is_its),
            phone: contact.phone.clone().filter(|_| is_its),
            consent,
            push: None,
            earlier: Vec::new(),
            voice: Voice::Vouched,
        };
        let mut answer = Collected::default();
        let identify = self.identify(word, moment.now, moment.entropy, &mut answer);
        if identify.is_some() && !was_bound && self.ordered.is_some() {
            // Nobody watched this cart when it was bought: its Shopper has to have heard of that as well.
            self.unsettled.push(id);
        }
        let why = answer.refused.into_iter().map(|(_, why)| why);
        refused.extend(why.map(|why| (String::from("contact"), why)));
        identify
    }

    /// When this cart forgot whose it was, epoch ms, where the telling had been heard by then, or an older one: it is told once more, and
    /// no newer than that.
    fn forgot_after(&self, telling: &Telling, source: &Source) -> Option<u64> {
        let is_known = telling.version <= self.said_by(telling.alias);
        let forgot_at = self.belonging.forgot_at.filter(|_| is_known)?;
        let since = source.introduced.as_ref();
        let is_since = since.is_some_and(|known| known.last_said_at > forgot_at);
        (!is_since).then_some(forgot_at)
    }

    /// Whether a Shopper has to hear of something although the telling is an old one.
    pub(super) fn owes(&self, telling: &Telling) -> bool {
        let Some(source) = self.source(telling.alias) else {
            return false;
        };
        let contact = telling.contact.shopper();
        let known = source.introduced.as_ref();
        let is_waiting = known
            .is_some_and(|known| contact == Some(known.shopper) && self.is_unintroduced(known.id));
        is_waiting
            || source.is_anew_by(telling, self.last_words(telling.alias).consent)
            || self.is_last_consent(telling)
    }

    /// Whether this cart's Shopper has agreed or said no by it, however many tellings have named them since without a word on that.
    fn is_last_consent(&self, telling: &Telling) -> bool {
        let known = self.source(telling.alias);
        let known = known.and_then(|source| source.introduced.as_ref());
        let contact = telling.contact.named();
        let contact = contact.filter(|contact| contact.consent.is_some());
        let is_its = known
            .zip(contact)
            .is_some_and(|(known, contact)| known.shopper == contact.shopper);
        is_its && telling.version > self.last_words(telling.alias).consent
    }

    fn take_order(
        &mut self,
        order: &Purchase,
        telling: &Telling,
        source: &mut Source,
        moment: Moment<'_>,
    ) {
        let id = order.id;
        if self.state.has_seen(id) {
            return;
        }
        self.note_purchase(telling);
        let order = order.reference.clone();
        let is_known = self.references.knows(&order);
        let dots = self.bought(telling, source, moment.at);
        // Never refused: there is room for orders where there is none for anything else.
        if !is_known && self.take(id, What::Order { dots, order }, moment).is_ok() {
            source.ordered_at = Some(moment.heard_at);
        }
        if telling.version > source.version {
            source.held.clear();
        }
    }

    /// The adds that an order covers: of what it names, or else of all that was there when it was placed. The shop's own tellings are
    /// told apart by their numbers: an order that comes after a later one leaves what that one holds.
    fn bought(&self, telling: &Telling, source: &Source, at: u64) -> Vec<Dot> {
        let is_stale = telling.version < source.version;
        let latest = at.saturating_add(Hlc::MAX_AHEAD_MS);
        let is_named = |line: &LineKey| match &telling.lines {
            Some(lines) => lines.iter().any(|(named, _)| named == line),
            None => true,
        };
        let is_bought = |line: &LineKey| match source.held(line) {
            Some(_) => !is_stale,
            None => is_named(line),
        };
        let entries = self
            .state
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .filter(|(_, entry)| entry.line.as_ref().is_some_and(is_bought))
            .filter(|(id, entry)| {
                let in_time = entry.qty.is_none_or(|(clock, _, _)| clock.ms() <= latest);
                in_time || source.told(*id)
            });
        entries
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect()
    }

    /// Changes what is new since the last telling. What the shopper did here in between stays, and absence removes only what the last
    /// telling held.
    fn take_lines(
        &mut self,
        source: &mut Source,
        lines: &[(LineKey, Quantity)],
        moment: Moment<'_>,
    ) -> Vec<(String, Refusal)> {
        let mut refused = Vec::new();
        // A basket as it was before an order that came another way: what it holds was bought.
        let was_bought = self.ordered.is_some_and(|ordered| {
            moment.at <= ordered.at && source.ordered_at != Some(ordered.at)
        });
        if !was_bought {
            let here = self.state.lines();
            for (line, qty) in lines {
                let view = here.iter().find(|view| view.line == *line);
                for op in self.changes(source.held(line), view, line, *qty, moment.now) {
                    if let Err(why) = self.take_op(source, op, moment) {
                        refused.push((String::from(line.variant().as_str()), why));
                    }
                }
            }
            for gone in &source.held.clone() {
                if lines.iter().any(|(line, _)| *line == gone.line) {
                    continue;
                }
                let view = here.iter().find(|view| view.line == gone.line);
                let dots: Vec<Dot> = view
                    .map(|view| view.dots.iter())
                    .into_iter()
                    .flatten()
                    .filter(|dot| gone.dots.contains(&dot.id))
                    .copied()
                    .collect();
                if !dots.is_empty() {
                    let taken = self.take_op(source, Op::Remove { dots }, moment);
                    let variant = || String::from(gone.line.variant().as_str());
                    refused.extend(taken.err().map(|why| (variant(), why)));
                }
            }
        }
        let here = self.state.lines();
        let fits = |line: &LineKey| {
            !refused
                .iter()
                .any(|(name, _)| name == line.variant().as_str())
        };
        let held = lines.iter().filter(|(line, _)| fits(line));
        source.held = held
            .map(|(line, qty)| {
                let view = here.iter().find(|view| view.line == *line);
                let dots = view.map(|view| view.dots.iter().map(|dot| dot.id).collect());
                Held {
                    line: line.clone(),
                    qty: *qty,
                    dots: dots.unwrap_or_default(),
                }
            })
            .collect();
        refused
    }

    /// What makes a line what the basket says, where the basket says something new.
    fn changes(
        &self,
        before: Option<&Held>,
        here: Option<&LineView>,
        line: &LineKey,
        qty: Quantity,
        now: u64,
    ) -> Vec<Op> {
        let clock = self.state.clock().tick(now);
        if before.is_some_and(|held| held.qty == qty) {
            return Vec::new();
        }
        let Some((first, others)) = here.and_then(|view| view.dots.split_first()) else {
            return Vec::from([Op::Add {
                epoch: self.state.epoch(),
                clock,
                line: line.clone(),
                qty,
            }]);
        };
        if here.is_some_and(|view| view.qty == qty.get()) {
            return Vec::new();
        }
        let mut ops = Vec::from([Op::Set {
            clock,
            dot: *first,
            qty,
        }]);
        if !others.is_empty() {
            ops.push(Op::Remove {
                dots: others.to_vec(),
            });
        }
        ops
    }

    fn take_op(&mut self, source: &mut Source, op: Op, moment: Moment<'_>) -> Result<(), Refusal> {
        let id = source.next();
        self.take(id, What::Lines(op), moment)
    }
}
