//! Policies: a document in, decisions or one clear refusal out.

use contract_core::{Environment, Level, Policy, PolicyError, Severity};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../../../examples/strongroom.yaml");

fn parse(body: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&format!("apiVersion: strongroom/v1\nkind: Policy\n{body}"))
}

/// The refusal as a person sees it.
fn refusal(text: &str) -> String {
    let error = Policy::parse(text).expect_err(text);
    let place = match (error.line, error.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        _ => "-".to_owned(),
    };
    let hint = error.hint.as_deref().unwrap_or("no hint");
    format!("{place} {error}\n    hint: {hint}\n")
}

#[test]
fn the_example_decides_what_the_defaults_decide_and_names_the_owners() {
    let example = Policy::parse(EXAMPLE).expect("the example is a policy");
    assert!(example.owners.contains("platform-team") && example.owners.contains("unknown"));
    assert_eq!(example.cors_origins, ["https://assets.example.com"]);
    let plain = Policy { owners: Default::default(), cors_origins: Vec::new(), ..example };
    assert_eq!(plain, Policy::default());
}

#[test]
fn every_key_is_read() {
    let policy = parse(
        "prefix: acme\n\
         environments:\n  - {name: play, protected: false}\n  - name: live\n    protected: true\n\
         owners: [blue, red]\n\
         paths: {contracts: c, catalog: k.yaml, audit: a-{environment}.csv, output: o, waivers: w, ids: i}\n\
         approval: {labels: [ok]}\n\
         rules: {G106: advice}\n\
         requiredTags: [team]\n\
         cors: {origins: ['http://localhost:8080']}\n\
         waivers: {maxDays: 30, noticeDays: 5}\n\
         alarm: {name: 'size of {bucket}'}\n\
         partition: aws-eusc\n"
            .replace("a-{environment}.csv", "'a-{environment}.csv'")
            .as_str(),
    )
    .expect("a policy");
    insta::assert_debug_snapshot!(policy);
}

