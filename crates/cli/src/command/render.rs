//! `contract render`

use contract_core::render::{self, RenderedFile};
use platform::contracts::{
    Freshness, Keep, Ready, Repository, compare_renderings, write_renderings,
};

use super::{examine, open, today};
use crate::args::{Base, Render, Rendering};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Render) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    let ready = repository.ready(
        &arguments.paths,
        today(&arguments.rules),
        arguments.rules.waivers.as_deref(),
    )?;
    if let Some(what) = arguments.print {
        let [one] = &ready[..] else {
            return Err(Error::invalid(
                format!("`--print` shows one contract, here are {}", ready.len()),
                "name one file",
            ));
        };
        output::data(&text(what, one, &repository, arguments)?)?;
        return Ok(Status::Fine);
    }
    let root = arguments.root.clone().unwrap_or_else(|| repository.root.clone());
    let rendered = repository.renderings(&ready);
    for it in &ready {
        for dropped in &it.spec.dropped {
            output::talk(&format!(
                "{}: left out `{}`: objects {}",
                it.path, dropped.id, dropped.reason
            ));
        }
    }
    if arguments.check {
        let orphans = repository.orphans(&arguments.paths, &root, &rendered)?;
        return check(&root, &rendered, &orphans);
    }
    let changed = write_renderings(&root, &rendered)?;
    let list: String = changed.iter().map(|path| format!("{path}\n")).collect();
    output::data(&list)?;
    output::talk(&format!("{} of {} files written", changed.len(), rendered.len()));
    Ok(Status::Fine)
}

fn check(root: &std::path::Path, rendered: &[RenderedFile], orphans: &[String]) -> Result<Status> {
    let compared = compare_renderings(root, rendered)?;
    let mut list = String::new();
    for (path, freshness) in &compared {
        match freshness {
            Freshness::Fresh => {}
            Freshness::Stale => list.push_str(&format!("stale: {path}\n")),
            Freshness::Missing => list.push_str(&format!("missing: {path}\n")),
        }
    }
    for path in orphans {
        list.push_str(&format!("orphan: {path}\n"));
    }
    output::data(&list)?;
    if list.is_empty() {
        output::talk(&format!("{} files are fresh", compared.len()));
        return Ok(Status::Fine);
    }
    output::talk("hint: run `strongroom contract render`, delete orphans, and commit");
    Ok(Status::Findings)
}

fn text(
    what: Rendering,
    ready: &Ready,
    repository: &Repository,
    arguments: &Render,
) -> Result<String> {
    let (spec, policy) = (&ready.spec, &repository.policy);
    // Who has to approve a contract that is looked at for the first time.
    let examined = || {
        examine(
            repository,
            &arguments.paths,
            &arguments.rules,
            &Base::default(),
            true,
            Keep::Nothing,
        )
    };
    Ok(match what {
        Rendering::Tfvars => render::tfvars::text(spec),
        Rendering::Iam => render::iam_policy::text(spec, policy),
        Rendering::BucketPolicy => render::bucket_policy::text(spec, policy),
        Rendering::Alarm => render::alarm::text(spec),
        Rendering::StateKey => format!("{}\n", spec.state_key),
        Rendering::Spec => serde_json::to_string_pretty(spec).expect("a spec is JSON") + "\n",
        Rendering::PrBody => {
            let decision = examined()?.decide(policy);
            let url = arguments.repository_url.as_deref();
            render::pull_request::body(spec, policy, &decision, url)
        }
        Rendering::Summary => {
            let examined = examined()?;
            render::summary::text(&examined.report, Some(&examined.decide(policy)))
        }
    })
}
