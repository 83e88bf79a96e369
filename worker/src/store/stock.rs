//! A shop's stock: how variants stand, and reservations.

use super::shop::{Text, double};
use crate::error::Problem;
use homing_core::bytes::{from_base64url_any, to_base64url};
use homing_core::cart::Variant;
use homing_core::ids::CartId;
use homing_core::object::codec;
use homing_core::stock::{KEPT_MS, Level, Reservation, ReservationId, Shelf, State};
use worker::{SqlStorage, SqlStorageValue};

/// Forgotten reservations that one run takes away at most.
const SWEPT: u32 = 200;

/// The tables of one shop's stock.
pub struct StockStore(SqlStorage);

// What is held for a cart, and what nobody was told of yet, is little: indexes of those alone. Everything else is found by state and end.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS level (variant TEXT PRIMARY KEY, remaining INTEGER, held INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservation (id TEXT PRIMARY KEY, state INTEGER NOT NULL, ends_at INTEGER NOT NULL, cart TEXT, told INTEGER,
  value TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reservation_state ON reservation (state, id);
CREATE INDEX IF NOT EXISTS reservation_end ON reservation (state, ends_at);
CREATE INDEX IF NOT EXISTS reservation_cart ON reservation (cart) WHERE state = 0 AND cart IS NOT NULL;
CREATE INDEX IF NOT EXISTS reservation_told ON reservation (id) WHERE told IS NOT NULL;
";

impl StockStore {
    /// Opens the tables, making them where `create` says so.
    pub fn open(sql: SqlStorage, create: bool) -> Result<Option<Self>, Problem> {
        if create {
            sql.exec(SCHEMA, None)?;
            return Ok(Some(Self(sql)));
        }
        let known: Vec<Text> = sql
            .exec(
                "SELECT name AS value FROM sqlite_master WHERE name = 'reservation_told'",
                None,
            )?
            .to_array()?;
        Ok((!known.is_empty()).then_some(Self(sql)))
    }

    /// When something has to be done next, epoch ms: one that is held is over, or one that has ended is forgotten.
    pub fn next(&self) -> Result<Option<u64>, Problem> {
        let held = self.first_end(State::Held)?;
        let ended = State::ALL.into_iter().filter(|one| *one != State::Held);
        let mut next = held;
        for state in ended {
            let forgotten = self.first_end(state)?.map(|at| at.saturating_add(KEPT_MS));
            next = [next, forgotten].into_iter().flatten().min();
        }
        Ok(next)
    }

    fn first_end(&self, state: State) -> Result<Option<u64>, Problem> {
        let ends = self.texts(
            "SELECT coalesce(min(ends_at), '') || '' AS value FROM reservation WHERE state = ?",
            vec![number(state)],
        )?;
        Ok(ends.first().and_then(|end| end.value.parse().ok()))
    }

    /// Forgets what ended long before `now`, epoch ms.
    pub fn forget(&self, now: u64) -> Result<(), Problem> {
        let before = SqlStorageValue::Float(double(now.saturating_sub(KEPT_MS)));
        for state in State::ALL.into_iter().filter(|one| *one != State::Held) {
            self.0.exec(
                "DELETE FROM reservation WHERE id IN (SELECT id FROM reservation WHERE state = ? AND ends_at <= ? LIMIT ?)",
                vec![
                    number(state),
                    before.clone(),
                    SqlStorageValue::Float(f64::from(SWEPT)),
                ],
            )?;
        }
        Ok(())
    }

    /// Reservations as they are answered, by name, behind `after`: all of them, or those in one state, or those to which a
    /// reconciliation did something.
    pub fn list(
        &self,
        state: Option<State>,
        reconciled: bool,
        after: Option<&ReservationId>,
        limit: u32,
    ) -> Result<Vec<Reservation>, Problem> {
        let of_state = state.map_or(String::new(), |state| {
            format!("AND state = {}", state.number())
        });
        let told = if reconciled {
            "AND told IS NOT NULL"
        } else {
            ""
        };
        let sql = format!(
            "SELECT value FROM reservation WHERE id > ? {of_state} {told} ORDER BY id LIMIT ?"
        );
        let after = after.map_or("", ReservationId::as_str);
        self.read(
            &sql,
            vec![after.into(), SqlStorageValue::Float(f64::from(limit))],
        )
    }

