//! Decisions about releases: gates, agreement, moves.

use std::collections::BTreeSet;

use super::decide::{check_word, said};
use super::{
    Approval, Change, Error, GateReport, Gates, Log, Missing, Promotion, Release, ReleaseName,
    Stage, Who,
};
use crate::{Digest, Plan};

impl Log {
    /// A gate said something about the contents of a release.
    ///
    /// # Errors
    ///
    /// [`Error::NoRelease`], [`Error::OtherContents`], [`Error::Invalid`] for a name that cannot be one.
    pub fn report_gate(
        &self,
        name: &ReleaseName,
        report: GateReport,
        who: &Who,
    ) -> Result<Plan, Error> {
        check_word(&report.gate)?;
        self.holding(name, report.contents)?;
        self.plan(name, &Change::GateReported(report), who)
    }

    /// Somebody agrees that a release moves to a stage with these contents.
    ///
    /// # Errors
    ///
    /// [`Error::NoRelease`], [`Error::OtherContents`]; [`Error::WrongStage`] if it is not the next stage.
    pub fn approve(
        &self,
        name: &ReleaseName,
        to: Stage,
        contents: Digest,
        comment: Option<String>,
        who: &Who,
    ) -> Result<Plan, Error> {
        let release = self.holding(name, contents)?;
        next_of(name, &release, to)?;
        let approver = who.actor.clone();
        self.plan(name, &Change::Approved(Approval { to, contents, approver, comment }), who)
    }

    /// What is missing before a release can move to a stage; empty if nothing is.
    pub fn missing(&self, name: &ReleaseName, to: Stage, gates: &Gates) -> Vec<Missing> {
        let release = self.release(name);
        let contents = release.contents(name);
        let needs = gates.before(name.kind(), to);
        let mut missing = Vec::new();
        if release.artifacts().next().is_none() {
            missing.push(Missing::Files);
        }
        for (file, state) in &release.files {
            if !state.quarantined.is_empty() && state.entry.is_none() {
                missing.push(Missing::CleanFile { file: file.clone() });
            }
        }
        for gate in &needs.gates {
            match last_word(&release, gate, contents) {
                Some(true) => {}
                Some(false) => missing.push(Missing::GateFailed { gate: gate.clone() }),
                None => missing.push(Missing::Gate { gate: gate.clone() }),
            }
        }
        let have = approvers(&release, to, contents, gates, name);
        if have.len() < needs.approvals as usize {
            let have = have.into_iter().collect();
            missing.push(Missing::Approvals { needed: needs.approvals, have });
        }
        missing
    }

    /// A release moves to the next stage.
    ///
    /// # Errors
    ///
    /// [`Error::NoRelease`], [`Error::WrongStage`], [`Error::NotReady`] with all that is missing;
    /// [`Error::OtherContents`] if it does not hold what `contents` names.
    pub fn promote(
        &self,
        name: &ReleaseName,
        to: Stage,
        contents: Option<Digest>,
        gates: &Gates,
        who: &Who,
    ) -> Result<Plan, Error> {
        let holds = self.contents(name)?;
        let release = self.holding(name, contents.unwrap_or(holds))?;
        let from = next_of(name, &release, to)?;
        let missing = self.missing(name, to, gates);
        if !missing.is_empty() {
            return Err(Error::NotReady { release: name.clone(), to, missing });
        }
        let promotion = Promotion {
            from,
            to,
            contents: holds,
            gates: gates.digest()?,
            passed: gates.before(name.kind(), to).gates.iter().cloned().collect(),
            approvers: approvers(&release, to, holds, gates, name).into_iter().collect(),
        };
        self.plan(name, &Change::Promoted(promotion), who)
    }

    /// A release moves back. Whoever agreed has to agree again.
    ///
    /// # Errors
    ///
    /// [`Error::NoRelease`], [`Error::WrongStage`] for a stage that it has not passed,
    /// [`Error::Invalid`] without a reason.
    pub fn demote(
        &self,
        name: &ReleaseName,
        to: Stage,
        reason: &str,
        who: &Who,
    ) -> Result<Plan, Error> {
        let release = self.there(name)?;
        let from = release.stage.unwrap_or(Stage::Dev);
        if to >= from {
            return Err(Error::WrongStage { release: name.clone(), from, to });
        }
        said(reason)?;
        self.plan(name, &Change::Demoted { from, to, reason: reason.to_owned() }, who)
    }

