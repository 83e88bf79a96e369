//! Why messages wait or are not sent: each reason has to come up, or a run has not tested it.

use homing_core::calendar::Reason;
use homing_core::decision::{Decided, Hold, Made};
use homing_core::delivery::Skip;

macro_rules! reasons {
    ($($name:ident),+ $(,)?) => {
        /// A reason, whatever belongs to it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Why { $(#[doc = stringify!($name)] $name),+ }

        impl Why {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

reasons! {
    Active, Paused, CartUnreadable, Schedule, Approval, UsualHour,
    QuietHours, Cap, MinimumGap,
    CountryHours, CountryWeekday, CountryHoliday, CountryOnce, CountryDeadline, ShopsCountryRule, Suppressed,
    Ordered, Unsubscribed, Bounced, Emptied, NoConsent, NoContact, NotInCatalogue, Holdout, NoSequence, ConditionUnmet,
    NoChannel, Restrained, Rejected, CartBegun, Passed, FlagOff, Fraud, InvalidContact, Complained, SoftBounced, RecentlyOrdered,
    Withheld, Joined, Silenced, OptedOut, OfferRefused, AddressLimit, NetworkLimit, ShopLimit, Automated, CardTesting,
}

pub(crate) const REASONS: usize = Why::ALL.len();

impl Why {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "waits: active",
            Self::Paused => "waits: paused",
            Self::CartUnreadable => "waits: cart unreadable",
            Self::Schedule => "waits: the sequence begins later",
            Self::Approval => "waits: approval",
            Self::UsualHour => "waits: usual hour",
            Self::QuietHours => "held: quiet hours",
            Self::Cap => "held: cap",
            Self::MinimumGap => "held: least gap",
            Self::CountryHours => "held: a country's hours",
            Self::CountryWeekday => "held: a country's day of rest",
            Self::CountryHoliday => "held: a country's holiday",
            Self::CountryOnce => "held: a country's one message a cart",
            Self::CountryDeadline => "held: a country's deadline",
            Self::ShopsCountryRule => "held: the shop's rule for a country",
            Self::Suppressed => "held: a suppression that ends",
            Self::Ordered => "not sent: ordered",
            Self::Unsubscribed => "not sent: unsubscribed",
            Self::Bounced => "not sent: bounced",
            Self::Emptied => "not sent: emptied",
            Self::NoConsent => "not sent: no consent",
            Self::NoContact => "not sent: no contact",
            Self::NotInCatalogue => "not sent: not in the catalogue",
            Self::Holdout => "not sent: holdout",
            Self::NoSequence => "not sent: no sequence",
            Self::ConditionUnmet => "not sent: condition unmet",
            Self::NoChannel => "not sent: no channel",
            Self::Restrained => "not sent: restrained for too long",
            Self::Rejected => "not sent: rejected",
            Self::CartBegun => "not sent: a cart was begun",
            Self::Passed => "not sent: not so any more",
            Self::FlagOff => "not sent: a flag is off",
            Self::Fraud => "not sent: fraud",
            Self::InvalidContact => "not sent: invalid contact",
            Self::Complained => "not sent: complained",
            Self::SoftBounced => "not sent: soft bounced",
            Self::RecentlyOrdered => "not sent: recently ordered",
            Self::Withheld => "not sent: withheld",
            Self::Joined => "not sent: joined to another identity",
            Self::Silenced => "not sent: silenced by an answer",
            Self::OptedOut => "not sent: asked for none by this channel",
            Self::OfferRefused => "not sent: no code",
            Self::AddressLimit => "not sent: too many carts name the address",
            Self::NetworkLimit => "not sent: too many addresses of a network",
            Self::ShopLimit => "not sent: too many addresses of the shop",
            Self::Automated => "not sent: a machine's cart",
            Self::CardTesting => "not sent: cards are tried",
        }
    }

    /// Why a step was skipped.
    pub(crate) fn of_skip(skip: Skip) -> Self {
        match skip {
            Skip::Ordered => Self::Ordered,
            Skip::Unsubscribed => Self::Unsubscribed,
            Skip::Bounced => Self::Bounced,
            Skip::Emptied => Self::Emptied,
            Skip::NoConsent => Self::NoConsent,
            Skip::NoContact => Self::NoContact,
            Skip::NotInCatalogue => Self::NotInCatalogue,
            Skip::Holdout => Self::Holdout,
            Skip::NoSequence => Self::NoSequence,
            Skip::ConditionUnmet => Self::ConditionUnmet,
            Skip::NoChannel => Self::NoChannel,
            Skip::Restrained => Self::Restrained,
            Skip::Rejected => Self::Rejected,
            Skip::CartBegun => Self::CartBegun,
            Skip::Passed => Self::Passed,
            Skip::FlagOff => Self::FlagOff,
            Skip::Fraud => Self::Fraud,
            Skip::InvalidContact => Self::InvalidContact,
            Skip::Complained => Self::Complained,
            Skip::SoftBounced => Self::SoftBounced,
            Skip::RecentlyOrdered => Self::RecentlyOrdered,
            Skip::Withheld => Self::Withheld,
            Skip::Joined => Self::Joined,
            Skip::Silenced => Self::Silenced,
            Skip::OptedOut => Self::OptedOut,
            Skip::OfferRefused => Self::OfferRefused,
            Skip::AddressLimit => Self::AddressLimit,
            Skip::NetworkLimit => Self::NetworkLimit,
            Skip::ShopLimit => Self::ShopLimit,
            Skip::Automated => Self::Automated,
            Skip::CardTesting => Self::CardTesting,
            // The link has room in every text here, and nobody is erased: these are never said.
            Skip::TextTooLong | Skip::Erased => Self::NotInCatalogue,
        }
    }

    fn of_hold(hold: Hold) -> Self {
        match hold {
            Hold::Active => Self::Active,
            Hold::Paused => Self::Paused,
            Hold::CartUnreadable => Self::CartUnreadable,
            Hold::Schedule => Self::Schedule,
            Hold::Approval => Self::Approval,
            Hold::UsualHour => Self::UsualHour,
            Hold::Restrained(reason) => Self::of_rule(reason),
            Hold::Suppressed(_) => Self::Suppressed,
            // Whoever has a number is always there to be asked here, so this is never said.
            Hold::NumberUnheard => Self::CartUnreadable,
            // Said of a try, and not at the gate.
            Hold::OfferRefused => Self::Active,
        }
    }

    fn of_rule(reason: Reason) -> Self {
        match reason {
            Reason::QuietHours => Self::QuietHours,
            Reason::Cap(_) => Self::Cap,
            Reason::MinimumGap => Self::MinimumGap,
            Reason::CountryHours(_) => Self::CountryHours,
            Reason::CountryWeekday(_) => Self::CountryWeekday,
            Reason::CountryHoliday(_) => Self::CountryHoliday,
            Reason::CountryOnce(_) => Self::CountryOnce,
            Reason::CountryDeadline(_) => Self::CountryDeadline,
            Reason::ShopsCountryRule(_) => Self::ShopsCountryRule,
        }
    }

    /// What a decision at the gate gives as its reason, other than one that ends its step: those are counted where steps end. A
    /// rule that holds for ever tells which one it was in the decision's account alone.
    pub(crate) fn of(decided: &Decided) -> Option<Self> {
        match decided.made {
            Made::Send(_) => None,
            Made::Defer { hold, .. } => Some(Self::of_hold(hold)),
            Made::Skip(Skip::Restrained) => {
                let seen = decided.seen.as_str();
                if seen.contains("one such message for each cart") {
                    Some(Self::CountryOnce)
                } else if seen.contains("only within 48 hours") {
                    Some(Self::CountryDeadline)
                } else {
                    None
                }
            }
            Made::Skip(_) => None,
        }
    }
}
