//! Documents of rules.

use serde_json::{Value, json};

use super::*;
use crate::Digest;

fn own() -> Value {
    json!({
        "id": "acme-1", "version": 1, "regime": "custom", "jurisdiction": "*",
        "trigger": "archived", "period": "P3Y", "anchor": "date", "title": "minutes",
        "reference": {"law": "group policy 4", "source": "board", "certainty": "policy"}
    })
}

fn findings(rules: Value) -> Vec<Finding> {
    let document = json!({"version": "acme/1", "rules": rules}).to_string();
    match RuleTable::builtin().with(document.as_bytes()) {
        Err(Error::RulesInvalid { findings }) => findings,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_built_in_rules_are_whole() {
    let table = RuleTable::builtin();
    assert_eq!(table.versions(), [RULES_VERSION]);
    let rules: Vec<_> = table.current_rules().collect();
    assert_eq!(rules.len(), 20);
    for rule in &rules {
        assert_eq!(rule.broken(), [], "{}", rule.id);
        let policy = rule.id.starts_with("platform-");
        assert_eq!(
            (rule.is_policy(), rule.jurisdiction.is_everywhere()),
            (policy, policy),
            "{}",
            rule.id
        );
    }
    let regimes: std::collections::BTreeSet<_> = rules.iter().map(|it| it.regime).collect();
    for regime in <Regime as strum::IntoEnumIterator>::iter() {
        assert!(regimes.contains(&regime), "{regime} has a rule");
        assert_eq!(Regime::named(&regime.to_string()), Ok(regime));
    }
    let asked: std::collections::BTreeSet<_> =
        rules.iter().filter_map(|it| it.circumstance.as_deref()).collect();
    assert!(table.circumstances().all(|(name, _)| asked.contains(name)), "no idle circumstance");
}

/// The figures that were asked for: seven years, five, five, one.
#[test]
fn the_figures_of_the_platform_are_there() {
    for (id, period, days) in [
        ("platform-csrd", "P7Y", Some(2557)),
        ("platform-cbam", "P5Y", Some(1825)),
        ("platform-eudr", "P5Y", Some(1825)),
        ("platform-custom", "P1Y", Some(365)),
        ("platform-sox", "P7Y", None),
        ("platform-audit", "P7Y", None),
        ("platform-gdpr-consent", "P3Y", None),
        ("platform-gdpr-request", "P3Y", None),
    ] {
        let rule = rule(id);
        assert_eq!((rule.period.to_string().as_str(), rule.at_least_days), (period, days), "{id}");
    }
}

#[test]
fn the_version_of_the_rules_moves_with_their_bytes() {
    let digest = Digest::of(include_bytes!("../rules.json")).to_string();
    assert_eq!(
        (RULES_VERSION, digest.as_str()),
        (
            "retention-rules/1",
            "sha256:f835ba3a2c9c983954dd900164eef0d1787db42b5b5ef50914173b51bf39c271"
        )
    );
}

#[test]
fn nothing_mistyped_becomes_a_default() {
    for (member, wrong, words) in [
        ("regime", json!("csdr"), "unknown variant `csdr`"),
        ("regime", json!("CSRD"), "unknown variant"),
        ("regime", json!(7), "invalid type"),
        ("trigger", json!("submission"), "unknown variant"),
        ("anchor", json!("end_of_year"), "unknown variant"),
        ("period", json!(7), "invalid type"),
        ("period", json!("7 years"), "is no period"),
        ("period", json!("P1825D"), "is no period"),
        ("period", json!("P0Y"), "no time at all"),
        ("version", json!("1"), "invalid type"),
        ("version", json!(1.5), "invalid type"),
        ("version", json!(-1), "invalid value"),
        ("version", json!(0), "count from 1"),
        ("jurisdiction", json!("de"), "is no jurisdiction"),
        ("jurisdiction", json!("GER"), "is no jurisdiction"),
        ("jurisdiction", json!(""), "is no jurisdiction"),
        ("zone", json!("Europe/Berln"), "is no time zone"),
        ("id", json!("Acme 1"), "is no name of a rule"),
        ("title", json!(" "), "is empty"),
        ("at_least_days", json!(0), "1 to 36525"),
        ("holidays", json!(["2031-03-03"]), "holidays change nothing"),
        ("holidays", json!(["2031-02-30"]), "out of range"),
        ("last_day", json!("workday"), "unknown variant"),
        ("circumstance", json!("listd"), "is no circumstance"),
        ("circumstances", json!("listed"), "unknown field"),
        ("reference", json!({"law": "x", "source": "y", "certainty": "sure"}), "unknown variant"),
        ("reference", json!({"law": "", "source": "y", "certainty": "policy"}), "is empty"),
    ] {
        let mut rule = own();
        rule[member] = wrong.clone();
        let found = findings(json!([rule]));
        assert_eq!(found.len(), 1, "{member} {wrong}: {found:?}");
        let Finding { at, message, hint, severity } = &found[0];
        assert!(message.contains(words), "{member} {wrong}: {message}");
        assert!(at.starts_with("/rules/0") && hint.is_some() && *severity == Severity::Error);
    }
    for missing in own().as_object().unwrap().keys() {
        let mut rule = own();
        rule.as_object_mut().unwrap().remove(missing);
        assert!(findings(json!([rule]))[0].message.contains("missing field"), "{missing}");
    }
}

#[test]
fn everything_wrong_is_found_at_once() {
    let mut second = own();
    second["regime"] = json!("csdr");
    let mut third = own();
    third["id"] = json!("acme-3");
    third["period"] = json!("P0Y");
    third["title"] = json!("");
    let found = findings(json!([own(), second, third]));
    let at: Vec<_> = found.iter().map(|it| it.at.as_str()).collect();
    assert_eq!(at, ["/rules/1", "/rules/2/period", "/rules/2/title"]);
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let text = json!({"version": "acme/1", "rules": [own()]}).to_string();
    let twice = text.replace("\"period\":\"P3Y\"", "\"period\":\"P30Y\",\"period\":\"P3Y\"");
    assert_ne!(text, twice);
    let error = RuleTable::builtin().with(twice.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("the member `period` is there twice"), "{error}");
    for wrong in [
        "",
        "[]",
        "{}",
        "{\"version\":\"\",\"rules\":[]}",
        "{\"version\":\"1\"}",
        "\u{feff}{}",
        "nul",
    ] {
        let error = RuleTable::builtin().with(wrong.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "retention.rules_invalid", "{wrong}");
        assert!(error.hint().is_some());
    }
    assert!(RuleTable::builtin().with(b"{\"version\":\"1\",\"rules\":[]} x").is_err());
    assert!(RuleTable::builtin().with(&[0xff, 0xfe]).is_err());
}

#[test]
fn rules_can_be_replaced_only_by_later_versions() {
    let mut same = serde_json::to_value(rule("cbam-7")).unwrap();
    let document = |rule: &Value| json!({"version": "acme/1", "rules": [rule]}).to_string();
    let (table, warnings) = RuleTable::builtin().with(document(&same).as_bytes()).unwrap();
    assert!(warnings.is_empty(), "the same rule again is no change");
    assert_eq!(table.versions(), [RULES_VERSION, "acme/1"]);
    same["period"] = json!("P6Y");
    assert!(
        findings(json!([same]))[0].message.contains("version 1 of `cbam-7` is not after version 1")
    );
    same["version"] = json!(2);
    let (table, warnings) = RuleTable::builtin().with(document(&same).as_bytes()).unwrap();
    assert!(warnings.is_empty(), "longer needs nobody's look");
    same["version"] = json!(3);
    same["period"] = json!("P5Y");
    let (_, warnings) = table.with(document(&same).as_bytes()).unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].severity, Severity::Warning);
    assert!(warnings[0].message.contains("less time than version 2"), "{}", warnings[0].message);
}

