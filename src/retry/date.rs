//! `Retry-After`: seconds, or a date in the form that HTTP servers send (RFC 9110, "IMF-fixdate").

use crate::text::find;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Milliseconds from `now_ms` on; none for what is neither, or lies in the past.
pub(super) fn retry_after_ms(header: &str, now_ms: u64) -> Option<u64> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    unix_seconds(header)?.checked_mul(1000)?.checked_sub(now_ms)
}

/// Seconds since the epoch of `Wed, 21 Oct 2015 07:28:00 GMT`.
fn unix_seconds(date: &str) -> Option<u64> {
    let mut words = date[find(date, ", ")? + 2..].split(' ');
    let mut next = || words.next();
    let (day, month, year, time, zone) = (next()?, next()?, next()?, next()?, next()?);
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let mut parts = time.split(':').map(str::parse::<u64>);
    let mut part = || parts.next()?.ok();
    let (hours, minutes, seconds) = (part()?, part()?, part()?);
    let is_date = (1..=31).contains(&day) && (1970..=9999).contains(&year) && zone == "GMT";
    let is_time = hours < 24 && minutes < 60 && seconds <= 60;
    (is_date && is_time).then(|| days(year, month, day) * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

/// Days from the epoch to a date of the Gregorian calendar: a year that begins in March has its leap day last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    before + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now_ms = 1_445_412_480_000;
        for (header, wait_ms) in [
            ("0", Some(0)),
            (" 120 ", Some(120_000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(0)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30_000)),
            ("Wed, 21 Oct 2015 07:27:59 GMT", None),
            ("Wed, 21 Oct 2015 07:28:30 CET", None),
            ("Wed, 21 Foo 2015 07:28:30 GMT", None),
            ("Wed, 21 Oct 1969 07:28:30 GMT", None),
            ("Wed, 0 Oct 2015 07:28:30 GMT", None),
            ("Wed, 21 Oct 2015 24:28:30 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after_ms(header, now_ms), wait_ms, "{header}");
        }
    }

    #[test]
    fn every_month_and_leap_years() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Tue, 31 Dec 2024 23:59:59 GMT", 1_735_689_599),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] {
            assert_eq!(unix_seconds(date), Some(seconds), "{date}");
        }
        let starts = (1..=12).map(|month| days(2023, month, 1) - days(2023, 1, 1));
        assert!(starts.eq([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]));
    }
}
