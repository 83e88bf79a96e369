//! The Shop's tables: its record, its catalogue, and when its shoppers want to be woken.

use crate::error::Problem;
use crate::json::{text_of, value_of};
use homing_core::bytes::{from_base64url_any, to_base64url};
use homing_core::catalogue::Product;
use homing_core::experiment::{ArmId, Assigned, Counted, Exposed, Tally, packed};
use homing_core::flood::Introductions;
use homing_core::ids::ShopperId;
use homing_core::news::Marks;
use homing_core::object::codec;
use homing_core::object::shopper::Exposure;
use homing_core::preview::TestSends;
use homing_core::prices::Prices;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use worker::{SqlStorage, SqlStorageValue};

/// What is kept in the table `record`: the record itself, when old reports were looked for last, which dead letters are tried again, and
/// how many contacts were typed; the tests of messages of the last day, and how far everybody is forgotten.
const RECORD: u8 = 0;
pub(super) const AGED: u8 = 1;
pub(super) const REPLAY: u8 = 2;
const INTRODUCTIONS: u8 = 3;
const TESTS: u8 = 4;
pub(super) const SHOP_ERASURE: u8 = 5;

/// The tables of one Shop.
pub struct ShopStore(pub(super) SqlStorage);

#[derive(Deserialize)]
pub(super) struct Text {
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct Number {
    pub(super) value: f64,
}

#[derive(Deserialize)]
struct GroupRow {
    held: f64,
    exposures: f64,
    conversions: f64,
}

#[derive(Deserialize)]
struct ArmRow {
    arm: String,
    exposures: f64,
    conversions: f64,
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS product (variant TEXT PRIMARY KEY, value TEXT NOT NULL, prices TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS product_of ON product (json_extract(value, '$.product'))
  WHERE json_extract(value, '$.product') IS NOT NULL;
CREATE TABLE IF NOT EXISTS wake (shopper TEXT PRIMARY KEY, version INTEGER NOT NULL, at INTEGER,
  held INTEGER, exposed_at INTEGER, converted_at INTEGER, arms TEXT, watched TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wake_at ON wake (at) WHERE at IS NOT NULL;
CREATE TABLE IF NOT EXISTS report (shopper TEXT NOT NULL, conversation INTEGER NOT NULL, step INTEGER NOT NULL, state TEXT NOT NULL,
  code TEXT NOT NULL, at INTEGER NOT NULL, trace TEXT, PRIMARY KEY (shopper, conversation, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS news (id INTEGER PRIMARY KEY, value TEXT NOT NULL, reached TEXT NOT NULL);
";

impl ShopStore {
    /// Opens the tables of a configured shop, making them where `create` says so.
    pub fn open(sql: SqlStorage, create: bool) -> Result<Option<Self>, Problem> {
        let known: Vec<Text> = sql
            .exec(
                "SELECT name AS value FROM sqlite_master WHERE name = 'news'",
                None,
            )?
            .to_array()?;
        if known.is_empty() {
            if !create {
                return Ok(None);
            }
            sql.exec(SCHEMA, None)?;
        }
        Ok(Some(Self(sql)))
    }

    /// The record's JSON.
    pub fn record(&self) -> Result<Option<String>, Problem> {
        self.kept_as(RECORD)
    }

    /// Writes the record.
    pub fn put_record(&self, json: &str) -> Result<(), Problem> {
        self.keep_as(RECORD, json)
    }

    /// The tests of messages of the last day.
    pub fn tests(&self) -> Result<TestSends, Problem> {
        let kept = self.kept_as(TESTS)?;
        kept.map_or_else(|| Ok(TestSends::default()), |json| value_of(&json))
    }

    /// Writes them down.
    pub fn put_tests(&self, tests: &TestSends) -> Result<(), Problem> {
        self.keep_as(TESTS, &text_of(tests)?)
    }

    /// What is kept under a number.
    pub(super) fn kept_as(&self, id: u8) -> Result<Option<String>, Problem> {
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT value FROM record WHERE id = ?",
                vec![SqlStorageValue::Float(f64::from(id))],
            )?
            .to_array()?;
        Ok(rows.into_iter().next().map(|row| row.value))
    }

    /// Keeps a text under a number.
    pub(super) fn keep_as(&self, id: u8, text: &str) -> Result<(), Problem> {
        self.0.exec(
            "INSERT OR REPLACE INTO record (id, value) VALUES (?, ?)",
            vec![SqlStorageValue::Float(f64::from(id)), text.into()],
        )?;
        Ok(())
    }

    /// What is kept encoded under a number.
    pub(super) fn encoded_as<T: DeserializeOwned>(&self, id: u8) -> Result<Option<T>, Problem> {
        let Some(text) = self.kept_as(id)? else {
            return Ok(None);
        };
        let bytes = from_base64url_any(&text).unwrap_or_default();
        Ok(Some(codec::decode(&bytes)?))
    }

    /// Keeps something encoded under a number.
    pub(super) fn encode_as<T: Serialize>(&self, id: u8, value: &T) -> Result<(), Problem> {
        self.keep_as(id, &to_base64url(&codec::encode(value)?))
    }

    /// How many contacts that nobody vouches for have come; what cannot be read counts from now on.
    pub fn introductions(&self) -> Introductions {
        let known = self.encoded_as(INTRODUCTIONS).ok().flatten();
        known.unwrap_or_default()
    }

    /// Writes that down.
    pub fn put_introductions(&self, counted: &Introductions) -> Result<(), Problem> {
        self.encode_as(INTRODUCTIONS, counted)
    }

    /// Adds or replaces a product, with what it has cost.
    pub fn put_product(&self, product: &Product, prices: &Prices) -> Result<(), Problem> {
        self.0.exec(
            "INSERT OR REPLACE INTO product (variant, value, prices) VALUES (?, ?, ?)",
            vec![
                product.variant.as_str().into(),
                text_of(product)?.into(),
                text_of(prices)?.into(),
            ],
        )?;
        Ok(())
    }

    /// What a product has cost; `None` for an unknown one.
    pub(super) fn prices(&self, variant: &str) -> Result<Option<Prices>, Problem> {
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT prices AS value FROM product WHERE variant = ?",
                vec![variant.into()],
            )?
            .to_array()?;
        rows.first().map(|row| value_of(&row.value)).transpose()
    }

    /// The products with these variants; unknown ones are left out.
    pub fn products(&self, variants: &[String]) -> Result<Vec<Product>, Problem> {
        let rows: Vec<Text> = self.rows_of("product", "value", variants)?;
        rows.iter().map(|row| value_of(&row.value)).collect()
    }

    /// Columns of the rows of a table that are about these variants.
    pub(super) fn rows_of<Row: DeserializeOwned>(
        &self,
        table: &str,
        columns: &str,
        variants: &[String],
    ) -> Result<Vec<Row>, Problem> {
        let mut found = Vec::new();
        // The platform binds at most 100 parameters.
        for chunk in variants.chunks(100) {
            let marks = vec!["?"; chunk.len()].join(",");
            let bound: Vec<SqlStorageValue> = chunk
                .iter()
                .map(|variant| variant.as_str().into())
                .collect();
            let rows: Vec<Row> = self
                .0
                .exec(
                    &format!("SELECT {columns} FROM {table} WHERE variant IN ({marks})"),
                    bound,
                )?
                .to_array()?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// How many products there are.
    pub fn count_products(&self) -> Result<u64, Problem> {
        let rows: Vec<Number> = self
            .0
            .exec("SELECT count(*) AS value FROM product", None)?
            .to_array()?;
        Ok(rows.first().map_or(0, |row| whole(row.value)))
    }

    /// Takes when a shopper wants to be woken, what they count as and what they watch, unless something newer is known.
    pub fn put_wake(
        &self,
        shopper: ShopperId,
        version: u64,
        at: Option<u64>,
        exposure: Option<Exposure>,
        arms: &[Exposed],
        watched: &Marks,
    ) -> Result<(), Problem> {
        let number = |value: Option<u64>| {
            value.map_or(SqlStorageValue::Null, |value| {
                SqlStorageValue::Float(double(value))
            })
        };
        self.0.exec(
            "INSERT INTO wake (shopper, version, at, held, exposed_at, converted_at, arms, watched) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (shopper) DO UPDATE SET version = excluded.version, at = excluded.at, held = excluded.held,
               exposed_at = excluded.exposed_at, converted_at = excluded.converted_at, arms = excluded.arms,
               watched = excluded.watched WHERE excluded.version >= version",
            vec![
                shopper.to_string().into(),
                SqlStorageValue::Float(double(version)),
                number(at),
                number(exposure.map(group)),
                number(exposure.map(|exposure| exposure.at)),
                number(exposure.and_then(|exposure| exposure.converted_at)),
                packed(arms).map_or(SqlStorageValue::Null, Into::into),
                if watched.is_empty() {
                    SqlStorageValue::Null
                } else {
                    watched.to_text().into()
                },
            ],
        )?;
        Ok(())
    }

    /// How many shoppers count in each group of a holdout of this share, and how many of them have bought since.
    pub fn tally(&self, share_bp: u16) -> Result<Tally, Problem> {
        let rows: Vec<GroupRow> = self
            .0
            .exec(
                "SELECT held % 2 AS held, count(*) AS exposures, count(converted_at) AS conversions FROM wake WHERE held / 2 = ? GROUP BY held",
                vec![SqlStorageValue::Float(f64::from(share_bp))],
            )?
            .to_array()?;
        let mut tally = Tally::default();
        for row in rows {
            let name = if row.held > 0.0 { "holdout" } else { "treated" };
            let Ok(arm) = ArmId::try_from(String::from(name)) else {
                continue;
            };
            let counts = tally.arm_mut(&arm);
            counts.exposures = whole(row.exposures);
            counts.conversions = whole(row.conversions);
        }
        Ok(tally)
    }

    /// How many shoppers count in each arm of each study, and how many of them have bought since. Each row holds all that its
    /// shopper counts as, so that an exposure costs no row of its own; the database takes them apart.
    pub fn counted(&self) -> Result<Vec<Counted>, Problem> {
        let rows: Vec<ArmRow> = self
            .0
            .exec(
                "SELECT one.key AS arm, count(*) AS exposures, sum(one.value) AS conversions FROM wake, json_each(wake.arms) AS one
                 WHERE wake.arms IS NOT NULL GROUP BY one.key",
                None,
            )?
            .to_array()?;
        let counted = rows.into_iter().filter_map(|row| {
            Some(Counted {
                assigned: Assigned::parse(&row.arm)?,
                exposures: whole(row.exposures),
                conversions: whole(row.conversions),
            })
        });
        Ok(counted.collect())
    }

    /// Shoppers that should have been woken before `before` (epoch ms), the longest overdue first.
    pub fn overdue(&self, before: u64, limit: u32) -> Result<Vec<ShopperId>, Problem> {
        let bound = vec![
            SqlStorageValue::Float(double(before)),
            SqlStorageValue::Float(f64::from(limit)),
        ];
        let rows: Vec<Text> = self.0.exec("SELECT shopper AS value FROM wake WHERE at IS NOT NULL AND at < ? ORDER BY at LIMIT ?", bound)?.to_array()?;
        Ok(rows
            .iter()
            .filter_map(|row| row.value.parse().ok())
            .collect())
    }
}

/// The group in which a shopper counts, as one number: the holdout's share in basis points, and in its last bit who is held out.
fn group(exposure: Exposure) -> u64 {
    (u64::from(exposure.share_bp) << 1) | u64::from(exposure.held)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "versions and epoch ms stay far below 2^53"
)]
pub(super) fn double(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive whole numbers below 2^53"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}
