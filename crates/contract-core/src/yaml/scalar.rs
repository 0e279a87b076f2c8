//! What tools take an unquoted scalar for.
//!
//! YAML 1.1 (PyYAML, Ansible) reads `no` as a boolean, `0123` as 83 and `12:30` as 750. YAML 1.2
//! (most newer tools) reads text, 123 and text. Sources: PyYAML's resolver, which follows the type
//! repository of YAML 1.1; YAML 1.2.2 section 10.3.2 (core schema).

/// What a plain scalar is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Text, as written.
    Text,
    /// Nothing at all.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number; `None` if it is too large to be one of ours.
    Integer(Option<i64>),
    /// A number with a fraction, an infinity or "not a number".
    Float,
    /// A date or a moment.
    Date,
}

impl Reading {
    /// What it is called in a message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Float => "a number",
            Self::Date => "a date",
        }
    }

    /// How YAML 1.1 takes `plain`.
    pub fn yaml_1_1(plain: &str) -> Self {
        if surely_text(plain) {
            return Self::Text;
        }
        match plain {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
                return Self::Bool(true);
            }
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                return Self::Bool(false);
            }
            _ => {}
        }
        integer_1_1(plain)
            .or_else(|| (is_infinite(plain) || is_float_1_1(plain)).then_some(Self::Float))
            .or_else(|| is_date(plain).then_some(Self::Date))
            .unwrap_or(Self::Text)
    }

    /// How the core schema of YAML 1.2 takes `plain`.
    pub fn yaml_1_2(plain: &str) -> Self {
        if surely_text(plain) {
            return Self::Text;
        }
        match plain {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "true" | "True" | "TRUE" => return Self::Bool(true),
            "false" | "False" | "FALSE" => return Self::Bool(false),
            _ => {}
        }
        integer_1_2(plain)
            .or_else(|| (is_infinite(plain) || is_float_1_2(plain)).then_some(Self::Float))
            .unwrap_or(Self::Text)
    }
}

impl Reading {
    /// How readers take `plain` that care about neither version: they allow any case of letters, a
    /// sign before everything, and the `y` and `n` of YAML 1.1 that PyYAML leaves out.
    pub fn loosely(plain: &str) -> Self {
        if surely_text(plain) {
            return Self::Text;
        }
        let lower = plain.to_ascii_lowercase();
        let unsigned = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
        match (unsigned, Self::yaml_1_1(unsigned), Self::yaml_1_2(unsigned)) {
            ("y", ..) => Self::Bool(true),
            ("n", ..) => Self::Bool(false),
            (_, Self::Text | Self::Date, newer) => newer,
            (_, older, _) => older,
        }
    }
}

/// Whether `text` has to stand in quotes to be text for everybody.
pub fn needs_quotes(text: &str) -> bool {
    let plain_start = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_');
    let plain_inside = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.'));
    !(plain_start && plain_inside)
        || Reading::yaml_1_1(text) != Reading::Text
        || Reading::yaml_1_2(text) != Reading::Text
        || Reading::loosely(text) != Reading::Text
}

