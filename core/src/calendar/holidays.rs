//! Public holidays, computed.

use super::LocalDate;

/// Easter Sunday of a year from 1970 to 2199, by the anonymous Gregorian algorithm (Nature, 20 April 1876; Meeus, "Astronomical
/// Algorithms", chapter 8).
pub fn easter(year: i16) -> Option<LocalDate> {
    let year = i32::from(LocalDate::new(year, 1, 1)?.year());
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let march = epact + weekday - 7 * late + 114;
    LocalDate::new(
        i16::try_from(year).ok()?,
        i8::try_from(march / 31).ok()?,
        i8::try_from(march % 31 + 1).ok()?,
    )
}

/// Whether a date is one of the eleven holidays that the law of France names (Code du travail, article L3133-1). Left out: Good
/// Friday and 26 December, which are holidays in Alsace-Moselle only (L3134-13), and the days on which the overseas departments
/// remember the end of slavery (L3422-2).
pub fn is_french_holiday(date: LocalDate) -> bool {
    let fixed = matches!(
        (date.month(), date.day_of_month()),
        (1 | 5 | 11, 1) | (5, 8) | (7, 14) | (8, 15) | (11, 11) | (12, 25)
    );
    // Easter Monday, Ascension and Whit Monday, from 23 March to 14 June.
    fixed
        || ((3..=6).contains(&date.month())
            && easter(date.year()).is_some_and(|easter| {
                matches!(date.day().saturating_sub(easter.day()), 1 | 39 | 50)
            }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(text: &str) -> Vec<LocalDate> {
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.parse().unwrap())
            .collect()
    }

    #[test]
    fn easter_falls_as_an_independent_table_says() {
        let table = dates(include_str!("holidays/easter.txt"));
        assert_eq!(table.len(), 230);
        for date in table {
            assert_eq!(easter(date.year()), Some(date));
        }
        assert_eq!(easter(2200), None);
    }

    #[test]
    fn the_holidays_of_france_are_those_of_an_independent_table() {
        let table = dates(include_str!("holidays/france.txt"));
        let (first, last) = (table[0].day(), table[table.len() - 1].day());
        let ours: Vec<LocalDate> = (first..=last)
            .filter_map(LocalDate::of_day)
            .filter(|date| is_french_holiday(*date))
            .collect();
        assert_eq!(ours, table);
        assert_eq!(ours.len(), 16 * 11);
    }
}
