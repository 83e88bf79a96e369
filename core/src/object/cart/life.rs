//! When a cart began, when its shopper left it and came back: what its merchant reads. Nothing is decided by it.

use super::Cart;
use crate::log::Stage;
use serde::{Deserialize, Serialize};

/// A time in which nobody was there while the cart held lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The last activity before it, epoch ms.
    pub from: u64,
    /// The activity that ended it, epoch ms.
    pub until: u64,
    /// How far the checkout had come then.
    pub stage: Option<Stage>,
    /// Whether it was a business buyer's quote then.
    pub quote: bool,
}

impl Pause {
    /// How long it was, ms.
    pub fn length_ms(&self) -> u64 {
        self.until.saturating_sub(self.from)
    }
}

/// One life of a cart: from its first line to the order or the clearing that ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// When its first line was put in, epoch ms; `None` before that.
    pub created_at: Option<u64>,
    /// When its lines changed last, epoch ms.
    pub modified_at: u64,
    /// The longest time in which nobody was there. Whether that was long enough to have left it, the shop's settings say.
    pub pause: Option<Pause>,
    /// When its shopper first came to it by a recovery link, epoch ms.
    pub linked_at: Option<u64>,
}

impl Cart {
    /// The pause that ends when somebody is there at `at`, epoch ms. Asked before that changes anything.
    pub(super) fn pause_until(&self, at: u64) -> Option<Pause> {
        (!self.state.is_empty()).then_some(Pause {
            from: self.last_activity_at,
            until: at,
            stage: self.stage,
            quote: self.quote,
        })
    }

    /// Keeps a pause, if there was no longer one.
    pub(super) fn note_pause(&mut self, pause: Option<Pause>) {
        let longest = self.life.pause.as_ref().map_or(0, Pause::length_ms);
        self.life.pause = pause
            .filter(|pause| pause.length_ms() > longest)
            .or(self.life.pause);
    }

    /// The lines have changed at `at`, epoch ms.
    pub(super) fn note_change(&mut self, at: u64) {
        self.life.modified_at = self.life.modified_at.max(at);
        if !self.state.is_empty() {
            self.life.created_at.get_or_insert(at);
        }
    }

    /// The shopper of this visit came by a recovery link, however often that is said.
    pub(super) fn note_link(&mut self, at: u64) {
        if self.life.created_at.is_some() {
            self.life.linked_at.get_or_insert(at);
        }
    }

    /// An order or a clearing at `at`, epoch ms, has ended this life. What it left in the cart begins the next one.
    pub(super) fn end_life(&mut self, at: u64) -> Life {
        let ended = core::mem::take(&mut self.life);
        if !self.state.is_empty() {
            self.note_change(at);
        }
        ended
    }
}
