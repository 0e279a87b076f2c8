//! Which rules a new record falls under.

use std::collections::{BTreeMap, BTreeSet};

use super::{Error, Jurisdiction, Regime, Rule, RuleTable};

/// What is known about a new record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// The regime it is kept under.
    pub regime: Regime,
    /// Whose laws reach it. Without any, only the rules of the platform.
    pub jurisdictions: BTreeSet<Jurisdiction>,
    /// What is so (`true`), or is not. What is not said is not assumed.
    pub circumstances: BTreeMap<String, bool>,
}

impl Question {
    /// A record of a regime, within no jurisdiction yet.
    pub fn new(regime: Regime) -> Self {
        Self { regime, jurisdictions: BTreeSet::new(), circumstances: BTreeMap::new() }
    }

    /// Reached by the laws of this jurisdiction, and by those of the union it is a member of.
    #[must_use]
    pub fn within(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdictions.insert(jurisdiction);
        self
    }

    /// In this circumstance, or expressly not.
    #[must_use]
    pub fn given(mut self, circumstance: impl Into<String>, is_so: bool) -> Self {
        self.circumstances.insert(circumstance.into(), is_so);
        self
    }
}

/// The answer: rules that apply, rules that nobody can tell about yet, and what has no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Rules that apply, by id.
    pub applying: Vec<Rule>,
    /// Rules whose circumstance was neither affirmed nor denied, by id.
    pub undecided: Vec<Rule>,
    /// Jurisdictions whose own law on this regime the table does not know: what the law there asks
    /// for may be longer.
    pub gaps: BTreeSet<Jurisdiction>,
}

impl Selection {
    /// The rules that apply, if every circumstance was decided.
    ///
    /// # Errors
    ///
    /// [`Error::Undecided`] names the circumstances to decide; [`Error::NoDuty`] if no rule applies.
    pub fn decided(self) -> Result<Vec<Rule>, Error> {
        if !self.undecided.is_empty() {
            let circumstances: BTreeSet<_> =
                self.undecided.iter().filter_map(|it| it.circumstance.clone()).collect();
            return Err(Error::Undecided {
                rules: self.undecided.into_iter().map(|it| it.id).collect(),
                circumstances: circumstances.into_iter().collect(),
            });
        }
        if self.applying.is_empty() { Err(Error::NoDuty) } else { Ok(self.applying) }
    }

    /// The rules that apply and those that may: what is safe when nobody can be asked. The record is
    /// held until the events of all of them are known.
    ///
    /// # Errors
    ///
    /// [`Error::NoDuty`] if there is none.
    pub fn cautious(self) -> Result<Vec<Rule>, Error> {
        let mut rules = self.applying;
        rules.extend(self.undecided);
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if rules.is_empty() { Err(Error::NoDuty) } else { Ok(rules) }
    }
}

impl RuleTable {
    /// The current rules for a new record.
    ///
    /// ```
    /// use storage_core::retention::{Question, Regime, RuleTable};
    ///
    /// let table = RuleTable::builtin();
    /// let german = Question::new(Regime::Csrd).within("DE".parse()?);
    /// let error = table.select(&german)?.decided().unwrap_err();
    /// assert_eq!(error.to_string(), "whether eu-transparency-4 applies depends on what was not said: listed");
    ///
    /// let rules = table.select(&german.given("listed", false))?.decided()?;
    /// let ids: Vec<_> = rules.iter().map(|it| it.id.as_str()).collect();
    /// assert_eq!(ids, ["de-hgb-257", "platform-csrd"]);
    /// # Ok::<(), storage_core::retention::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CircumstanceUnknown`] for a circumstance that no rule asks for.
    pub fn select(&self, question: &Question) -> Result<Selection, Error> {
        if let Some(name) =
            question.circumstances.keys().find(|it| !self.circumstances.contains_key(*it))
        {
            let known = self.circumstances.keys().cloned().collect();
            return Err(Error::CircumstanceUnknown { name: name.clone(), known });
        }
        let reaching: BTreeSet<&str> =
            question.jurisdictions.iter().flat_map(|it| self.reaching(it)).collect();
        let mut selection =
            Selection { applying: Vec::new(), undecided: Vec::new(), gaps: BTreeSet::new() };
        let of_regime = || self.current_rules().filter(|it| it.regime == question.regime);
        for rule in of_regime() {
            if !rule.jurisdiction.is_everywhere() && !reaching.contains(rule.jurisdiction.as_str())
            {
                continue;
            }
            let said = match &rule.circumstance {
                None => Some(true),
                Some(name) => question.circumstances.get(name).copied(),
            };
            match said {
                Some(true) => selection.applying.push(rule.clone()),
                Some(false) => {}
                None => selection.undecided.push(rule.clone()),
            }
        }
        for jurisdiction in &question.jurisdictions {
            let own = self.reaching(jurisdiction);
            let known = |rule: &&Rule| match &rule.circumstance {
                // A rule for some does not tell what holds for all others.
                Some(name) if question.circumstances.get(name) != Some(&true) => false,
                _ => own.contains(&rule.jurisdiction.as_str()),
            };
            if !of_regime().any(|rule| known(&rule)) && !jurisdiction.is_everywhere() {
                selection.gaps.insert(jurisdiction.clone());
            }
        }
        Ok(selection)
    }

    /// A jurisdiction, what it is a part of, and what that is a member of.
    fn reaching<'a>(&'a self, jurisdiction: &'a Jurisdiction) -> Vec<&'a str> {
        let mut all = vec![jurisdiction.as_str()];
        all.extend(jurisdiction.country());
        let country = jurisdiction.country().unwrap_or(jurisdiction.as_str());
        for (union, members) in &self.unions {
            if members.iter().any(|it| it.as_str() == country) {
                all.push(union.as_str());
            }
        }
        all
    }
}