    /// The digest of what a release holds.
    ///
    /// # Errors
    ///
    /// [`Error::NoRelease`].
    pub fn contents(&self, name: &ReleaseName) -> Result<Digest, Error> {
        Ok(self.there(name)?.contents(name))
    }

    fn there(&self, name: &ReleaseName) -> Result<Release, Error> {
        let release = self.release(name);
        match release.stage {
            Some(_) => Ok(release),
            None => Err(Error::NoRelease { release: name.clone() }),
        }
    }

    fn holding(&self, name: &ReleaseName, meant: Digest) -> Result<Release, Error> {
        let release = self.there(name)?;
        let holds = release.contents(name);
        match holds == meant {
            true => Ok(release),
            false => Err(Error::OtherContents { release: name.clone(), holds, meant }),
        }
    }
}

/// Where a release stands from which `to` is the next stage.
fn next_of(name: &ReleaseName, release: &Release, to: Stage) -> Result<Stage, Error> {
    let from = release.stage.unwrap_or(Stage::Dev);
    match from.next() == Some(to) {
        true => Ok(from),
        false => Err(Error::WrongStage { release: name.clone(), from, to }),
    }
}

/// What a gate said last about these contents.
fn last_word(release: &Release, gate: &str, contents: Digest) -> Option<bool> {
    let about = |it: &&GateReport| it.gate == gate && it.contents == contents;
    release.gates.iter().rev().find(about).map(|it| it.passed)
}

/// Whose agreement counts.
fn approvers(
    release: &Release,
    to: Stage,
    contents: Digest,
    gates: &Gates,
    name: &ReleaseName,
) -> BTreeSet<String> {
    let needs = gates.before(name.kind(), to);
    let counts = |it: &&Approval| {
        it.to == to
            && it.contents == contents
            && (needs.approvers.is_empty() || needs.approvers.contains(&it.approver))
            && (needs.authors_may_approve || !release.authors.contains(&it.approver))
    };
    release.approvals.iter().filter(counts).map(|it| it.approver.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Arrival, ArtifactKey, Entry, Expected};
    use super::*;

    fn who(actor: &str) -> Who {
        Who { actor: actor.to_owned(), at: "2026-03-01T12:00:00Z".parse().unwrap() }
    }

    /// A log to which changes are added.
    struct Growing(Vec<Vec<u8>>, ArtifactKey);

    impl Growing {
        fn log(&self) -> Log {
            Log::read(self.1.release().log(), (0..).zip(&self.0)).unwrap()
        }

        fn add(&mut self, plan: Plan) {
            self.0.push(plan.to_bytes().unwrap());
        }
    }

    #[test]
    fn who_let_a_file_be_uploaded_does_not_count_among_those_who_agree_to_it() {
        let key: ArtifactKey = "models/uplift/1/model.onnx".parse().unwrap();
        let mut it = Growing(Vec::new(), key.clone());
        let until = "2026-03-01T13:00:00Z".parse().unwrap();
        it.add(it.log().grant(&key, until, Expected::default(), &who("ana")).unwrap());
        let entry = Entry::new(Digest::of(b"\x08"), 1, key.media_type());
        let arrival = Arrival { principal: Some("AWS:AIDA".to_owned()), ..Arrival::default() };
        it.add(it.log().accept(&key, entry, arrival, &who("intake")).unwrap());

        let (name, gates) = (key.release(), Gates::default());
        it.add(it.log().promote(name, Stage::Staging, None, &gates, &who("ci")).unwrap());
        let contents = it.log().contents(name).unwrap();
        for (approver, lacks) in [("ana", 1), ("intake", 1), ("AWS:AIDA", 1), ("ben", 0)] {
            let plan = it.log().approve(name, Stage::Prod, contents, None, &who(approver));
            it.add(plan.unwrap());
            let missing = it.log().missing(name, Stage::Prod, &gates);
            assert_eq!(missing.len(), lacks, "{approver}: {missing:?}");
        }
    }

    #[test]
    fn a_gate_that_could_never_report_is_refused_with_its_document() {
        let error = Gates::read(br#"{"v": 1, "all": {"prod": {"gates": ["unit tests"]}}}"#);
        assert!(error.unwrap_err().to_string().contains("`unit tests`"));
    }
}
