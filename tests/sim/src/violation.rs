//! What must never be seen.

use std::fmt;

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// 1: what was acknowledged is not in the log.
    AcknowledgedLost,
    /// 1: the log's entries do not hash to its head, or cannot be read.
    ChainBroken,
    /// 1 and 2: the state is not the fold of the log, or not to the same bytes.
    NotTheFold,
    /// 1: a row does not hold what was written.
    RowDiffers,
    /// 3: a line is there that should not be, or the other way round.
    LinesDiffer,
    /// 3: a page ends with other lines than its cart.
    NotConverged,
    /// 6: a marketing platform was not told that nothing may follow on what it had.
    NotRecalled,
    /// 4: the provider accepted one step twice.
    SentTwice,
    /// 4: one key was used for different bytes, which a provider answers with an error.
    BytesDiffer,
    /// 5: a try followed one of unknown outcome outside the window.
    TriedAfterUnknown,
    /// 6: a release followed an acknowledged stop.
    ReleasedAfterStop,
    /// 6: a stop was acknowledged while a lease was alive.
    StoppedTooEarly,
    /// 6: an order was acknowledged before everybody had heard of it.
    OrderNotTold,
    /// 7: a message was accepted in the shopper's quiet hours.
    QuietHours,
    /// 7: more messages were accepted than a cap or the gap allows.
    Capped,
    /// 7: a text message was accepted when a country's law forbids it.
    Unlawful,
    /// A message went that a person had to approve and had not, or had rejected.
    NotApproved,
    /// 7: what was put off was dropped.
    DeferralDropped,
    /// 4: somebody was told the same news twice.
    NewsTwice,
    /// News was told that was not true any more.
    NewsUntrue,
    /// 9: somebody who is held out was written to.
    HeldOut,
    /// 8: a release came before its time.
    TooEarly,
    /// 8: a wake-up is more than 15 minutes overdue.
    Overdue,
    /// 8: a step is open and nobody will wake it.
    Forgotten,
    /// 8: a left cart that somebody should be written to about has no plan.
    LeftAlone,
    /// 8: the desk was never told what a person should see.
    Unreported,
    /// 8: something is owed for ever, or a world does not come to rest.
    Restless,
    /// What a Shopper knows of a cart became older.
    OlderSlot,
    /// 10: a contact is where none belongs.
    ContactLeaked,
    /// Somebody was told of a cart that is not theirs.
    StrangersCart,
    /// Somebody's contact stands at another person.
    StrangersContact,
    /// 4: what was joined counts twice.
    TakenInTwice,
    /// Somebody was written to who had not agreed, or had taken it back.
    NotAgreed,
    /// A yes that nobody took back is not known any more.
    ConsentLost,
    /// A join made a yes of a no.
    ConsentLoosened,
    /// 4: a person who was joined to another one was written to by the old name.
    ReleasedByLoser,
    /// A cart ends with other lines than the shop's own basket.
    BasketDiffers,
    /// A basket does not end with whom the shop has named last.
    NotTheirs,
    /// A fork's order touched what the fork had not copied.
    ForkTooStrong,
}

/// A promise that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub broken: Broken,
    /// When, ms after the world's beginning.
    pub at: u64,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {} ms: {}", self.broken, self.at, self.detail)
    }
}
