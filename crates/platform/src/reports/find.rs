//! Finding reports by what they are, page by page.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use storage_core::reports::{Intent, Period, ReportKey, ReportType, State, Status, TenantId};

use super::{Error, Reports, Result};
use crate::store::{Page, StoreError};

/// Which reports are asked for. What is `None` is not asked about; what is given has to be equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query {
    /// What they are about.
    pub report_type: Option<ReportType>,
    /// Who they belong to: exactly this tenant.
    pub tenant: Option<TenantId>,
    /// The time they are about.
    pub period: Option<Period>,
    /// What can be said of them now. Needs each of them to be read.
    pub status: Option<Status>,
}

/// A report that was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reported {
    /// Which it is.
    pub report: ReportKey,
    /// What has become of it, or why that cannot be said.
    pub state: Result<State, std::sync::Arc<Error>>,
}

impl Query {
    /// All reports of one tenant.
    pub fn of(tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..Self::default() }
    }

    /// The same of one type only.
    #[must_use]
    pub fn about(self, report_type: ReportType) -> Self {
        Self { report_type: Some(report_type), ..self }
    }

    /// The same of one period only.
    #[must_use]
    pub fn of_period(self, period: Period) -> Self {
        Self { period: Some(period), ..self }
    }

    /// The same of one status only.
    #[must_use]
    pub fn being(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }

    fn matches(&self, report: &ReportKey) -> bool {
        self.tenant.as_ref().is_none_or(|it| *it == report.tenant)
            && self.period.as_ref().is_none_or(|it| *it == report.period)
    }
}

/// Where a listing goes on: what lies before it is over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    #[serde(rename = "type")]
    report_type: ReportType,
    /// The page of the store.
    page: Option<String>,
    /// The last report that was given.
    after: Option<String>,
}

impl Reports {
    /// One page of the reports that a query asks for, at least one of them if there are more, in
    /// order of type, tenant, period and id. `cursor` is `next` of the page before. The status is
    /// not looked at: see [`Reports::find`].
    ///
    /// # Errors
    ///
    /// [`Error::CursorInvalid`], and what the store says.
    pub async fn list(
        &self,
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<ReportKey>> {
        let types: Vec<_> = ReportType::ALL
            .into_iter()
            .filter(|it| query.report_type.is_none_or(|only| only == *it))
            .collect();
        let invalid =
            |cursor: &str| Error::CursorInvalid { cursor: cursor.chars().take(80).collect() };
        let mut at = match cursor {
            Some(cursor) => {
                let at: Cursor = serde_json::from_str(cursor).map_err(|_| invalid(cursor))?;
                if !types.contains(&at.report_type) {
                    return Err(invalid(cursor));
                }
                at
            }
            None => match types.first() {
                Some(first) => Cursor { report_type: *first, page: None, after: None },
                None => return Ok(Page { entries: Vec::new(), next: None }),
            },
        };
        let limit = limit.max(1);
        let mut entries: Vec<ReportKey> = Vec::new();
        loop {
            let prefix = match (&query.tenant, &query.period) {
                (Some(tenant), Some(period)) => format!("{}/{tenant}/{period}/", at.report_type),
                (Some(tenant), None) => format!("{}/{tenant}/", at.report_type),
                (None, _) => format!("{}/", at.report_type),
            };
            let listed = self.manifests(&prefix, at.page.as_deref()).await;
            let (found, next) = listed.map_err(Error::store("list reports"))?;
            let after = at.after.take();
            let mut last = after.clone();
            for report in found.into_iter().filter(|it| query.matches(it)) {
                let name = report.to_string();
                // The versions of one manifest may lie on two pages.
                if last.as_ref().is_some_and(|last| name <= *last) {
                    continue;
                }
                if entries.len() == limit {
                    let next = Cursor { after: last, ..at };
                    return Ok(Page { entries, next: Some(spelled(&next)) });
                }
                last = Some(name);
                entries.push(report);
            }
            match next {
                Some(page) => at = Cursor { page: Some(page), after: last, ..at },
                None => match types.iter().find(|it| **it > at.report_type) {
                    Some(other) => at = Cursor { report_type: *other, page: None, after: None },
                    None => return Ok(Page { entries, next: None }),
                },
            }
        }
    }

    /// The reports whose manifests are on one page of the store, hidden ones too.
    async fn manifests(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<(Vec<ReportKey>, Option<String>), StoreError> {
        let mut pauses = self.options.retry.pauses();
        loop {
            let answer = match self.versioned() {
                true => self.store().list_versions(prefix, page).await.map(|page| {
                    let there = page.entries.iter().filter(|it| !it.delete_marker);
                    (
                        there.filter_map(|it| ReportKey::of_manifest(it.key.as_str())).collect(),
                        page.next,
                    )
                }),
                false => self.store().list(prefix, page, 1000).await.map(|page| {
                    let there = page.entries.iter();
                    (
                        there.filter_map(|it| ReportKey::of_manifest(it.key.as_str())).collect(),
                        page.next,
                    )
                }),
            };
            if !pauses.again_after(&answer).await {
                return answer;
            }
        }
    }

    /// One page of the reports that a query asks for, with what has become of each at this moment.
    ///
    /// # Errors
    ///
    /// As [`Reports::list`]. That one report does not verify stands in its place.
    pub async fn find(
        &self,
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Reported>> {
        let now = self.options.clock.now();
        let mut entries = Vec::new();
        let mut cursor = cursor.map(str::to_owned);
        loop {
            let page = self.list(query, cursor.as_deref(), limit.max(1)).await?;
            let mut found = self.states(page.entries);
            while let Some((report, state)) = found.next().await {
                let it = Reported { report, state: state.map_err(std::sync::Arc::new) };
                let fits =
                    |status| it.state.as_ref().is_ok_and(|state| state.status(now) == status);
                // What cannot be said of it must not go unnoticed.
                if it.state.is_err() || query.status.is_none_or(fits) {
                    entries.push(it);
                }
            }
            cursor = page.next;
            if cursor.is_none() || !entries.is_empty() {
                return Ok(Page { entries, next: cursor });
            }
        }
    }

    /// Every report that a query asks for, page by page.
    ///
    /// # Errors
    ///
    /// As [`Reports::find`].
    pub async fn find_all(&self, query: &Query) -> Result<Vec<Reported>> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.find(query, cursor.as_deref(), 256).await?;
            all.extend(page.entries);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// Reports that began to be archived and were not completed, with the moment at which they began:
    /// their files, if there are any, belong to nothing.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn unfinished(
        &self,
        report_type: ReportType,
        tenant: &TenantId,
    ) -> Result<Vec<(ReportKey, DateTime<Utc>)>> {
        let prefix = Intent::prefix(report_type, tenant);
        let failed = Error::store("list what is being archived");
        let noted: Vec<_> =
            self.store().list_all(&prefix, None).try_collect().await.map_err(&failed)?;
        let mut unfinished = Vec::new();
        for it in noted {
            let Some(Ok(id)) = it.key.as_str().strip_prefix(&prefix).map(str::parse) else {
                continue;
            };
            let Some(intent) = self.intent(report_type, tenant, &id).await? else { continue };
            match self.state(&intent.report).await {
                Err(Error::NoReport { .. }) => unfinished.push((intent.report, intent.archived_at)),
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        Ok(unfinished)
    }
}

fn spelled(cursor: &Cursor) -> String {
    serde_json::to_string(cursor).expect("a cursor is plain data")
}
