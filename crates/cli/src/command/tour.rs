//! `tour`: the whole story on a local directory.

mod kept;
mod ledger;

use std::path::{Path, PathBuf};

use contract_core::approval::Outcome;
use contract_core::report::Format;
use contract_core::{Finding, Severity};
use platform::contracts::{Circumstances, Keep, Repository, write_renderings};
use platform::files;

use ledger::{FOLDER, Happened};

use crate::args::Colour;
use crate::output;
use crate::status::{Error, Result, Status};

macro_rules! examples {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../../../examples/", $path)))),*]
    };
}

/// The examples of the repository, so that the tour needs nothing but the program.
static EXAMPLES: [(&str, &str); 7] = examples![
    "strongroom.yaml",
    "docs/20-contracts/s3-requests/dev/S3-0001.yaml",
    "docs/20-contracts/s3-requests/dev/S3-0002.yaml",
    "docs/20-contracts/s3-requests/prod/S3-0003.yaml",
    "docs/20-contracts/s3-requests/staging/S3-0004.yaml",
    "docs/20-contracts/s3-requests/prod/S3-0005.yaml",
    "docs/20-contracts/s3-requests/test/S3-0006.yaml",
];

pub(super) fn run(directory: &Path, colour: Colour) -> Result<Status> {
    lay_out(directory)?;
    say(&format!("1. A repository with six bucket requests lies in `{}`.\n", directory.display()))?;
    let repository = Repository::open(directory, None)?;
    let contracts = directory.join(&repository.policy.paths.contracts);
    let examined = repository.examine(
        std::slice::from_ref(&contracts),
        &Circumstances {
            today: chrono::Utc::now().date_naive(),
            waivers: None,
            before: Some(&[]),
            keeps: Keep::Texts,
        },
        |_, _| (),
    )?;
    say("2. Each is checked: everything that is wrong, in one pass, with its place.\n")?;
    output::data(&examined.report.write(Format::Human, output::coloured(colour)))?;

    let broken =
        |file: &&contract_core::report::FileReport| file.findings.iter().any(Finding::blocks);
    let broken: Vec<String> =
        examined.report.files.iter().filter(broken).map(|file| file.relative.clone()).collect();
    let in_order: Vec<PathBuf> = examined
        .new
        .iter()
        .filter(|contract| !broken.contains(&contract.path))
        .map(|contract| directory.join(&contract.path))
        .collect();
    say(&format!(
        "\n3. {} of them have errors and go no further. Of the others, who has to approve?\n",
        broken.len()
    ))?;
    let mut happened: Vec<Happened> = broken
        .iter()
        .map(|path| Happened {
            event_type: "contract.refused",
            path: path.clone(),
            outcome: "has errors".to_owned(),
        })
        .collect();
    happened.extend(approvals(&repository, &in_order)?);

    say("\n4. What follows from those in order is rendered: Terraform input, policies, alarm.\n")?;
    let ready = repository.ready(&in_order, chrono::Utc::now().date_naive(), None)?;
    let rendered = repository.renderings(&ready);
    write_renderings(directory, &rendered)?;
    for file in &rendered {
        say(&format!("   {}", file.path))?;
    }
    let warnings = ready.iter().flat_map(|it| &it.findings);
    let warnings = warnings.filter(|finding| finding.severity == Severity::Warning).count();
    say(&format!("   ({warnings} warnings travel along into the pull requests)"))?;
    happened.extend(rendered.iter().map(|file| Happened {
        event_type: "contract.rendered",
        path: file.path.clone(),
        outcome: "written".to_owned(),
    }));
    ledger::run(directory, &happened)?;
    kept::run(directory)?;
    where_to_look(directory, &broken)?;
    Ok(Status::Fine)
}

/// Writes the examples. A folder with other things in it is left alone.
fn lay_out(directory: &Path) -> Result<()> {
    let marker = directory.join(EXAMPLES[0].0);
    let occupied = directory.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !marker.exists() {
        return Err(Error::invalid(
            format!("`{}` is there already and is no tour", directory.display()),
            "name a folder that does not exist yet",
        ));
    }
    for (path, text) in EXAMPLES {
        files::replace(&directory.join(path), text)?;
    }
    Ok(())
}

fn approvals(repository: &Repository, contracts: &[PathBuf]) -> Result<Vec<Happened>> {
    let mut happened = Vec::new();
    for contract in contracts {
        let examined = repository.examine(
            std::slice::from_ref(contract),
            &Circumstances {
                today: chrono::Utc::now().date_naive(),
                waivers: None,
                before: Some(&[]),
                keeps: Keep::Nothing,
            },
            |_, _| (),
        )?;
        let decision = examined.decide(&repository.policy);
        let reasons: Vec<&str> = decision.reasons.iter().map(|it| it.message.as_str()).collect();
        let verdict = match decision.outcome {
            Outcome::Auto => "nobody: approved automatically".to_owned(),
            Outcome::Required => format!("the platform team: {}", reasons.join(", ")),
            Outcome::Refused => format!("nobody can: {}", reasons.join(", ")),
        };
        let path = repository.relative(contract).unwrap_or_default();
        say(&format!("   {path}\n      {verdict}\n      digest {}", decision.digest))?;
        happened.push(Happened { event_type: "contract.decided", path, outcome: verdict });
    }
    Ok(happened)
}

fn where_to_look(directory: &Path, broken: &[String]) -> Result<()> {
    let at = directory.display();
    // A path of a store begins with `/` or `./`.
    let here = match directory.is_absolute() {
        true => directory.display().to_string(),
        false => Path::new(".").join(directory).display().to_string(),
    };
    let first = broken.first().map_or("", String::as_str);
    // As it was started: a build that was just tried lies on no search path.
    let program = std::env::args().next().unwrap_or_else(|| "strongroom".to_owned());
    let kept = kept::FOLDER;
    say(&format!(
        "\n10. Where to look, and what to try:
   less {at}/envs/prod/s3/generated/S3-0003.auto.tfvars.json
   {program} contract validate {at} --fix   mend what can be mended
   {program} contract explain weak-encryption   why a rule is there
   {program} contract render {at}/{first}   what a broken contract gets
   less {at}/{FOLDER}/log/seg/00000000000000000000   the records
   {program} audit prove {here}/{FOLDER}/log 0   evidence for the first record
   {program} factor history grid/xa --store {here}/{kept}/factors   what was known of a factor, and when
   {program} report list --store {here}/{kept}/reports --ledger {here}/{kept}/_strongroom/ledger
   {program} artifact list --all --store {here}/{kept}/artifacts"
    ))
}

fn say(text: &str) -> Result<()> {
    output::data(&format!("{text}\n"))
}
