//! Deliberate bugs. The simulation puts one in at a time and has to find it; that it finds none in the real rules means little
//! otherwise. Without the feature `bugs`, which no worker is built with, [`is`] is `false` at compile time.

/// A bug that the rules could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// An order does not stop the plan.
    SendAfterOrder = 1,
    /// A delivery that somebody holds is released once more.
    DoubleClaim,
    /// What was bought before its add arrived comes back with the add.
    ResurrectedLine,
    /// An entry of the log is chained to nothing.
    BrokenChain,
    /// What a desk that failed was to be told is forgotten.
    LostOutboxRow,
    /// An alarm is taken for the time that it was set to.
    EarlyAlarmTrusted,
    /// An unsubscribe does not reach a message whose release has begun.
    UnsubscribeRace,
    /// A slot that comes late overwrites a newer one.
    StaleVersion,
    /// What is put off is dropped.
    DroppedDeferral,
    /// Quiet hours are asked of the shop's clock.
    QuietHoursInShopZone,
    /// A shopper who is held out is written to.
    HoldoutLeak,
    /// Caps forget what may have arrived.
    CapForgetsUnknown,
    /// Each channel is capped by itself, though the cap is for all of them.
    CapPerChannel,
    /// Whoever goes over to another identity does not wait for what is on its way.
    LeaseForgottenByJoin,
    /// A state that is handed over again is added up again.
    HandedOverTwice,
    /// Of two consents the looser one holds after a join.
    ConsentJoinedLoosely,
    /// A stop by way of an identity that was joined to another one is taken there, and ends nothing.
    StopLostToJoin,
    /// A number that somebody says beside an address is taken for the person's.
    NumberBelieved,
    /// News that is told again is news again.
    NewsRepeated,
    /// News is told without a look at whether it is still so.
    NewsUnchecked,
    /// A shop's basket goes over to whoever claims it last.
    RivalClaim,
    /// An order is told to the cart that the basket is in, and to nobody else.
    OrderNotPassedOn,
    /// A price counts as fallen by what it was before its last change, whenever the cart was left.
    FallSinceLastPrice,
    /// What was said about one channel is not heard when the other was answered later.
    ConsentByOneClock,
    /// What is said to a cart once more counts as said anew.
    WordSaidAnew,
    /// A marketing platform is not told that nothing may follow.
    RecallForgotten,
    /// Whoever a telling names that was overtaken is not heard of, though those that overtook it name nobody.
    OvertakenContact,
}

#[cfg(feature = "bugs")]
mod active {
    use super::Bug;
    use core::sync::atomic::{AtomicU8, Ordering};

    static ACTIVE: AtomicU8 = AtomicU8::new(0);

    impl Bug {
        /// Every bug.
        pub const ALL: &[Self] = &[
            Self::SendAfterOrder,
            Self::DoubleClaim,
            Self::ResurrectedLine,
            Self::BrokenChain,
            Self::LostOutboxRow,
            Self::EarlyAlarmTrusted,
            Self::UnsubscribeRace,
            Self::StaleVersion,
            Self::DroppedDeferral,
            Self::QuietHoursInShopZone,
            Self::HoldoutLeak,
            Self::CapForgetsUnknown,
            Self::CapPerChannel,
            Self::LeaseForgottenByJoin,
            Self::HandedOverTwice,
            Self::ConsentJoinedLoosely,
            Self::StopLostToJoin,
            Self::NumberBelieved,
            Self::NewsRepeated,
            Self::NewsUnchecked,
            Self::RivalClaim,
            Self::OrderNotPassedOn,
            Self::FallSinceLastPrice,
            Self::ConsentByOneClock,
            Self::WordSaidAnew,
            Self::RecallForgotten,
            Self::OvertakenContact,
        ];

        /// Its name on the command line.
        pub fn name(self) -> &'static str {
            match self {
                Self::SendAfterOrder => "send-after-order",
                Self::DoubleClaim => "double-claim",
                Self::ResurrectedLine => "resurrected-line",
                Self::BrokenChain => "broken-chain",
                Self::LostOutboxRow => "lost-outbox-row",
                Self::EarlyAlarmTrusted => "early-alarm-trusted",
                Self::UnsubscribeRace => "unsubscribe-race",
                Self::StaleVersion => "stale-version",
                Self::DroppedDeferral => "dropped-deferral",
                Self::QuietHoursInShopZone => "quiet-hours-in-shop-zone",
                Self::HoldoutLeak => "holdout-leak",
                Self::CapForgetsUnknown => "cap-forgets-unknown",
                Self::CapPerChannel => "cap-per-channel",
                Self::LeaseForgottenByJoin => "lease-forgotten-by-join",
                Self::HandedOverTwice => "handed-over-twice",
                Self::ConsentJoinedLoosely => "consent-joined-loosely",
                Self::StopLostToJoin => "stop-lost-to-join",
                Self::NumberBelieved => "number-believed",
                Self::NewsRepeated => "news-repeated",
                Self::NewsUnchecked => "news-unchecked",
                Self::RivalClaim => "rival-claim",
                Self::OrderNotPassedOn => "order-not-passed-on",
                Self::FallSinceLastPrice => "fall-since-last-price",
                Self::ConsentByOneClock => "consent-by-one-clock",
                Self::WordSaidAnew => "word-said-anew",
                Self::RecallForgotten => "recall-forgotten",
                Self::OvertakenContact => "overtaken-contact",
            }
        }
    }

    /// Puts one bug in, for the whole process; `None` takes it out.
    pub fn activate(bug: Option<Bug>) {
        ACTIVE.store(bug.map_or(0, |bug| bug as u8), Ordering::Relaxed);
    }

    /// Whether this bug is in.
    #[inline]
    pub fn is(bug: Bug) -> bool {
        ACTIVE.load(Ordering::Relaxed) == bug as u8
    }
}

#[cfg(feature = "bugs")]
pub use active::{activate, is};

/// Whether a bug that strikes now and then is in, and strikes at the `n`th of its opportunities.
#[inline]
pub fn strikes(bug: Bug, n: u64) -> bool {
    is(bug) && n % 16 == 9
}

/// Whether this bug is in: never.
#[cfg(not(feature = "bugs"))]
#[inline(always)]
pub const fn is(_: Bug) -> bool {
    false
}
