//! What can be wrong with input. Each has a stable code that callers may rely on.

/// A value that cannot be what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not `16 hex digits-counter`.
    #[error("an event id is 16 lower-case hexadecimal digits, a hyphen and a number from 1")]
    EventId,
    /// Not an event id with an optional `+carry`.
    #[error("a dot is an event id, optionally followed by + and a number from 1")]
    Dot,
    /// Not a variant id.
    #[error("a variant is 1 to 64 visible ASCII characters")]
    Variant,
    /// Options out of bounds.
    #[error(
        "options are at most 8, names of 40 and values of 160 bytes, without control characters"
    )]
    Options,
    /// Quantity out of bounds.
    #[error("a quantity is 1 to 9999")]
    Quantity,
    /// A field is missing that this kind of event needs.
    #[error("this kind of event needs the field `{0}`")]
    Missing(&'static str),
    /// A field is out of its range.
    #[error("the field `{0}` is out of its range")]
    Range(&'static str),
    /// No such kind of event.
    #[error("there is no such kind of event")]
    Kind,
    /// Not a shop id.
    #[error("a shop id is shop_ and 8 characters of Crockford's base 32")]
    ShopId,
    /// Not an email address.
    #[error("this is not an email address")]
    Email,
    /// Not a phone number.
    #[error("a phone number is + and 8 to 15 digits")]
    Phone,
    /// Not a key of ours.
    #[error("this key is not one of this deployment's")]
    Key,
    /// Not a cart id.
    #[error("a cart id is crt_ and 32 lower-case hexadecimal digits")]
    CartId,
    /// Not a cart's secret.
    #[error("a cart secret is 16 bytes in base64url")]
    CartSecret,
    /// Not an endpoint's id.
    #[error("an endpoint id is ep_ and 16 lower-case hexadecimal digits")]
    EndpointId,
    /// Not an address that may be called.
    #[error(
        "an address is https under a public name in lower case, without user, port, fragment or IP address, and not this service's own"
    )]
    Address,
    /// Not what a browser gives out when it takes notifications.
    #[error("a subscription is an https endpoint, a point of 65 bytes and a secret of 16")]
    Subscription,
    /// No such type of event.
    #[error("an event type is one that is documented, a family such as delivery.*, or *")]
    Interest,
    /// Not a reservation's id.
    #[error("a reservation's id is 1 to 64 letters, digits, -, _, . or :, a letter or digit first")]
    ReservationId,
}

impl Invalid {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::EventId => "event_id_invalid",
            Self::Dot => "dot_invalid",
            Self::Variant => "variant_invalid",
            Self::Options => "options_invalid",
            Self::Quantity => "quantity_invalid",
            Self::Missing(_) => "field_missing",
            Self::Range(_) => "field_out_of_range",
            Self::Kind => "event_kind_unknown",
            Self::ShopId => "shop_id_invalid",
            Self::Email => "email_invalid",
            Self::Phone => "phone_invalid",
            Self::Key => "key_invalid",
            Self::CartId => "cart_id_invalid",
            Self::CartSecret => "cart_secret_invalid",
            Self::EndpointId => "endpoint_id_invalid",
            Self::Address => "address_invalid",
            Self::Subscription => "subscription_invalid",
            Self::Interest => "event_type_unknown",
            Self::ReservationId => "reservation_id_invalid",
        }
    }
}
