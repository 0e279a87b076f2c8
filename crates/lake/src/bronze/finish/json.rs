//! The values of a row as JSON, for whoever has to look at what was left out.

use super::loaded::Loaded;
use crate::bronze::PartitionKey;
use crate::bronze::dictionary::Lexicon;
use crate::bronze::plan::Plan;
use crate::bronze::rows::Values;
use crate::read::json::quote;
use crate::schema::Type;

/// One row: the declared columns, those in the path among them, and what the file has beside them.
pub(crate) fn row(
    plan: &Plan,
    lexicon: &Lexicon,
    key: &PartitionKey,
    all: &Loaded,
    row: usize,
) -> String {
    let mut out = String::from("{");
    let mut member = |name: &str, value: &str| {
        if out.len() > 1 {
            out.push(',');
        }
        quote(name, &mut out);
        out.push(':');
        out.push_str(value);
    };
    for rule in plan.rules.iter().filter(|rule| rule.place.is_none() && rule.names_directory) {
        let found = key.0.iter().find(|(name, _)| *name == rule.column.name);
        let value = found.map_or("", |(_, value)| value);
        let value =
            if rule.column.kind == Type::Integer { value.to_owned() } else { quoted(value) };
        member(&rule.column.name, &value);
    }
    for (place, column) in all.rows.columns[..plan.visible].iter().enumerate() {
        let (name, kind) = (&plan.places[place].name, plan.places[place].kind);
        if column.is_null(row) {
            if !plan.places[place].rare {
                member(name, "null");
            }
            continue;
        }
        let value = match &column.values {
            Values::Absent(_) => "null".to_owned(),
            Values::Codes(codes) => {
                quoted(&String::from_utf8_lossy(lexicon.text(place, codes[row])))
            }
            Values::Texts(texts) => {
                let text = String::from_utf8_lossy(texts.get(row));
                if Some(place) == plan.extra { text.into_owned() } else { quoted(&text) }
            }
            Values::Wide(all) if kind == Type::Timestamp => quoted(&moment(all[row])),
            Values::Wide(all) => all[row].to_string(),
            Values::Double(all) => serde_json::Number::from_f64(all[row])
                .map_or_else(|| "null".to_owned(), |it| it.to_string()),
            Values::Decimal(all) => decimal(all[row], kind),
            Values::Day(all) => {
                let (year, month, day) = crate::bronze::cast::year_month_day(all[row]);
                quoted(&format!("{year:04}-{month:02}-{day:02}"))
            }
            Values::Truth(all) => all[row].to_string(),
        };
        member(name, &value);
    }
    out.push('}');
    out
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}

/// A moment as RFC 3339 has it, in UTC.
pub(crate) fn moment(micros: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A decimal with all its places.
pub(crate) fn decimal(value: i128, kind: Type) -> String {
    let scale = match kind {
        Type::Decimal { scale, .. } => usize::from(scale),
        _ => 0,
    };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