/// `text` as a double quoted scalar (YAML 1.2.2 section 7.3.1), which can say everything.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A reviewer has to see every character.
            c if !super::hidden::shows(c) => {
                out.push_str(&format!("\\U{:08X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Most values begin with a letter that no special reading begins with.
fn surely_text(plain: &str) -> bool {
    let first = plain.bytes().next();
    first.is_some_and(|byte| match byte {
        b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => plain.len() > 5,
        byte => byte.is_ascii_alphabetic() || byte == b'/' || byte == b'_',
    })
}

fn unsigned(plain: &str) -> (bool, &str) {
    match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, plain),
    }
}

fn parse(negative: bool, digits: &str, radix: u32) -> Reading {
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    let value = i64::from_str_radix(&digits, radix).ok();
    Reading::Integer(value.map(|value| if negative { -value } else { value }))
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn integer_1_1(plain: &str) -> Option<Reading> {
    let (negative, digits) = unsigned(plain);
    if let Some(bits) = digits.strip_prefix("0b") {
        return all(bits, |b| matches!(b, b'0' | b'1' | b'_')).then(|| parse(negative, bits, 2));
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return all(hex, |b| b.is_ascii_hexdigit() || b == b'_').then(|| parse(negative, hex, 16));
    }
    if digits == "0" {
        return Some(Reading::Integer(Some(0)));
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return all(octal, |b| matches!(b, b'0'..=b'7' | b'_')).then(|| parse(negative, digits, 8));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some((head, tail)) = digits.split_once(':') {
        return sexagesimal(negative, head, tail);
    }
    all(digits, |b| b.is_ascii_digit() || b == b'_').then(|| parse(negative, digits, 10))
}

/// `12:30` is 750 in YAML 1.1.
fn sexagesimal(negative: bool, head: &str, tail: &str) -> Option<Reading> {
    if !all(head, |b| b.is_ascii_digit() || b == b'_') {
        return None;
    }
    let mut value = match parse(false, head, 10) {
        Reading::Integer(value) => value,
        _ => None,
    };
    for part in tail.split(':') {
        if !is_sixtieth(part) {
            return None;
        }
        let part: i64 = part.parse().ok()?;
        value = value.and_then(|v| v.checked_mul(60)?.checked_add(part));
    }
    Some(Reading::Integer(value.map(|value| if negative { -value } else { value })))
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    }
}

fn integer_1_2(plain: &str) -> Option<Reading> {
    if let Some(octal) = plain.strip_prefix("0o") {
        return all(octal, |b| (b'0'..=b'7').contains(&b)).then(|| parse(false, octal, 8));
    }
    if let Some(hex) = plain.strip_prefix("0x") {
        return all(hex, |b| b.is_ascii_hexdigit()).then(|| parse(false, hex, 16));
    }
    let (negative, digits) = unsigned(plain);
    all(digits, |b| b.is_ascii_digit()).then(|| parse(negative, digits, 10))
}

fn is_infinite(plain: &str) -> bool {
    let (_, unsigned) = unsigned(plain);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(plain, ".nan" | ".NaN" | ".NAN")
}

/// Splits off an exponent: `e` or `E`, a sign if `signed`, digits.
fn mantissa(text: &str, sign_required: bool) -> Option<&str> {
    let Some(at) = text.find(['e', 'E']) else { return Some(text) };
    let exponent = &text[at + 1..];
    let digits = match exponent.strip_prefix(['-', '+']) {
        Some(digits) => digits,
        None if sign_required => return None,
        None => exponent,
    };
    all(digits, |b| b.is_ascii_digit()).then_some(&text[..at])
}

fn is_float_1_1(plain: &str) -> bool {
    let (_, digits) = unsigned(plain);
    let signed = digits.len() != plain.len();
    let digit = |b: u8| b.is_ascii_digit() || b == b'_';
    let Some((whole, fraction)) = digits.split_once('.') else { return false };
    if let Some((head, tail)) = whole.split_once(':') {
        let fraction_is_digits = fraction.bytes().all(digit);
        return head.starts_with(|c: char| c.is_ascii_digit())
            && all(head, digit)
            && tail.split(':').all(is_sixtieth)
            && fraction_is_digits;
    }
    let Some(fraction) = mantissa(fraction, true) else { return false };
    if whole.is_empty() {
        let starts_with_digit = fraction.starts_with(|c: char| c.is_ascii_digit());
        return !signed && starts_with_digit && all(fraction, digit);
    }
    whole.starts_with(|c: char| c.is_ascii_digit())
        && all(whole, digit)
        && fraction.bytes().all(digit)
}

fn is_float_1_2(plain: &str) -> bool {
    let (_, digits) = unsigned(plain);
    let Some(number) = mantissa(digits, false) else { return false };
    let digit = |b: u8| b.is_ascii_digit();
    match number.split_once('.') {
        Some(("", fraction)) => all(fraction, digit),
        Some((whole, fraction)) => all(whole, digit) && fraction.bytes().all(digit),
        None => all(number, digit),
    }
}

/// `2026-01-17`, or a date, a separator and a time of day.
fn is_date(plain: &str) -> bool {
    let bytes = plain.as_bytes();
    let digits = |part: &[u8], lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    let mut parts = plain.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !digits(year.as_bytes(), 4..=4) {
        return false;
    }
    if bytes.len() == 10 {
        return digits(month.as_bytes(), 2..=2) && digits(rest.as_bytes(), 2..=2);
    }
    let Some(at) = rest.find(['T', 't', ' ', '\t']) else { return false };
    let (day, time) = (&rest[..at], rest[at + 1..].trim_start_matches([' ', '\t']));
    digits(month.as_bytes(), 1..=2) && digits(day.as_bytes(), 1..=2) && is_time(time)
}

fn is_time(time: &str) -> bool {
    let digits = |part: &str, min: usize, max: usize| {
        (min..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let zone = time.find(['Z', '+', '-', ' ', '\t']).unwrap_or(time.len());
    let (clock, zone) = (&time[..zone], time[zone..].trim_start_matches([' ', '\t']));
    let mut parts = clock.splitn(3, ':');
    let (Some(hour), Some(minute), Some(second)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    let zone_is_right = match zone.strip_prefix(['+', '-']) {
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
            digits(hours, 1, 2) && digits(minutes, 2, 2)
        }
        None => zone.is_empty() || zone == "Z",
    };
    digits(hour, 1, 2)
        && digits(minute, 2, 2)
        && digits(second, 2, 2)
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && zone_is_right
}
