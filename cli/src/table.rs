//! A replay's report for people.

use homing_core::money::{Currency, Money};
use homing_core::replay::{Compared, Difference, Report, Side, Totals};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes the whole report.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let counts = &report.history;
    writeln!(
        out,
        "{}: {} events of {} carts, {} to {}\n",
        report.shop.as_deref().unwrap_or("no shop"),
        counts.events,
        counts.carts,
        report.from.map_or_else(String::new, time),
        report.end.map_or_else(String::new, time),
    )?;
    row(out, "", "now", "edited", "difference")?;
    writeln!(out, "everything")?;
    compared(&report.total, out)?;
    for step in &report.steps {
        let sequence = step.sequence.as_deref().unwrap_or("no sequence chosen");
        writeln!(out, "{sequence}, step {}", u16::from(step.step) + 1)?;
        compared(&step.totals, out)?;
    }
    changed(report, out)?;
    writeln!(out, "\nTaken to be so:")?;
    for assumption in &report.assumptions {
        writeln!(out, "- {assumption}")?;
    }
    Ok(())
}

fn compared(totals: &Compared, out: &mut impl Write) -> io::Result<()> {
    let Compared { now, edited, .. } = totals;
    let mut numbers =
        |name: &str, of: &dyn Fn(&Totals) -> u64| number(out, name, of(now), of(edited));
    numbers("sent", &|totals| totals.sent)?;
    numbers("  after the history's end", &|totals| totals.sent_after_end)?;
    numbers("  shoppers written to", &|totals| totals.shoppers)?;
    numbers("not decided yet", &|totals| totals.waiting)?;
    for code in keys(now.skipped.keys(), edited.skipped.keys()) {
        numbers(&format!("not sent: {code}"), &|totals| {
            totals.skipped.get(code).copied().unwrap_or(0)
        })?;
    }
    for code in keys(now.put_off.keys(), edited.put_off.keys()) {
        numbers(&format!("put off: {code}"), &|totals| {
            totals.put_off.get(code).copied().unwrap_or(0)
        })?;
    }
    offers(totals, out)?;
    let cost = |totals: &Totals| {
        let known = totals
            .channels
            .values()
            .filter_map(|channel| channel.cost_micro);
        known.fold(0, u64::saturating_add)
    };
    let (now, edited) = (cost(now), cost(edited));
    if now.max(edited) == 0 {
        return Ok(());
    }
    let difference = signed(edited).saturating_sub(signed(now));
    let shown = plus(difference, &micro(difference.unsigned_abs()));
    row(out, "messages cost", &micro(now), &micro(edited), &shown)
}

fn offers(totals: &Compared, out: &mut impl Write) -> io::Result<()> {
    let Compared { now, edited, .. } = totals;
    let known = |totals: &Totals| -> Vec<(String, String)> {
        let offers = totals.offers.iter();
        offers
            .map(|known| (known.offer.code.clone(), known.offer.brief()))
            .collect()
    };
    let both: BTreeSet<(String, String)> = known(now).into_iter().chain(known(edited)).collect();
    for (code, brief) in &both {
        let of = |totals: &Totals| {
            let mut offers = totals.offers.iter();
            offers
                .find(|known| known.offer.code == *code && known.offer.brief() == *brief)
                .cloned()
        };
        let (now, edited) = (of(now), of(edited));
        let given = |offer: &Option<_>| {
            offer
                .as_ref()
                .map_or(0, |offer: &homing_core::replay::OfferTotal| offer.given)
        };
        number(
            out,
            &format!("offered: {code} ({brief})"),
            given(&now),
            given(&edited),
        )?;
        let currencies: BTreeSet<&String> = [&now, &edited]
            .into_iter()
            .flatten()
            .flat_map(|offer| offer.cost_minor.keys())
            .collect();
        for currency in currencies {
            let cost = |offer: &Option<homing_core::replay::OfferTotal>| {
                offer
                    .as_ref()
                    .and_then(|offer| offer.cost_minor.get(currency).copied())
                    .unwrap_or(0)
            };
            let (now, edited) = (cost(&now), cost(&edited));
            let difference = signed(edited).saturating_sub(signed(now));
            row(
                out,
                "  takes off at most",
                &money(now, currency),
                &money(edited, currency),
                &plus(difference, &money(difference.unsigned_abs(), currency)),
            )?;
        }
        let unpriced = |offer: &Option<homing_core::replay::OfferTotal>| {
            offer.as_ref().map_or(0, |offer| offer.unpriced)
        };
        number(out, "  of unknown cost", unpriced(&now), unpriced(&edited))?;
    }
    Ok(())
}

