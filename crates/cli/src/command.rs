//! The commands, one file each: they call, print, and return a status.

mod approval;
mod artifact;
mod audit;
mod catalog;
mod explain;
mod factor;
mod lake;
mod ledger;
mod new;
mod plan;
mod render;
mod renumber;
mod report;
mod schema;
mod store;
mod tour;
mod validate;
mod version_before;

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use platform::contracts::{Circumstances, Examined, Keep, Repository};

use crate::args::{Arguments, Base, Command, Contract, Rules};
use crate::status::{Error, Result, Status};
use crate::{git, output};

pub(crate) fn run(arguments: Arguments) -> Result<Status> {
    let colour = arguments.colour;
    match arguments.command {
        Command::Tour(tour) => tour::run(&tour.directory, colour),
        Command::Contract(contract) => match *contract {
            Contract::Validate(it) => validate::run(&it, colour),
            Contract::Approval(it) => approval::run(&it),
            Contract::Plan(it) => plan::run(&it),
            Contract::Render(it) => render::run(&it),
            Contract::New(it) => new::run(*it),
            Contract::Renumber(it) => renumber::run(&it),
            Contract::Catalog(it) => catalog::run(&it),
            Contract::Schema(it) => schema::run(&it),
            Contract::Explain(it) => explain::run(&it),
        },
        Command::Audit(audit) => audit::run(*audit),
        Command::Artifact(artifact) => artifact::run(*artifact),
        Command::Factor(factor) => factor::run(*factor),
        Command::Report(report) => report::run(*report),
        Command::Lake(lake) => lake::run(*lake),
        Command::Store(store) => store::run(&store),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "strongroom", &mut script);
            output::data(&String::from_utf8_lossy(&script))?;
            Ok(Status::Fine)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            output::data(&String::from_utf8_lossy(&page))?;
            Ok(Status::Fine)
        }
    }
}

/// The repository that the first path lies in, under the policy that was named or found.
fn open(paths: &[PathBuf], rules: &Rules) -> Result<Repository> {
    let start = paths.first().map_or(Path::new("."), PathBuf::as_path);
    if !start.exists() {
        return Err(platform::Error::NoSuchFile { path: start.to_owned() }.into());
    }
    let repository = Repository::open(start, rules.policy.as_deref())?;
    if repository.policy_path.is_none() {
        output::talk("there is no strongroom.yaml: the built-in policy counts");
    }
    Ok(repository)
}

/// The paths that were typed, or the folder of contracts.
fn paths_or_all(paths: &[PathBuf], repository: &Repository) -> Vec<PathBuf> {
    if !paths.is_empty() {
        return paths.to_vec();
    }
    let all = repository.at(&repository.policy.paths.contracts);
    // Shorter to read, if the command runs at the root.
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| all.strip_prefix(here).ok().map(Path::to_owned));
    // In the folder of contracts itself nothing is left of the path.
    let short = short.map(|it| if it.as_os_str().is_empty() { PathBuf::from(".") } else { it });
    vec![short.unwrap_or(all)]
}

/// Everything that can be asked about the contracts at `paths`. With `compare`, a version before
/// that was not named counts as an empty one: all contracts are new.
fn examine(
    repository: &Repository,
    paths: &[PathBuf],
    rules: &Rules,
    base: &Base,
    compare: bool,
    keeps: Keep,
) -> Result<Examined> {
    let mut paths = paths_or_all(paths, repository);
    if base.base_rev.is_some() {
        let tracked = git::tracked(&repository.root)?;
        paths.extend(repository.left_out(&paths, &tracked)?);
    }
    let bar = output::progress("checking");
    let before = version_before::load(repository, base, &paths)?;
    let before = before.or(compare.then(Vec::new));
    let examined = repository.examine(
        &paths,
        &Circumstances {
            today: today(rules),
            waivers: rules.waivers.as_deref(),
            before: before.as_deref(),
            keeps,
        },
        |done, all| {
            // A bar that is redrawn for every file costs more than the files.
            if done % 256 == 0 || done == all {
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            }
        },
    )?;
    bar.finish_and_clear();
    if !examined.passed_over.is_empty() {
        let count = examined.passed_over.len();
        output::talk(&format!("passed over {count} YAML files that are no bucket requests"));
    }
    Ok(examined)
}

/// The day for which waivers are judged.
fn today(rules: &Rules) -> chrono::NaiveDate {
    rules.today.unwrap_or_else(|| chrono::Utc::now().date_naive())
}

/// An error for a word that is not one of the choices.
fn unknown(what: &str, word: &str, hint: impl Into<String>) -> Error {
    Error::invalid(format!("`{word}` is no {what}"), hint)
}