#[test]
fn what_the_table_does_not_know_is_said() {
    let table = RuleTable::builtin();
    let csrd = Question::new(Regime::Csrd).given("listed", false);
    let gaps = |question: &Question| -> Vec<String> {
        table.select(question).unwrap().gaps.iter().map(ToString::to_string).collect()
    };
    let within = |question: &Question, code: &str| question.clone().within(code.parse().unwrap());
    assert!(gaps(&within(&csrd, "DE")).is_empty());
    assert_eq!(gaps(&within(&within(&csrd, "DE"), "ES")), ["ES"], "Spain has a law of its own");
    assert_eq!(gaps(&within(&csrd, "UK")), ["UK"]);
    // The regulation of the union reaches every member.
    let cbam = Question::new(Regime::Cbam);
    assert!(gaps(&within(&cbam, "ES")).is_empty());
    assert_eq!(gaps(&within(&cbam, "NO")), ["NO"]);
    let sox = table.select(&within(&Question::new(Regime::Sox), "US-CA")).unwrap();
    assert_eq!(sox.decided().unwrap().len(), 2, "California is part of the United States");

    let slip = table.select(&csrd.clone().given("Listed", true)).unwrap_err();
    assert_eq!(slip.code(), "retention.circumstance_unknown");
    assert!(slip.hint().unwrap().contains("listed"));
    for wrong in ["", "CSRD", "csrd ", "csr"] {
        assert_eq!(Regime::named(wrong).unwrap_err().code(), "retention.word_unknown", "{wrong}");
    }
    for wrong in ["", "d", "de", "DEU", "DE-", "DE-ABCD", "DE-b", "**", "É"] {
        assert!(wrong.parse::<Jurisdiction>().is_err(), "{wrong}");
    }
}