fn changed(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let changed = &report.changed;
    if changed.steps == 0 {
        return writeln!(out, "\nNothing would have differed.");
    }
    writeln!(
        out,
        "\n{} steps of {} shoppers differ:",
        changed.steps, changed.shoppers
    )?;
    for (kind, count) in &changed.kinds {
        let name = serde_json::to_string(kind).map_err(io::Error::other)?;
        writeln!(
            out,
            "{count:>8} {}",
            name.trim_matches('"').replace('_', " ")
        )?;
    }
    for difference in &changed.list {
        listed(difference, out)?;
    }
    let listed = u64::try_from(changed.list.len()).unwrap_or(u64::MAX);
    match changed.steps.saturating_sub(listed) {
        0 => Ok(()),
        left => writeln!(out, "\n… and {left} more; --limit and --json show them."),
    }
}

fn listed(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    let Difference {
        shopper,
        conversation,
        step,
        ..
    } = difference;
    writeln!(
        out,
        "\n{shopper}, conversation {conversation}, step {}",
        u16::from(*step) + 1
    )?;
    writeln!(out, "  now     {}", side(difference.now.as_ref()))?;
    writeln!(out, "  edited  {}", side(difference.edited.as_ref()))
}

fn side(side: Option<&Side>) -> String {
    let Some(side) = side else {
        return String::from("This step did not come up.");
    };
    let offer = side.offer.as_ref().map_or_else(String::new, |offer| {
        format!(" With {} ({}).", offer.code, offer.brief())
    });
    format!("{} {}{offer}", time(side.at), side.sentence)
}

fn keys<'a>(
    now: impl Iterator<Item = &'a String>,
    edited: impl Iterator<Item = &'a String>,
) -> BTreeSet<&'a String> {
    now.chain(edited).collect()
}

/// A line of numbers; none where both are zero.
fn number(out: &mut impl Write, name: &str, now: u64, edited: u64) -> io::Result<()> {
    if now == 0 && edited == 0 {
        return Ok(());
    }
    let difference = signed(edited).saturating_sub(signed(now));
    let shown = difference.unsigned_abs().to_string();
    row(
        out,
        name,
        &now.to_string(),
        &edited.to_string(),
        &plus(difference, &shown),
    )
}

fn row(
    out: &mut impl Write,
    name: &str,
    now: &str,
    edited: &str,
    difference: &str,
) -> io::Result<()> {
    writeln!(out, "  {name:<32} {now:>14} {edited:>14} {difference:>14}")
}

fn plus(difference: i64, amount: &str) -> String {
    match difference {
        0 => String::from("="),
        1.. => format!("+{amount}"),
        _ => format!("-{amount}"),
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn money(minor: u64, currency: &str) -> String {
    Currency::parse(currency).map_or_else(
        || format!("{minor} {currency}"),
        |currency| Money { minor, currency }.with_code(),
    )
}

fn micro(amount: u64) -> String {
    format!("{}.{:06}", amount / 1_000_000, amount % 1_000_000)
}

/// UTC to the minute.
fn time(at: u64) -> String {
    let Ok(seconds) = i64::try_from(at / 1_000) else {
        return String::from("never");
    };
    let days = seconds.div_euclid(86_400);
    let minutes = seconds.rem_euclid(86_400) / 60;
    let date = homing_core::calendar::LocalDate::of_day(days);
    let date = date.map_or_else(String::new, |date| date.to_string());
    format!("{date} {:02}:{:02}", minutes / 60, minutes % 60)
}
