//! # The simulation
//!
//! The proof of what Homing promises: no acknowledged event is lost, nothing is sent twice, nothing is sent after the purchase.
//! Small shops live for days in virtual time, on the core's real rules, while everything around them fails.
//!
//! `npm run simulate -- --lives 1000000 --seed 1` plays worlds until that many carts have lived (`--carts` says the same).
//! `--seeds K` plays K runs with the seeds that follow. `--bug NAME` puts a deliberate bug into the core and fails unless it is
//! found; `npm run bugs` does so with each. `--trace FILE` plays one saved script. A run fails when a promise is broken, and when a
//! fault or a reason came up too seldom for its length ([`Tally::seldom`]): a thousandth of the lives for each fault, a
//! ten-thousandth for each reason to wait or not to send.
//!
//! ## Words
//! A *world* is one shop with one to three people, each with one to three devices, each device with one or two pages whose
//! journals share the device's cart. A *life* is one cart of which the edge has heard: a device's, or a fork of one. A
//! *script* holds everything that will happen in a world, drawn from its seed before it begins: timed actions, and faults, each
//! at the nth opportunity of its kind. Playing a script is a pure function, so a script that broke a promise can be shrunk
//! ([`shrink`](fn@shrink)), saved as JSON, and played again. `seeds/*.json` are scripts that once found something; the tests
//! play them all.
//!
//! ## What is simulated
//! - *Objects* (`host`): the core's `Cart` and `Shopper`, hosted as the worker hosts them: a durable row and memory that goes on
//!   without it, effects carried out one after the other with calls of others in between, the output gate (replies and effects
//!   leave after the write), eviction, kills before and after each write and before each effect. After a kill the state is read
//!   from the row's bytes.
//! - *Alarms*: at least once; up to 5 s early, up to a minute late, twice, or given up for ever, so that only the sweep helps.
//! - *Queues* (`consumer`): hints lost, repeated, late and out of order; the relay likewise, with its growing waits.
//! - *The desk and the sweep* (`desk`): calls that fail before or after they were carried out; runs of the sweep that fail.
//! - *Providers* (`consumer`): one like SMTP without idempotency, one like Resend with 24 hours of it; 429, 5xx, no answer, accepted
//!   with the answer lost, accepted after the consumer gave up, answered late, recipient or message refused. The consumer gives
//!   up before its lease ends, dies before or after the send, or cannot say what became of it.
//! - *Browsers* (`browser`): the SDK's journal: unacknowledged events are kept and resent in order; views on base and pending;
//!   beacons lost, repeated, late, answers lost; offline spells; clocks wrong by seconds, hours or decades; pages closing with
//!   requests under way; beacons that carry only what no request carries; forks by recovery link and by a second contact;
//!   people who claim to be somebody else, order in the middle of everything, or unsubscribe while a message is on its way.
//! - *Joins* (`join`): a server says that two people are one, known by two addresses or by an address and a telephone number;
//!   repeated, crossing, in chains, while a message to one of them is on its way, with every fault of the calls between the objects.
//! - *Coincidences* (`coincidence`): what takes a moment each and falls together: a join and a send, an order and the request before it, a no on
//!   one cart and a notification about another one.
//! - *Baskets of the shop's own* (`server`): its server tells of them until it is answered; twice, late and out of order, with answers lost, with
//!   every fault of the calls that it takes; of half of them by payloads some of which do not say whose they are; addresses are taken away. Browsers show their tokens with their own baskets and with other people's; the person whose
//!   basket it is changes, is mistyped, is somebody else's claim.
//! - *Attacks on identity*: every browser types its owner's own number beside whatever address it claims; people claim each other's
//!   addresses, order and unsubscribe there, open each other's links.
//! - *The merchant*: pauses, resumes, revokes links; sells something that is not in the catalogue.
//! - *Replays* (`replay`): the merchant has messages tried again that did not arrive: one, those of a cause, all; also such as may have arrived.
//!   Wishes are lost, said twice, answered to nobody; the list of a wish about many is broken off and taken up.
//! - *Notifications* (`notification`): browsers say that they take them, and not any more, under new addresses, more than are remembered; push
//!   services say that a browser is gone; people want none any more.
//! - *Codes* (`consumer`): the platform makes one for a message, late, or has no time, or refuses, or its answer is lost.
//! - *Errands* (`errand`): services of audiences, which carry out what they take up to a day later in any order, and places at which a shop's own
//!   people hear of quotes; tries that are refused for now or for good, done without an answer, answered too late, or whose process is killed.
//! - *News* (`news`): products are pushed anew with other prices, sold out or back; hints of it are lost, repeated and late, those who
//!   are told fail, and everybody is told again.
//!
//! ## What is checked after every step (`witness`, `model`)
//! The invariants: (1) acknowledged operations are in the log, each new entry verifies, the state is the log's fold, told
//! again in a shadow; (2) state and shadow are the same bytes; (3) lines live exactly while an unremoved, unbought add is behind
//! them, by a model that is simpler than the core's and forgets nothing, and all pages end with their cart's lines; (4) one
//! acceptance a step; (5) no try after one of unknown outcome, outside the window; (6) no release after an acknowledged stop,
//! and acceptances after one only beyond the lease's end, counted as crossed; (7) quiet hours, caps, gaps, seasons, what the shop
//! forbids itself and the law of the country at the moment at which a provider accepts, by clocks, calendars and rules of the
//! simulation's own (`place`, `shops`); (8) no wake-up more than 15 minutes overdue, no
//! step open at the end, every left cart thought of, every report told; (9) nobody who is held out is written to, by a draw of the
//! simulation's own; (10) planted contacts in no cart row, log entry or fact.
//! Also: slots never become older, rows hold what was written, forks touch only what they copied, nobody learns of a stranger's
//! cart, no release before its time, none that a person had to approve and has not, or has rejected; a message about news tells
//! what is so, and what nobody of the same person has been told before. Nothing of this is sampled.
//!
//! Of the shop's own baskets (`witness/basket`): a browser's cart has lines of a basket only if it was the first whose token was shown with
//! it, and no more of them once the shop says that the basket is somebody else's; everybody who ever had something of it has
//! heard of an order before that is acknowledged; a cart that only the server changes ends as the basket; and a basket ends with whomever the
//! shop has named last, whatever that telling was overtaken by.
//!
//! Of what was added to messages (`witness/{replay,notification,code,audience,alert}`): a message that may have gone out goes again only as often as
//! somebody has said that it may, and what was to be tried again has an end that the merchant hears of; a notification goes to a browser that
//! has asked on the very cart that it shows, is there and wants it, and of eight at most; a message has one code, which nobody else has and
//! which is there before the message is; nobody is added to an audience who has not agreed, has bought or wants nothing, no removal goes
//! beside an addition or waits longer than a wake-up may, and nobody is left in an audience; a quote is told of once at each place, never when
//! it was bought, and never forgotten.
//!
//! All of it holds for a person, whatever identities were joined: from a join's acknowledgement on, stops, caps and the holdout of
//! one identity are those of all; nobody is written to by the name of one that went over; what was handed over counts once; a no
//! under one is a no; a text message goes only to a number that a server vouches for, or that was typed on that very cart.
//!
//! ## Shops and places
//! Twenty prepared shops (`shops`), each with both providers: with and without restraint, with approval, with rules for whom and
//! when, with text messages under the law of France and of the United States, with a channel that nobody carries, with seasons, for
//! shoppers with habits, with rules of its own, quiet after orders, with surveys, with news of prices and stock and with quotes,
//! with notifications, with audiences and alerts, and with codes.
//! Their people live in India, Paris, New York, or nobody knows
//! where; worlds begin on any day of a year, in France often before a holiday. Texts go
//! by a provider that knows no idempotency key, whoever carries the shop's mails. Nobody in it answers STOP.
//!
//! ## What it costs
//! The same hosts count what the platform bills (`bill`). `npm run cost` plays the reference workload (`reference`) without faults and
//! sets prices on it (`cost`, `prices.json`): docs/cost.md.
//!
//! ## What is not simulated
//! HTTP, parsing and origin checks (the edge tests do that); the JavaScript around the SDK's journal, whose rules are told again
//! in `browser`; sealing of rows; KV and its staleness; callbacks of providers; several
//! desks; a platform that loses a durable row, or gives up an alarm of which the desk could not be told. While runs of the sweep
//! fail one after the other, each after the first makes a wake-up five minutes later than (8) allows.

mod agenda;
mod arena;
mod bill;
mod browser;
mod coincidence;
mod consumer;
mod cost;
mod deeds;
mod desk;
mod dice;
mod draw;
mod errand;
mod event;
mod fault;
mod flood;
mod fork;
mod host;
mod join;
mod kin;
mod model;
mod news;
mod notification;
mod page;
mod place;
mod reason;
mod reference;
mod replay;
mod run;
mod script;
mod server;
mod shops;
mod shrink;
mod stage;
mod story;
mod tally;
mod violation;
mod witness;
mod word;
mod world;

pub use bill::Bill;
pub use cost::{Account, Item, Prices};
pub use draw::draw;
pub use fault::{Fault, Strike};
pub use reason::Why;
pub use reference::{Contact, play_reference};
pub use run::{Found, Limits, run};
pub use script::{Action, Deed, Device, Notice, Script};
pub use shrink::shrink;
pub use stage::Stage;
pub use tally::{Seldom, Tally};
pub use violation::{Broken, Violation};
pub use word::{Channels, Word};
pub use world::{play, play_and_tell};