    /// Reservations that are held for carts, by cart, behind `after`.
    pub fn watched(&self, after: &str, limit: u32) -> Result<Vec<Reservation>, Problem> {
        self.read(
            "SELECT value FROM reservation WHERE state = 0 AND cart > ? ORDER BY cart LIMIT ?",
            vec![after.into(), SqlStorageValue::Float(f64::from(limit))],
        )
    }

    /// What a reconciliation did to a reservation has to be told.
    pub fn owe(&self, id: &ReservationId) -> Result<(), Problem> {
        self.tell(id, 0.0)
    }

    /// It was told.
    pub fn told(&self, id: &ReservationId) -> Result<(), Problem> {
        self.tell(id, 1.0)
    }

    fn tell(&self, id: &ReservationId, told: f64) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE reservation SET told = ? WHERE id = ?",
            vec![SqlStorageValue::Float(told), id.as_str().into()],
        )?;
        Ok(())
    }

    /// What has to be told, some of it.
    pub fn untold(&self) -> Result<Vec<Reservation>, Problem> {
        self.read(
            "SELECT value FROM reservation WHERE told = 0 LIMIT 100",
            vec![],
        )
    }

    /// Every statement answers in texts: a further type of row is code of its own.
    fn texts(&self, sql: &str, bound: Vec<SqlStorageValue>) -> Result<Vec<Text>, Problem> {
        Ok(self.0.exec(sql, bound)?.to_array()?)
    }

    fn read(&self, sql: &str, bound: Vec<SqlStorageValue>) -> Result<Vec<Reservation>, Problem> {
        let rows = self.texts(sql, bound)?;
        let read = |row: &Text| {
            let bytes = from_base64url_any(&row.value).ok_or_else(damaged)?;
            Ok(codec::decode(&bytes)?)
        };
        rows.iter().map(read).collect()
    }
}

impl Shelf for StockStore {
    type Error = Problem;

    fn level(&self, variant: &Variant) -> Result<Level, Problem> {
        let rows = self.texts(
            "SELECT coalesce(remaining, '') || ' ' || held AS value FROM level WHERE variant = ?",
            vec![variant.as_str().into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(Level::default());
        };
        let (left, held) = row.value.split_once(' ').unwrap_or_default();
        Ok(Level {
            left: left.parse().ok(),
            held: held.parse().map_err(|_| damaged())?,
        })
    }

    fn put_level(&mut self, variant: &Variant, level: Level) -> Result<(), Problem> {
        let left = level.left.map_or(SqlStorageValue::Null, |left| {
            SqlStorageValue::Float(double(left))
        });
        self.0.exec(
            "INSERT INTO level (variant, remaining, held) VALUES (?, ?, ?)
             ON CONFLICT (variant) DO UPDATE SET remaining = excluded.remaining, held = excluded.held",
            vec![
                variant.as_str().into(),
                left,
                SqlStorageValue::Float(double(level.held)),
            ],
        )?;
        Ok(())
    }

    fn find(&self, id: &ReservationId) -> Result<Option<Reservation>, Problem> {
        let found = self.read(
            "SELECT value FROM reservation WHERE id = ?",
            vec![id.as_str().into()],
        )?;
        Ok(found.into_iter().next())
    }

    fn held_for(&self, cart: CartId) -> Result<Option<Reservation>, Problem> {
        let found = self.read(
            "SELECT value FROM reservation WHERE state = 0 AND cart = ?",
            vec![cart.to_string().into()],
        )?;
        Ok(found.into_iter().next())
    }

    fn due(&self, now: u64, limit: u32) -> Result<Vec<Reservation>, Problem> {
        self.read(
            "SELECT value FROM reservation WHERE state = 0 AND ends_at <= ? ORDER BY ends_at LIMIT ?",
            vec![
                SqlStorageValue::Float(double(now)),
                SqlStorageValue::Float(f64::from(limit)),
            ],
        )
    }

    fn put(&mut self, reservation: &Reservation) -> Result<(), Problem> {
        let cart = reservation.cart;
        self.0.exec(
            "INSERT INTO reservation (id, state, ends_at, cart, value) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, value = excluded.value",
            vec![
                reservation.id.as_str().into(),
                number(reservation.state),
                SqlStorageValue::Float(double(reservation.expires_at)),
                cart.map_or(SqlStorageValue::Null, |cart| cart.to_string().into()),
                to_base64url(&codec::encode(reservation)?).into(),
            ],
        )?;
        Ok(())
    }
}

fn damaged() -> Problem {
    Problem::Internal(String::from("a row of the stock is damaged"))
}

fn number(state: State) -> SqlStorageValue {
    SqlStorageValue::Float(f64::from(state.number()))
}
