//! Two Shoppers of one shop become one person.
//!
//! Only a secret key's call asks for it; nothing that a browser asserts does. The larger id goes over to the smaller one, so that
//! no two can go over to each other. Going over has three phases, each of them committed before anything is said of it:
//!
//! 1. *Settling*: releases nothing any more; what waits is closed, and what is on its way is waited for.
//! 2. *Handing*: every delivery is closed and the state does not change any more, so that it may be handed over as often as it
//!    takes: the winner takes the state of one loser once. Whoever calls meanwhile has to come again.
//! 3. *Gone*: keeps nothing but the winner's name, and sends on to it whatever comes.
//!
//! A Shopper that is on its way itself takes others in as long as it settles. From then on it sends them on, but answers for those
//! that it had taken in before: so exactly one Shopper takes in each loser, in whatever order joins cross.

use super::{Commit, Effect, Input, Refused, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::delivery::{Delivery, DeliveryKey, Skip};
use crate::ids::ShopperId;
use alloc::{boxed::Box, vec::Vec};
use serde::{Deserialize, Serialize};

/// How long the winner may be silent before the state is offered to it once more, ms; doubles up to [`HAND_MAX_MS`].
const HAND_MS: u64 = 30_000;
const HAND_MAX_MS: u64 = 600_000;

/// Where a Shopper stands among a person's identities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// Those that this one speaks for beside its own.
    pub(super) joined: Vec<Joined>,
    /// Whom it goes over to, or has gone over to.
    pub(super) over: Option<Over>,
}

/// An identity that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Joined {
    pub(super) id: ShopperId,
    /// What its conversations' numbers were raised by.
    pub(super) shift: u16,
}

/// On the way to another identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Over {
    pub(super) winner: ShopperId,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Settling,
    Handing { tries: u32, retry_at: u64 },
    Gone { shift: u16 },
}

impl Shopper {
    /// Identities that one person may have. Whoever asks for a join looks; a join that crosses another one may exceed it.
    pub const MAX_IDENTITIES: usize = 64;

