//! Endpoints of a shop: who is told, and the alarm by which it happens.

use super::Inner;
use crate::bindings;
use crate::error::Problem;
use crate::objects::calls::{EndpointAct, Listed, ShopReply};
use crate::store::endpoints::Waiting;
use crate::store::shop::ShopStore;
use crate::{clock, config, endpoints, traces};
use homing_core::bytes::to_hex;
use homing_core::endpoint::{Endpoint, EndpointId, Event, Health, Next, Signing, Trouble};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::Report;
use homing_core::traceparent::TraceId;
use std::rc::Rc;

/// The answer about an endpoint that there is not.
const UNKNOWN: ShopReply = ShopReply::Endpoints(Vec::new());

/// How long a try may take before it counts as lost with its process, ms: an endpoint has 15 s.
const LEASE_MS: u64 = 20_000;

/// After how long a message is tried again that we could not send, ms.
const OWN_FAULT_MS: u64 = 300_000;

impl Inner {
    /// Writes down whom to tell of a report. One that is told again is no news.
    pub(super) fn tell_endpoints(
        &self,
        store: &ShopStore,
        shopper: ShopperId,
        reports: &[(Report, Option<TraceId>)],
    ) -> Result<(), Problem> {
        // Most of what Shoppers tell holds none.
        if reports.is_empty() {
            return Ok(());
        }
        let endpoints = store.endpoints()?;
        if endpoints.is_empty() {
            return Ok(());
        }
        let mut owes = false;
        for (report, trace) in reports {
            if store.knows_report(shopper, report)? {
                continue;
            }
            let event = Event::of_report(shopper, report, *trace);
            for endpoint in endpoints.iter().filter(|one| one.hears(&event.kind)) {
                store.owe(endpoint.id, &event, clock::now_ms())?;
                owes = true;
            }
        }
        if owes { self.arm(store) } else { Ok(()) }
    }

    /// Writes down whom to tell of an event. Who hears it twice knows it by its id.
    pub(super) fn tell_event(&self, store: &ShopStore, event: &Event) -> Result<(), Problem> {
        let endpoints = store.endpoints()?;
        for endpoint in endpoints.iter().filter(|one| one.hears(&event.kind)) {
            store.owe(endpoint.id, event, clock::now_ms())?;
        }
        self.arm(store)
    }

    /// What a merchant wants of an endpoint.
    pub(super) fn act(
        &self,
        store: &ShopStore,
        (shop, id): (ShopId, EndpointId),
        act: EndpointAct,
    ) -> Result<ShopReply, Problem> {
        let known = store.endpoints()?;
        let found = known.iter().find(|one| one.id == id);
        let now = clock::now_ms();
        let keys = &config::deployment(&self.env)?.keys;
        if let EndpointAct::Put {
            url,
            events,
            on,
            is_new,
        } = act
        {
            let mut endpoint = match found {
                Some(endpoint) => endpoint.clone(),
                None if !is_new => return Ok(UNKNOWN),
                None if known.len() >= Endpoint::MAX => return Ok(ShopReply::Full),
                None => Endpoint {
                    id,
                    shop,
                    url: url.clone(),
                    events: Vec::new(),
                    signing: Signing::new(keys),
                    health: Health::default(),
                    created_at: now,
                },
            };
            endpoint.url = url;
            endpoint.events = events;
            match on {
                Some(true) => endpoint.health.switch_on(),
                Some(false) => endpoint.health.off = Some(Trouble::Merchant),
                None => {}
            }
            return listed_after(store, endpoint);
        }
        let Some(mut endpoint) = found.cloned() else {
            return Ok(UNKNOWN);
        };
        match act {
            EndpointAct::Delete => {
                let gone = listed(store, endpoint)?;
                store.delete_endpoint(id)?;
                return Ok(ShopReply::Endpoints(vec![gone]));
            }
            EndpointAct::Rotate => endpoint.signing.rotate(keys, now),
            EndpointAct::Test => {
                let event = Event {
                    id: format!("evt_{}", to_hex(&clock::entropy::<16>())),
                    kind: String::from(Event::TEST),
                    at: now,
                    data: String::from("{}"),
                    trace: Some(traces::fresh().to_string()),
                };
                store.owe(id, &event, now)?;
            }
            EndpointAct::Replay => store.replay(id, now)?,
            EndpointAct::Put { .. } => {}
        }
        let reply = listed_after(store, endpoint)?;
        self.arm(store)?;
        Ok(reply)
    }

    /// Begins to tell every endpoint what is due to it first. An alarm that waited for the answers would keep the next one waiting, and
    /// with it all other endpoints; an object lives on while its requests are under way, and whatever ends with it is found again by its
    /// lease.
    pub(super) fn tell(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(store) = ShopStore::open(self.state.storage().sql(), false)? else {
            return Ok(());
        };
        let now = clock::now_ms();
        for waiting in store.owed(now)? {
            if !self.busy.borrow_mut().insert(waiting.endpoint) {
                continue;
            }
            store.try_owed(waiting.row, now.saturating_add(LEASE_MS))?;
            let inner = Rc::clone(self);
            wasm_bindgen_futures::spawn_local(async move { inner.try_once(waiting).await });
        }
        self.arm(&store)
    }

