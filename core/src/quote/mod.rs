//! Quotes that were left: who of a shop's own people hears of one, and what they are told.

mod alert;
mod event;
mod request;
mod settings;
mod summary;

pub use alert::{Alert, Fate};
pub use event::left;
pub use request::{
    Association, Unsaid, hubspot_contact, hubspot_contact_of, hubspot_task, salesforce_task,
};
pub use settings::{Desk, FieldName, QuoteAlerts};
pub use summary::{Quote, Summary};