#[cfg(feature = "import")]
#[test]
fn a_document_may_be_yaml() {
    let text = "# ours\nversion: acme/1\nrules:\n- id: acme-audits\n  version: 1\n  regime: sox\n  \
        jurisdiction: NO\n  trigger: audit_concluded\n  period: P12Y\n  \
        anchor: end_of_calendar_year\n  title: working papers\n  \
        reference: {law: group policy 4, source: 'board, 2026-02-03', certainty: policy}\n";
    let (table, findings) = RuleTable::builtin().with(text.as_bytes()).unwrap();
    assert_eq!(findings, []);
    assert_eq!(table.current("acme-audits").unwrap().jurisdiction.to_string(), "NO");
    let twice = "`regime` is given twice at line 7, column 3";
    for (wrong, place, said) in [
        (text.replace("regime: sox", "regime: sox\n  regime: csrd"), "", twice),
        (text.replace("period: P12Y", "period: 12 years"), "/rules/0", ""),
        (text.replace("period", "periods"), "/rules/0", ""),
        (text.replace("regime: sox", "regime: &a sox"), "", "anchors, aliases"),
        (text.replace("regime: sox", "<<: {regime: sox}"), "", "merge keys"),
        ("rules".to_owned(), "", ""),
        ("- [".to_owned(), "", ""),
    ] {
        let Err(Error::RulesInvalid { findings }) = RuleTable::builtin().with(wrong.as_bytes())
        else {
            panic!("{wrong}");
        };
        assert_eq!(findings[0].at, place, "{findings:?}");
        assert!(findings[0].message.starts_with(said), "{findings:?}");
    }
}

/// The page lists every rule as it is, and its example is a document that can be used.
#[test]
fn the_page_about_retention_tells_the_rules() {
    let page = include_str!("../../../../../docs/concepts/retention.md");
    let rows: Vec<_> = page.lines().filter(|it| it.starts_with("| `")).collect();
    for rule in RuleTable::builtin().current_rules() {
        let row = rows.iter().find(|it| it.starts_with(&format!("| `{}` |", rule.id)));
        let row = row.unwrap_or_else(|| panic!("{} has no row", rule.id));
        let years = rule.period.total_months() / 12;
        let period = match rule.id.as_str() {
            "cbam-7" => format!("{years}th year"),
            "platform-gdpr-processing" => "that day".to_owned(),
            _ => format!("| {years} year"),
        };
        assert!(row.contains(&period), "{row}");
        let certainty: &str = rule.reference.certainty.into();
        assert!(row.ends_with(&format!("| {certainty} |")), "{row}");
        let circumstance = rule.circumstance.as_ref().map(|it| format!("if `{it}`"));
        assert!(circumstance.is_none_or(|it| row.contains(&it)), "{row}");
        let days = rule.at_least_days.map(|it| format!("at least {it} days"));
        assert!(days.is_none_or(|it| row.contains(&it)), "{row}");
    }
    let example = page.split("```json").nth(1).and_then(|it| it.split("```").next()).unwrap();
    let (table, warnings) = RuleTable::builtin().with(example.as_bytes()).unwrap();
    assert!(warnings.is_empty() && table.current("acme-audits").is_some());
}
