//! Moments and days: RFC 3339, the calendar of ISO 8601, and nothing else.

use super::Refusal;
use crate::bronze::Code;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// 0001-01-01T00:00:00Z and the last microsecond of 9999.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// The microseconds from 1970-01-01T00:00:00Z to a moment.
///
/// `2025-01-31T12:00:00Z`, `2025-01-31T14:00:00.250+02:00`. The offset may only be left out where
/// `offset_minutes` says what it then is. Fractions finer than a microsecond and leap seconds are refused:
/// neither can be kept.
pub(crate) fn timestamp(text: &str, offset_minutes: Option<i16>) -> Result<i64, Refusal> {
    const FORM: Refusal =
        (Code::BadTimestamp, "a moment is written as 2025-01-31T12:00:00Z (RFC 3339)");
    let bytes = text.as_bytes();
    let Some((head, rest)) = bytes.split_first_chunk::<19>() else { return Err(FORM) };
    let day = day(head.first_chunk().expect("19 bytes begin with 10"), Code::BadTimestamp)?;
    if !matches!(head[10], b'T' | b't' | b' ') || head[13] != b':' || head[16] != b':' {
        return Err(FORM);
    }
    let (Some(hour), Some(minute), Some(second)) =
        (two(head[11], head[12]), two(head[14], head[15]), two(head[17], head[18]))
    else {
        return Err(FORM);
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err((Code::BadTimestamp, "there is no such time of day"));
    }
    let mut micros =
        i64::from(day) * DAY + i64::from(hour * 3600 + minute * 60 + second) * 1_000_000;
    let mut rest = rest;
    if let Some((b'.', digits)) = rest.split_first() {
        let count = digits.iter().take_while(|c| c.is_ascii_digit()).count();
        if count == 0 {
            return Err(FORM);
        }
        let given = digits[..count].iter().map(|digit| i64::from(digit - b'0'));
        let fraction =
            given.chain(std::iter::repeat(0)).take(6).fold(0, |sum, digit| sum * 10 + digit);
        if digits[..count].iter().skip(6).any(|&c| c != b'0') {
            return Err((Code::BadTimestamp, "the moment is finer than a microsecond"));
        }
        micros += fraction;
        rest = &digits[count..];
    }
    let minutes = match *rest {
        [b'Z' | b'z'] => 0,
        [] => match offset_minutes {
            Some(minutes) => i64::from(minutes),
            None => return Err((Code::BadTimestamp, "the moment has no offset from UTC")),
        },
        _ => signed_minutes(rest).ok_or(FORM)?.into(),
    };
    let micros = micros - minutes * 60_000_000;
    // An offset may reach over the ends of the calendar.
    if !(FIRST..=LAST).contains(&micros) {
        return Err((Code::BadTimestamp, "the moment lies outside the years 1 to 9999 of UTC"));
    }
    Ok(micros)
}

/// The minutes of an offset, `+02:00`.
pub(crate) fn offset(text: &str) -> Option<i16> {
    if text == "Z" { Some(0) } else { signed_minutes(text.as_bytes()) }
}

fn signed_minutes(bytes: &[u8]) -> Option<i16> {
    let &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = bytes else { return None };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let minutes = i16::try_from(hours * 60 + minutes).ok()?;
    Some(if sign == b'-' { -minutes } else { minutes })
}

/// The days from 1970-01-01 to a day, `2025-01-31`.
pub(crate) fn date(text: &str) -> Result<i32, Refusal> {
    let form = (Code::BadDate, "a day is written as 2025-01-31");
    day(text.as_bytes().try_into().map_err(|_| form)?, Code::BadDate)
}

fn day(bytes: &[u8; 10], code: Code) -> Result<i32, Refusal> {
    let form = (code, "a day is written as 2025-01-31");
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return Err(form) };
    let (Some(century), Some(year), Some(month), Some(day)) =
        (two(y1, y2), two(y3, y4), two(m1, m2), two(d1, d2))
    else {
        return Err(form);
    };
    let year = century * 100 + year;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    if year == 0 || day == 0 || day > length {
        return Err((code, "there is no such day"));
    }
    Ok(days_from(year, month, day))
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// The days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day
/// is the last.
fn days_from(year: u32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + in_year;
    // From 1 March of the year 0 to 1970-01-01.
    days.cast_signed() - 719_468
}

/// Year, month and day of a number of days from 1970-01-01, for the years that dates are read of.
pub(crate) fn year_month_day(days: i32) -> (i32, u32, u32) {
    // The arithmetic runs on the days from 1 March of a year 400·n before the first, so that nothing is
    // negative and 32 bits do.
    const ERAS: i32 = 5;
    let days = (days + 719_468 + ERAS * 146_097).cast_unsigned();
    let (era, in_era) = (days / 146_097, days % 146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    (year.cast_signed() - ERAS * 400, month, day)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Datelike, Days, NaiveDate};

    use super::*;

    #[test]
    fn moments_are_read_as_chrono_reads_them() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.999999Z",
            "2025-12-31t23:30:00-02:30",
            "2000-02-29 12:00:00.5+23:59",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "2025-03-01T00:00:00.1234560000Z",
            "1969-12-31T23:59:59.000001Z",
        ] {
            let expected = DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
            assert_eq!(timestamp(text, None), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567Z",
            "2024-01-01T00:00:00+2:00",
            "2024-01-01T00:00:00+02:60",
            "2024-01-01T00:00:00ZZ",
            "31/12/2024 10:00",
            "unknown",
            "2024-01-01",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:00-00:01",
            "２０24-01-01T00:00:00Z",
        ] {
            assert_eq!(timestamp(text, None).unwrap_err().0, Code::BadTimestamp, "{text}");
        }
    }

    #[test]
    fn a_moment_without_offset_is_read_where_the_document_says_its_offset() {
        assert_eq!(timestamp("1970-01-01T02:00:00", Some(120)), Ok(0));
        assert_eq!(offset("+02:00"), Some(120));
        assert_eq!(offset("-00:30"), Some(-30));
        assert_eq!(offset("2"), None);
    }

    #[test]
    fn every_day_of_eight_centuries_is_the_day_that_chrono_says() {
        let mut day = NaiveDate::from_ymd_opt(1600, 1, 1).unwrap();
        let first = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        while day.year() < 2400 {
            let days = i32::try_from((day - first).num_days()).unwrap();
            assert_eq!(date(&day.to_string()), Ok(days));
            assert_eq!(year_month_day(days), (day.year(), day.month(), day.day()));
            day = day + Days::new(1);
        }
        assert_eq!(date("2023-02-29").unwrap_err().0, Code::BadDate);
        assert_eq!(date("2023-2-9").unwrap_err().0, Code::BadDate);
    }
}
