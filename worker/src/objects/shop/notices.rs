//! Mails to the shop's own people about its endpoints. Each is written down before it is tried; what a process that ended has begun is
//! found by the lease that stands there.

use super::Inner;
use crate::error::Problem;
use crate::store::shop::ShopStore;
use crate::{channels, clock, config, traces};
use homing_core::delivery::Provider;
use homing_core::endpoint::{Endpoint, Letter};
use homing_core::shop::ShopConfig;
use std::rc::Rc;

/// How long a provider may take, ms; the lease is longer.
const PATIENCE_MS: u64 = 15_000;

impl Inner {
    /// Begins to send what is due.
    pub(super) fn send_notices(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(store) = ShopStore::open(self.state.storage().sql(), false)? else {
            return Ok(());
        };
        let now = clock::now_ms();
        for mut endpoint in store.endpoints()? {
            let due = endpoint.health.notice.as_ref().and_then(|one| one.due());
            if due.is_none_or(|due| due > now) {
                continue;
            }
            let Some(record) = super::read(&store)? else {
                continue;
            };
            let Some(to) = record.config.notices.clone() else {
                // Nobody wants to hear of it any more.
                endpoint.health.notice = None;
                store.put_endpoint(&endpoint)?;
                continue;
            };
            let notice = endpoint.health.notice.as_mut();
            let provider = notice.and_then(|one| one.begin(&record.config, now));
            store.put_endpoint(&endpoint)?;
            match provider {
                Some(provider) => {
                    let inner = Rc::clone(self);
                    wasm_bindgen_futures::spawn_local(async move {
                        let sent = inner.notify(endpoint, (record.config, to), provider).await;
                        if let Err(problem) = sent {
                            crate::telemetry::error("notice_failed", &problem.to_string());
                        }
                    });
                }
                None => crate::telemetry::error("notice_unknown", &endpoint.id.to_string()),
            }
        }
        Ok(())
    }

    /// One try, and what follows from it.
    async fn notify(
        &self,
        endpoint: Endpoint,
        (config, to): (ShopConfig, String),
        provider: Provider,
    ) -> Result<(), Problem> {
        let Some(letter) = Letter::new(&endpoint, &config.name) else {
            return Ok(());
        };
        let deployment = config::deployment(&self.env)?;
        let mail = letter.mail(&config, &to);
        let within = (PATIENCE_MS, Some(traces::fresh()));
        let tried = channels::send_mail(&self.env, &deployment, provider, &mail, within).await;
        let store = self.tables()?;
        // Meanwhile its merchant may have switched it on again, or taken it away.
        let known = store.endpoints()?;
        let Some(mut known) = known.into_iter().find(|one| one.id == endpoint.id) else {
            return Ok(());
        };
        let begun_at = endpoint.health.notice.map(|notice| notice.at);
        if let Some(notice) = known.health.notice.as_mut()
            && Some(notice.at) == begun_at
        {
            notice.ended(tried.outcome, clock::now_ms());
            crate::telemetry::notice(
                "notice_tried",
                &format!("{}: {}", endpoint.id, notice.word()),
            );
            store.put_endpoint(&known)?;
        }
        self.arm(&store)
    }
}
