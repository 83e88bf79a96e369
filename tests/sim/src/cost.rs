//! What carts cost by the platform's list prices, and where its limits are reached.

use crate::bill::{Bill, DESK_BYTES};
use crate::tally::Tally;
use serde::Deserialize;
use std::fmt;

/// List prices, and what is assumed where nothing is counted: `prices.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were read.
    pub read_at: String,
    /// Where.
    pub source: String,
    usd_per_million: PerMillion,
    usd_per_gb_month: f64,
    assumed: Assumed,
    /// A million carts may not cost more, USD.
    pub bar_usd: f64,
    /// What they should cost, USD.
    pub goal_usd: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerMillion {
    worker_requests: f64,
    worker_cpu_ms: f64,
    object_requests: f64,
    object_gb_seconds: f64,
    rows_written: f64,
    rows_read: f64,
    queue_operations: f64,
    kv_reads: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assumed {
    /// Memory that an object is billed for while it is awake, GB.
    object_gb: f64,
    /// For how long a call or an alarm keeps an object awake, ms; what it waits for others is counted on top.
    object_ms_a_request: f64,
    /// CPU of the worker's own part of a request, and what handing a message to a provider takes on top, ms.
    worker_cpu_ms_a_request: f64,
    worker_cpu_ms_a_delivery: f64,
    /// Of the times that a shop's configuration is wanted, those at which the isolate has not looked for 30 s.
    kv_reads_a_look_up: f64,
}

/// One line of the account.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// What is billed.
    pub name: &'static str,
    /// How much of it a cart needs.
    pub a_cart: f64,
    /// What that costs for a million carts, USD.
    pub usd: f64,
}