    /// One try, and what follows from it.
    async fn try_once(&self, waiting: Waiting) {
        let endpoint = waiting.endpoint;
        let row = waiting.row;
        let tried = self.tried(waiting).await;
        self.busy.borrow_mut().remove(&endpoint);
        let ended = self.tables().and_then(|store| {
            if tried.is_err() {
                // It is not the endpoint's fault: others to it are not kept waiting, and this one is tried again.
                let later = clock::now_ms().saturating_add(OWN_FAULT_MS);
                store.put_off(row, Some(later))?;
            }
            self.arm(&store)
        });
        for problem in [tried.err(), ended.err()].into_iter().flatten() {
            crate::telemetry::error("endpoint_failed", &format!("{endpoint}: {problem}"));
        }
    }

    pub(super) fn tables(&self) -> Result<ShopStore, Problem> {
        ShopStore::open(self.state.storage().sql(), false)?
            .ok_or_else(|| Problem::Internal(String::from("a shop without tables")))
    }

    async fn tried(&self, waiting: Waiting) -> Result<(), Problem> {
        let find = |store: &ShopStore| {
            let all = store.endpoints()?;
            Ok::<_, Problem>(all.into_iter().find(|one| one.id == waiting.endpoint))
        };
        let store = self.tables()?;
        let endpoint = find(&store)?.filter(|one| one.health.is_on());
        let Some(endpoint) = endpoint else {
            return store.put_off(waiting.row, None);
        };
        let tried = endpoints::send(&self.env, &endpoint, &waiting.event).await?;
        let called = endpoint.url;
        // Others have been told meanwhile, and the merchant may have changed it or taken it away.
        let Some(mut endpoint) = find(&store)? else {
            return Ok(());
        };
        if endpoint.url != called && !tried.answer.is_taken() {
            // What the former address has answered says nothing of the one that nobody has called yet.
            return store.put_off(waiting.row, Some(tried.at));
        }
        let attempts = waiting.attempts.saturating_add(1);
        let notifies = super::read(&store)?.is_some_and(|shop| shop.config.notices.is_some());
        let (next, disabled) = endpoint.judge(tried, (attempts, waiting.row), notifies);
        match next {
            Next::Done => store.arrived(waiting.row)?,
            Next::Again(at) => store.put_off(waiting.row, Some(at))?,
            Next::Rests => store.put_off(waiting.row, None)?,
        }
        if !endpoint.health.is_on() {
            store.rest(endpoint.id)?;
        }
        // All of it is one write: who is told of it is told once.
        store.put_endpoint(&endpoint)?;
        match disabled {
            Some(event) => self.tell_event(&store, &event),
            None => Ok(()),
        }
    }

    /// Sets the alarm to the next message or mail that is due. Of an endpoint that is being told something, that is after the try's lease: should
    /// this process end before it, nobody else would look.
    pub(super) fn arm(&self, store: &ShopStore) -> Result<(), Problem> {
        let busy = self.busy.borrow();
        let leased = clock::now_ms().saturating_add(LEASE_MS);
        let owed = store.next_owed()?.into_iter();
        let next = owed.map(|(endpoint, due)| {
            if busy.contains(&endpoint) {
                due.max(leased)
            } else {
                due
            }
        });
        let notices = store.endpoints()?.into_iter();
        let notices = notices.filter_map(|one| one.health.notice?.due());
        let Some(at) = next.chain(notices).min() else {
            return Ok(());
        };
        #[expect(clippy::cast_precision_loss, reason = "epoch ms stay far below 2^53")]
        let at = at as f64;
        // Not awaited, so that it is written together with what it is for.
        bindings::set_alarm(&self.ctx, at)
            .map(drop)
            .map_err(Problem::from)
    }
}

/// Every endpoint with what it has not been told.
pub(super) fn list(store: &ShopStore) -> Result<ShopReply, Problem> {
    let endpoints = store.endpoints()?.into_iter();
    let listed: Result<Vec<Listed>, Problem> = endpoints.map(|one| listed(store, one)).collect();
    Ok(ShopReply::Endpoints(listed?))
}

fn listed(store: &ShopStore, endpoint: Endpoint) -> Result<Listed, Problem> {
    let (waiting, resting) = store.owed_to(endpoint.id)?;
    Ok(Listed {
        endpoint,
        waiting,
        resting,
    })
}

fn listed_after(store: &ShopStore, endpoint: Endpoint) -> Result<ShopReply, Problem> {
    store.put_endpoint(&endpoint)?;
    Ok(ShopReply::Endpoints(vec![listed(store, endpoint)?]))
}
