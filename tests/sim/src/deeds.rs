//! What people do, as a script tells it.

use crate::event::{Back, Callee, Event, Stopping};
use crate::script::Deed;
use crate::shops::SILENCE_MS;
use crate::world::World;
use homing_core::cart::{Op, Quantity};
use homing_core::log::{Stage, What};
use homing_core::object::cart::Input as CartInput;
use homing_core::shop::Provider;

const STAGES: [Stage; 7] = [
    Stage::Started,
    Stage::Contact,
    Stage::Shipping,
    Stage::Price,
    Stage::PaymentStarted,
    Stage::PaymentFailed,
    Stage::PaymentSucceeded,
];

impl World<'_> {
    fn stops(&mut self, who: u8, stopping: Stopping) {
        if let Some(person) = self.people.ids().nth(usize::from(who)) {
            let click = Event::Click {
                person,
                stopping,
                polls: 0,
            };
            self.agenda.put(self.now, click);
        }
    }

    pub(crate) fn deed(&mut self, n: u32) {
        let Some(action) = self.script.actions.get(n as usize).copied() else {
            return;
        };
        let now = self.now;
        self.tell(|| format!("device {}: {:?}", action.device, action.deed));
        // What nobody does in a page.
        match action.deed {
            Deed::Pause { on } => {
                self.paused = on;
                return;
            }
            Deed::Join { a, b, released } => return self.people_are_one(a, b, released),
            Deed::Push {
                variant,
                price,
                available,
            } => return self.push_product(variant, u64::from(price), available),
            Deed::Basket {
                basket,
                change,
                claim,
            } => {
                let shown = claim.then_some((action.device, action.page));
                return self.change_basket(basket, change, shown);
            }
            Deed::StopNotifications { who } => return self.stops(who, Stopping::Notifications),
            Deed::Unsubscribe { who } => return self.stops(who, Stopping::Unsubscribe),
            Deed::Answer { who } => {
                // In one life everybody answers alike: no later word takes an earlier one back.
                let silent = self.script.provider == Provider::Resend;
                let until = silent.then_some(now + SILENCE_MS);
                return self.stops(who, Stopping::Answer { until });
            }
            Deed::Suppress { who, cause, hours } => {
                let until = (hours > 0).then(|| now + u64::from(hours) * 3_600_000);
                return self.stops(who, Stopping::Suppress { cause, until });
            }
            _ => {}
        }
        let Some(id) = self.open_page(action.device, action.page) else {
            return;
        };
        let line = |variant: u8| {
            let lines = &self.stage.lines;
            lines.get(usize::from(variant) % lines.len().max(1))
        };
        if let Deed::Notify(notice) = action.deed {
            if self.notify(id, notice) {
                self.wrote(id, 1);
            }
            return;
        }
        let page = self.pages.at_mut(id);
        let written = match action.deed {
            Deed::Add { variant, qty } => {
                let (Some(line), Ok(qty)) = (line(variant), Quantity::new(u32::from(qty))) else {
                    return;
                };
                u64::from(page.add(now, line.clone(), qty))
            }
            Deed::Set { variant, qty } => match line(variant) {
                Some(line) => page.set(now, line, u32::from(qty)),
                None => 0,
            },
            Deed::Clear => {
                let dots = page.dots();
                u64::from(!dots.is_empty() && page.write(now, What::Lines(Op::Close { dots })))
            }
            Deed::Order => {
                let dots = page.dots();
                let order = String::from("A-1");
                u64::from(page.write(now, What::Order { dots, order }))
            }
            Deed::View { variant } => {
                let Some(line) = line(variant) else { return };
                let variant = line.variant().as_str().to_owned();
                let dwell_ms = 1_200;
                u64::from(page.write(now, What::View { variant, dwell_ms }))
            }
            Deed::Quote { on } => u64::from(page.write(now, What::Quote { quote: on })),
            Deed::Exit => {
                let how = String::from("pointer");
                u64::from(page.write(now, What::Exit { how }))
            }
            Deed::Checkout { stage } => {
                let stage = STAGES.get(usize::from(stage)).copied();
                u64::from(page.write(
                    now,
                    What::Checkout {
                        stage: stage.unwrap_or(Stage::Started),
                        latency_ms: None,
                        code: None,
                    },
                ))
            }
            Deed::Identify(word) => return self.says_who(id, word),
            Deed::Leave { rest } => return self.leave(id, rest),
            Deed::Offline => return self.connect(id, false),
            Deed::Online => return self.connect(id, true),
            Deed::Repeat => return self.repeat(id),
            Deed::OpenLink { who } => {
                if let Some(person) = self.people.ids().nth(usize::from(who)) {
                    self.open_link(id, person);
                }
                return;
            }
            Deed::Revoke => {
                let basket = page.basket;
                if self.baskets.at(basket).hosted.is_written() {
                    self.call(Callee::Cart(basket, CartInput::Revoke), Back::Nobody);
                }
                return;
            }
            Deed::Pause { .. }
            | Deed::Push { .. }
            | Deed::Basket { .. }
            | Deed::Notify(_)
            | Deed::StopNotifications { .. }
            | Deed::Unsubscribe { .. }
            | Deed::Suppress { .. }
            | Deed::Answer { .. }
            | Deed::Join { .. } => return,
        };
        if written > 0 {
            self.wrote(id, written);
        }
    }
}