/// What carts cost.
#[derive(Clone, Debug)]
pub struct Account {
    /// The lines.
    pub items: Vec<Item>,
    /// Rows written, by who wrote them, a cart.
    pub rows: [(&'static str, f64); 4],
    /// The limits of the platform, and what of them.
    pub limits: Vec<String>,
    /// How many carts were played.
    pub carts: u64,
}

impl Prices {
    /// The prices that stand beside this crate.
    pub fn known() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../prices.json"))
    }

    /// What was played costs, at `carts` carts.
    pub fn account(&self, tally: &Tally, carts: u64) -> Account {
        let bill = &tally.bill;
        let each = |count: u64| count as f64 / carts.max(1) as f64;
        let (price, assumed) = (self.usd_per_million, self.assumed);
        let awake_ms =
            each(bill.object_requests) * assumed.object_ms_a_request + each(bill.waited_ms);
        let cpu_ms = each(bill.worker_requests) * assumed.worker_cpu_ms_a_request
            + each(bill.deliveries) * assumed.worker_cpu_ms_a_delivery;
        let item = |name, a_cart: f64, usd_each: f64| Item {
            name,
            a_cart,
            usd: a_cart * usd_each,
        };
        let items = vec![
            item(
                "rows written",
                each(bill.rows_written()),
                price.rows_written,
            ),
            item(
                "object requests and alarms",
                each(bill.object_requests),
                price.object_requests,
            ),
            item(
                "object GB-seconds",
                awake_ms / 1_000.0 * assumed.object_gb,
                price.object_gb_seconds,
            ),
            item("rows read", each(bill.rows_read), price.rows_read),
            item(
                "worker requests and batches",
                each(bill.worker_requests),
                price.worker_requests,
            ),
            item("worker CPU, ms", cpu_ms, price.worker_cpu_ms),
            item(
                "queue operations",
                each(bill.queue_operations),
                price.queue_operations,
            ),
            item(
                "KV reads",
                each(bill.look_ups) * assumed.kv_reads_a_look_up,
                price.kv_reads,
            ),
            // Bytes a cart are MB a million carts; a GB has 1,000 of them.
            item(
                "bytes kept for a month",
                each(bill.stored_bytes),
                self.usd_per_gb_month / 1_000.0,
            ),
        ];
        Account {
            items,
            rows: [
                ("carts", each(bill.cart_rows)),
                ("shoppers", each(bill.shopper_rows)),
                ("their alarms", each(bill.alarm_rows)),
                ("the desk", each(bill.desk_rows)),
            ],
            limits: limits(bill, carts),
            carts,
        }
    }
}

/// Where the platform's limits are reached (`facts`: 200 to 500 writes a second, 10 GB and rows of 2 MB for an object, messages of
/// 128 KB, 5,000 of them a second for a queue, one write a second for a key of KV's; one alarm for an object).
fn limits(bill: &Bill, carts: u64) -> Vec<String> {
    const OBJECT_WRITES: f64 = 200.0;
    const OBJECT_BYTES: u64 = 10_000_000_000;
    const ROW_BYTES: u64 = 2_000_000;
    const QUEUE_MESSAGES: f64 = 5_000.0;
    const DAY_S: f64 = 86_400.0;
    let each = |count: u64| count as f64 / carts.max(1) as f64;
    let writes = OBJECT_WRITES / each(bill.desk_writes).max(1e-9);
    let messages = QUEUE_MESSAGES / each(bill.queue_operations / 3).max(1e-9);
    let million = 1e6;
    vec![
        format!(
            "A shop's desk takes {OBJECT_WRITES:.0} writes a second: {writes:.0} carts a second, {:.0} million a day. Further desks are the way on.",
            writes * DAY_S / million
        ),
        format!(
            "A desk's 10 GB hold {:.0} million shoppers at {DESK_BYTES} bytes each.",
            (OBJECT_BYTES / DESK_BYTES) as f64 / million
        ),
        format!(
            "A queue takes {QUEUE_MESSAGES:.0} messages a second: {messages:.0} carts a second over all shops, {:.0} million a day. A message carries ids, below 200 bytes of 128 KB.",
            messages * DAY_S / million
        ),
        format!(
            "A row holds {} KB; the largest here had {:.1} KB. A log spills into rows of its own at 8 KB, a cart holds at most 1,000 adds, a Shopper 16 carts and 48 deliveries.",
            ROW_BYTES / 1_000,
            bill.largest_row as f64 / 1_000.0
        ),
        String::from(
            "A cart or a shopper is an object of its own with at most a few writes a second and one alarm: their number has no limit.",
        ),
        String::from(
            "KV takes one write a second for a key: a shop's configuration can be changed so often, whatever its carts do.",
        ),
    ]
}

impl Account {
    /// A million carts, USD.
    pub fn total_usd(&self) -> f64 {
        self.items.iter().map(|item| item.usd).sum()
    }

    /// As a table for `docs/cost.md`.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| | a cart | USD, a million carts |\n|---|---:|---:|\n");
        for item in &self.items {
            text += &format!("| {} | {:.3} | {:.2} |\n", item.name, item.a_cart, item.usd);
        }
        text += &format!("| **total** | | **{:.2}** |\n\n", self.total_usd());
        text += "Rows written, a cart: ";
        let rows = self.rows.map(|(name, count)| format!("{name} {count:.2}"));
        text += &rows.join(", ");
        text += ".\n\n";
        for limit in &self.limits {
            text += &format!("- {limit}\n");
        }
        text
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34}{:>12}{:>24}",
            "", "a cart", "USD, a million carts"
        )?;
        for item in &self.items {
            writeln!(
                f,
                "{:<34}{:>12.3}{:>24.2}",
                item.name, item.a_cart, item.usd
            )?;
        }
        writeln!(f, "{:<34}{:>36.2}", "total", self.total_usd())?;
        for (name, count) in self.rows {
            writeln!(f, "rows written by {name:<18}{count:>12.3}")?;
        }
        for limit in &self.limits {
            writeln!(f, "{limit}")?;
        }
        Ok(())
    }
}