/// A document that says too little or too much is refused at the place, with a way out.
#[test]
fn what_is_wrong_is_told_with_its_place_and_a_way_out() {
    let head = "apiVersion: strongroom/v1\nkind: Policy\n";
    let whole = [
        "",
        "# nothing\n---\n",
        "apiVersion: strongroom/v2\nkind: Policy\n",
        "kind: Policy\n",
        "- a\n",
        "apiVersion: strongroom/v1\nkind: Waivers\n",
        "hello\n",
    ];
    let bodies = [
        "prefx: acme\n",
        "colour: blue\n",
        "prefix: acme\nprefix: acme\n",
        "prefix: Acme\n",
        "prefix:\n",
        "prefix: [a]\n",
        "prefix: 12\n",
        "prefix: null\n",
        "prefix: sthree-configurator\n",
        "prefix: a-very-long-prefix-for-buckets-of-ours\n",
        "environments: []\n",
        "environments:\n",
        "environments:\n  - name: dev\n",
        "environments:\n  - {name: dev, protected: yes}\n",
        "environments:\n  - {name: dev, protected: \"false\"}\n",
        "environments:\n  - {name: ../dev, protected: false}\n",
        "environments:\n  - {name: dev, protected: false}\n  - {name: dev, protected: true}\n",
        "owners: []\n",
        "owners: [a, a]\n",
        "owners: [\"=cmd()\\n\"]\n",
        "paths: {contracts: /etc}\n",
        "paths: {output: ../envs}\n",
        "paths: {output: envs/}\n",
        "paths: {output: 'a\\b'}\n",
        "paths: {output: 'envs/{environment}'}\n",
        "paths: {catalog: strongroom.waivers.yaml}\n",
        "paths: {katalog: a}\n",
        "approval:\n",
        "approval: {labels: []}\n",
        "approval:\n  labels:\n",
        "approval: {labels: ['a,b']}\n",
        "rules: {}\n",
        "rules:\n",
        "rules: {weak-encription: error}\n",
        "rules: {nothing-of-the-kind-at-all: error}\n",
        "rules: {weak-encryption: loud}\n",
        "rules: {duplicate-key: off}\n",
        "rules: {F001: off}\n",
        "rules: {weak-encryption: error, G106: off}\n",
        "changes: {weak-encryption: refuse}\n",
        "requiredTags: ['aws:x']\n",
        "cors: {origins: ['*']}\n",
        "cors: {origins: ['https://example.com/']}\n",
        "waivers: {maxDays: 0}\n",
        "waivers: {maxDays: 1000}\n",
        "waivers: {maxDays: '90'}\n",
        "waivers: {maxDays: -1}\n",
        "waivers: {maxDays: 90.0}\n",
        "waivers: {maxDays: 0o17}\n",
        "waivers: {maxDays: 1_0}\n",
        "waivers: {maxDays: 99999999999}\n",
        "owners: [true]\n",
        "waivers: {maxDays: 10}\n",
        "alarm: {name: alarm}\n",
        "alarm: {name: '{bucket} {team}'}\n",
        "partition: aws-moon\n",
        "owners: &a [x]\n",
        "owners: !!set [x]\n",
        "<<: {prefix: acme}\n",
        "---\nprefix: acme\n",
        "\tprefix: acme\n",
        "prefix: 'acme\n",
    ];
    let bodies = bodies.iter().map(|body| format!("{head}{body}"));
    let told: String = whole
        .iter()
        .map(|text| (*text).to_owned())
        .chain(bodies)
        .map(|text| {
            let shown = text.strip_prefix(head).unwrap_or(&text);
            format!("{shown:?}\n  {}", refusal(&text))
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn a_policy_that_switches_every_guardrail_off_is_refused() {
    let off: String = contract_core::guardrails::GUARDRAILS
        .iter()
        .map(|it| format!("  {}: off\n", it.rule.name))
        .collect();
    let error = parse(&format!("rules:\n{off}")).expect_err("nothing would be asked");
    assert_eq!(error.message, "every guardrail is switched off");
    assert_eq!(error.line, Some(4));
}

#[test]
fn huge_and_deep_documents_are_refused_without_being_read() {
    let long = format!("# {}\nkind: Policy\n", "x".repeat(300_000));
    assert!(refusal(&long).contains("the most is 262144"));
    let deep = format!("apiVersion: strongroom/v1\nkind: Policy\nowners: {}", "[".repeat(50_000));
    assert!(refusal(&deep).starts_with("3:"), "{}", refusal(&deep));
}

#[test]
fn the_digest_is_about_meaning() {
    let digest = |body: &str| parse(body).expect(body).digest();
    let one = digest("prefix: acme\nowners: [a, b]\napproval: {labels: [x, y]}\n");
    let same = digest(
        "# a comment\napproval:\n  labels: [\"y\", x]\nowners:\n- b\n- a\nprefix: \"acme\"\n",
    );
    assert_eq!(one, same);
    for other in [
        "prefix: acme\nowners: [a, b]\napproval: {labels: [x]}\n",
        "prefix: acne\nowners: [a, b]\napproval: {labels: [x, y]}\n",
        "prefix: acme\nowners: [a, b]\napproval: {labels: [x, y]}\nrules: {weak-encryption: warning}\n",
        "prefix: acme\nowners: [a, b]\napproval: {labels: [x, y]}\nwaivers: {maxDays: 91}\n",
    ] {
        assert_ne!(one, digest(other), "{other}");
    }
}

proptest! {
    /// Whatever a policy decides survives being written and read.
    #[test]
    fn a_policy_reads_back_as_it_was_written(
        prefix in "[a-z][a-z0-9]{0,8}",
        names in proptest::collection::btree_set("[a-z][a-z0-9]{0,6}", 1..5),
        owners in proptest::collection::btree_set("[A-Za-z0-9_.:/=+@-]{1,12}", 0..4),
        labels in proptest::collection::btree_set("[a-zA-Z0-9:#\"'\\\\-]{1,20}", 1..4),
        level in 1..Level::ALL.len(),
        max in 1u32..366,
    ) {
        let policy = Policy {
            prefix,
            environments: names
                .into_iter()
                .enumerate()
                .map(|(number, name)| Environment { name, protected: number % 2 == 0 })
                .collect(),
            owners,
            approval_labels: labels.into_iter().collect(),
            levels: [("weak-encryption".to_owned(), Level::ALL[level])].into(),
            waiver_max_days: max,
            waiver_notice_days: max / 2,
            ..Policy::default()
        };
        let yaml = policy.to_yaml();
        prop_assert_eq!(Policy::parse(&yaml).expect(&yaml), policy);
    }

    /// Nothing that is typed makes the reader panic.
    #[test]
    fn no_document_is_too_strange(text in "(apiVersion: strongroom/v1\nkind: Policy\n)?[ -~\n\u{e9}\u{1f600}]{0,80}") {
        let _ = Policy::parse(&text);
    }
}

/// A key is shown as a person typed it, but in one line and without what hides.
#[test]
fn what_is_shown_of_a_policy_is_one_line() {
    let error = parse("\"a\\n\\u202e\\tb\": 1\n").unwrap_err();
    assert_eq!(error.message, "a policy has no key `a \\u{202e} b` here");
    let error = parse(&format!("{}: 1\n", "k".repeat(900))).unwrap_err();
    assert_eq!(error.message.chars().count(), 301);
}

#[test]
fn levels_have_the_words_of_the_document() {
    let words: Vec<_> = Level::ALL.iter().map(|level| level.word()).collect();
    assert_eq!(words, ["off", "advice", "warning", "error"]);
    let policy = parse("rules: {weak-encryption: warning}\n").expect("a policy");
    assert_eq!(policy.levels["weak-encryption"], Level::At(Severity::Warning));
}
