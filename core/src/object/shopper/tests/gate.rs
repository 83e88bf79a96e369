use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Chance {
    Pass(u64),
    Wake,
    Active(u8),
    Order(u8),
    TellOrder(u8),
    Unsubscribe,
    Claim,
    Answer(u8),
}

fn chances() -> impl Strategy<Value = Vec<Chance>> {
    let one = prop_oneof![
        4 => (1_u64..40 * HOUR).prop_map(Chance::Pass),
        2 => (1_u64..30_000).prop_map(Chance::Pass),
        6 => Just(Chance::Wake),
        2 => (1_u8..4).prop_map(Chance::Active),
        1 => (1_u8..4).prop_map(Chance::Order),
        1 => (1_u8..4).prop_map(Chance::TellOrder),
        1 => Just(Chance::Unsubscribe),
        6 => Just(Chance::Claim),
        5 => (0_u8..5).prop_map(Chance::Answer),
    ];
    proptest::collection::vec(one, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever happens in whatever order: no release after a settled stop, one provider and the same bytes for a step, no try
    /// after an unknown outcome by SMTP, at most one acceptance, and an open step always has a wake-up.
    #[test]
    fn the_gate_holds(chances in chances(), provider in prop_oneof![Just("smtp"), Just("resend")]) {
        let mut shopper = left_at(0);
        let mut slots: BTreeMap<u8, Slot> = BTreeMap::from([(1, slot(1, 1, 0))]);
        let mut now = 0;
        let mut flying: Vec<(DeliveryKey, u32)> = Vec::new();
        let mut bytes: BTreeMap<DeliveryKey, crate::delivery::Frozen> = BTreeMap::new();
        let mut accepts: BTreeMap<DeliveryKey, u32> = BTreeMap::new();
        let mut unproved: std::collections::BTreeSet<DeliveryKey> = std::collections::BTreeSet::new();
        let mut stopped = false;
        for chance in chances {
            match chance {
                Chance::Pass(ms) => now += ms,
                Chance::Wake => { shopper.step(Input::Wake, now); }
                Chance::Active(n) => {
                    let known = slots.entry(n).or_insert_with(|| slot(n, 0, now));
                    *known = Slot { version: known.version + 1, last_activity_at: now, status: Status::Open, ..known.clone() };
                    let told = known.clone();
                    tell(&mut shopper, told, None, now);
                }
                Chance::Order(n) | Chance::TellOrder(n) => {
                    let known = slots.entry(n).or_insert_with(|| slot(n, 0, now));
                    *known = Slot { version: known.version + 1, epoch: known.epoch + 1, status: Status::Ordered, ordered: Some(Ordered { epoch: known.epoch, at: now, recovered: false }), ..known.clone() };
                    let told = known.clone();
                    // Otherwise it is told only through the release's reading.
                    if matches!(chance, Chance::TellOrder(_)) {
                        tell(&mut shopper, told, None, now);
                    }
                }
                Chance::Unsubscribe => {
                    let reply = shopper.step(Input::Unsubscribe, now).reply;
                    stopped |= reply == Reply::Taken { settled: true };
                }
                Chance::Claim => {
                    let keys: Vec<DeliveryKey> = shopper.deliveries.iter().filter(|delivery| !delivery.state.is_closed()).map(|delivery| delivery.key).collect();
                    for key in keys {
                        let bound: Vec<&Slot> = slots.values().filter(|slot| shopper.carts.contains_key(&slot.cart)).collect();
                        let read: Vec<_> = bound.iter().map(|slot| (slot.cart, Some(snapshot((*slot).clone())))).collect();
                        let unknown = matches!(state(&shopper, key), State::Unknown { .. });
                        if let Reply::Go(go) = release_with(&mut shopper, key, &read, provider, now) {
                            prop_assert!(!stopped, "released after a settled stop");
                            prop_assert!(!unknown);
                            prop_assert!(bound.iter().any(|slot| slot.status == Status::Open));
                            prop_assert!(bound.iter().all(|slot| slot.status != Status::Open || slot.last_activity_at + HOUR <= now), "an active shopper was written to");
                            let first = bytes.entry(key).or_insert_with(|| go.message.clone());
                            prop_assert_eq!(&*first, &go.message);
                            prop_assert_eq!(accepts.get(&key), None, "released after its acceptance was known");
                            let ordered_at = bound.iter().filter_map(|slot| slot.ordered).map(|ordered| ordered.at).max();
                            prop_assert!(bound.iter().any(|slot| slot.status == Status::Open && Some(slot.last_activity_at) > ordered_at), "written about what was left before an order");
                            prop_assert!(unproved.insert(key) || provider != "smtp", "a try that may have been accepted was repeated");
                            flying.push((key, go.attempt));
                        }
                    }
                }
                Chance::Answer(kind) => if let Some((key, attempt)) = flying.pop() {
                    let said = match kind {
                        0 | 1 => accepted(),
                        2 => Outcome::Transient { code: "t".into() },
                        3 => Outcome::Unknown { code: "u".into() },
                        _ => continue, // never answered
                    };
                    if said == accepted() && shopper.delivery(key).is_some_and(|delivery| delivery.attempts == attempt) {
                        *accepts.entry(key).or_default() += 1;
                    }
                    if matches!(said, Outcome::Transient { .. }) {
                        unproved.remove(&key);
                    }
                    outcome(&mut shopper, key, attempt, said, now);
                },
            }
            let open = shopper.deliveries.iter().any(|delivery| !delivery.state.is_closed());
            prop_assert_eq!(open, shopper.next_alarm().is_some());
            prop_assert!(accepts.values().all(|count| *count <= 1));
            prop_assert!(shopper.deliveries.iter().all(|delivery| !delivery.state.is_closed() || delivery.frozen.is_none()), "a closed delivery keeps no contact");
        }
    }
}