    /// The identities that this one speaks for beside its own.
    pub fn joined(&self) -> impl Iterator<Item = ShopperId> + '_ {
        self.identity.joined.iter().map(|joined| joined.id)
    }

    /// Whether it has gone over to another one, and keeps nothing.
    pub fn has_gone(&self) -> bool {
        let over = self.identity.over;
        over.is_some_and(|over| matches!(over.phase, Phase::Gone { .. }))
    }

    /// Whom this one goes over to, or has gone over to.
    pub fn over_to(&self) -> Option<ShopperId> {
        self.identity.over.map(|over| over.winner)
    }

    /// Whether it may not begin anything any more.
    pub(super) fn is_going(&self) -> bool {
        self.identity.over.is_some()
    }

    /// When the state has to be offered to the winner once more, epoch ms.
    pub(super) fn hands_at(&self) -> Option<u64> {
        match self.identity.over?.phase {
            Phase::Handing { retry_at, .. } => Some(retry_at),
            _ => None,
        }
    }

    /// Sorts out what is not for this Shopper any more, or not yet; `Ok` is for itself.
    #[expect(
        clippy::result_large_err,
        reason = "it is the answer, and not an error"
    )]
    pub(super) fn divert(
        &mut self,
        input: Input,
        now: u64,
    ) -> Result<Input, Commit<Effect, Reply>> {
        match &input {
            // What goes out because of an erasure is told by whoever was erased.
            Input::Join { .. } if self.owes_an_erasure() => return Err(Self::come_again()),
            Input::Join { into } => return Err(self.go_over(*into, now)),
            Input::HandedOver { by, shift, settled } => {
                return Err(self.handed_over(*by, *shift, *settled, now));
            }
            // The winner tells its carts itself.
            Input::Wake
            | Input::FactTaken { .. }
            | Input::FactLost { .. }
            | Input::Carts
            | Input::Forgotten { .. } => {
                return Ok(input);
            }
            _ => {}
        }
        let Some(Over { winner, phase }) = self.identity.over else {
            return Ok(input);
        };
        match (phase, input) {
            (Phase::Settling, Input::Erase { .. }) => Err(Self::come_again()),
            (Phase::Settling, input) => Ok(input),
            // A hint that is late: all that it can be about is closed.
            (_, Input::ReleaseAsked { .. }) => Err(Commit::read(Reply::Refused(Refused::Closed))),
            (Phase::Handing { .. }, Input::Unsubscribe) => {
                Err(self.offered(Reply::Taken { settled: false }))
            }
            (Phase::Handing { .. }, _) => Err(self.offered(Reply::Handing)),
            (Phase::Gone { .. }, Input::Unsubscribe) if bugs::is(Bug::StopLostToJoin) => {
                Err(Commit::read(Reply::Taken { settled: true }))
            }
            (Phase::Gone { shift }, input) => Err(Commit::read(Reply::Elsewhere {
                shopper: winner,
                input: Box::new(raised(input, shift)),
            })),
        }
    }

    /// Goes over to `into`, which must have the smaller id.
    fn go_over(&mut self, into: ShopperId, now: u64) -> Commit<Effect, Reply> {
        let reply = |winner, settled| Reply::Joining { winner, settled };
        match self.identity.over {
            None if into < self.id => {
                self.identity.over = Some(Over {
                    winner: into,
                    phase: Phase::Settling,
                });
                self.reach.joins_at = Some(now);
                self.cease(now);
                self.commit(true, now, reply(into, false))
            }
            None => Commit::read(Reply::Refused(Refused::Closed)),
            Some(Over { winner, phase }) => match phase {
                Phase::Settling => Commit::read(reply(winner, false)),
                Phase::Handing { .. } => self.offered(reply(winner, false)),
                Phase::Gone { .. } => Commit::read(reply(winner, true)),
            },
        }
    }

    /// Ends what is planned, though the shopper has stopped nothing. What was spoken about is not spoken about again; what was not,
    /// the winner may begin anew.
    fn cease(&mut self, now: u64) {
        if self.has_spoken() {
            self.end_conversation();
        }
        self.plan = None;
        self.stopped = Some(Skip::Joined);
        self.close_waiting(Skip::Joined, now);
    }

    pub(super) fn has_spoken(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| {
            let own = |delivery: &&Delivery| delivery.key.conversation == plan.conversation;
            self.deliveries
                .iter()
                .filter(own)
                .any(|delivery| delivery.attempts > 0)
        })
    }

    /// Begins to hand over once every delivery is closed; whether it does with this step.
    pub(super) fn begin_handing(&mut self, now: u64) -> bool {
        let all_closed = self
            .deliveries
            .iter()
            .all(|delivery| delivery.state.is_closed());
        let Some(over) = &mut self.identity.over else {
            return false;
        };
        let begins =
            over.phase == Phase::Settling && (all_closed || bugs::is(Bug::LeaseForgottenByJoin));
        if begins {
            over.phase = Phase::Handing {
                tries: 1,
                retry_at: now.saturating_add(HAND_MS),
            };
        }
        begins
    }

    /// Puts the next offer off where one is due at `now`; whether it was.
    pub(super) fn hand_again(&mut self, now: u64) -> bool {
        match &mut self.identity.over {
            Some(Over {
                phase: Phase::Handing { tries, retry_at },
                ..
            }) if *retry_at <= now => {
                let wait = HAND_MS.saturating_mul(1 << (*tries).min(10));
                *retry_at = now.saturating_add(wait.min(HAND_MAX_MS));
                *tries = tries.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// The effect that hands the state over; none while there is nothing to hand.
    pub(super) fn hand_over(&self) -> Option<Effect> {
        let over = self.identity.over?;
        matches!(over.phase, Phase::Handing { .. }).then(|| Effect::HandOver {
            to: over.winner,
            state: Box::new(self.clone()),
        })
    }

    fn offered(&self, reply: Reply) -> Commit<Effect, Reply> {
        let mut commit = Commit::read(reply);
        commit.effects.extend(self.hand_over());
        commit
    }

    /// `by` has taken the state in, and no message of its own is on its way that was released before it knew.
    fn handed_over(
        &mut self,
        by: ShopperId,
        shift: u16,
        settled: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let handing = self.hands_at().is_some();
        if !(handing && settled && by < self.id) {
            return Commit::read(Reply::Done);
        }
        let Self {
            shop,
            id,
            fact,
            reports,
            reported,
            armed_at,
            identity: Identity { joined, .. },
            ..
        } = core::mem::replace(self, Self::new(self.shop, self.id));
        // What the desk has yet to hear is still told from here; that this identity does not count any more, too.
        *self = Self {
            fact,
            reports,
            reported,
            armed_at,
            identity: Identity {
                joined,
                over: Some(Over {
                    winner: by,
                    phase: Phase::Gone { shift },
                }),
            },
            ..Self::new(shop, id)
        };
        self.commit(true, now, Reply::Done)
    }
}

/// The same delivery, in the winner's numbers.
pub(super) fn raised_key(key: DeliveryKey, shift: u16) -> DeliveryKey {
    DeliveryKey {
        conversation: key.conversation.saturating_add(shift),
        ..key
    }
}

/// The same link, in the winner's numbers.
fn raised_ordinal(ordinal: u16, shift: u16) -> u16 {
    let [conversation, step] = ordinal.to_be_bytes();
    let [_, low] = shift.to_be_bytes();
    u16::from_be_bytes([conversation.wrapping_add(low), step])
}

/// The same, in the winner's numbers.
fn raised(input: Input, shift: u16) -> Input {
    match input {
        Input::Outcome {
            key,
            attempt,
            outcome,
            waits_ms,
        } => Input::Outcome {
            key: raised_key(key, shift),
            attempt,
            outcome,
            waits_ms,
        },
        Input::HeardBack {
            key,
            replays,
            channel,
            feedback,
            detail,
            at,
        } => Input::HeardBack {
            key: raised_key(key, shift),
            replays,
            channel,
            feedback,
            detail,
            at,
        },
        Input::Replay {
            key,
            despite_unknown,
        } => Input::Replay {
            key: raised_key(key, shift),
            despite_unknown,
        },
        Input::Approved { key, approved } => Input::Approved {
            key: raised_key(key, shift),
            approved,
        },
        Input::Answered {
            answer,
            ordinal,
            silence_ms,
            settings,
        } => {
            let ordinal = raised_ordinal(ordinal, shift);
            Input::Answered {
                answer,
                ordinal,
                silence_ms,
                settings,
            }
        }
        Input::Offer { ordinal } => Input::Offer {
            ordinal: raised_ordinal(ordinal, shift),
        },
        other => other,
    }
}
