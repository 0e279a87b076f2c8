//! Time stamps of somebody else over the manifest of a report (RFC 3161).

use storage_core::reports::{self, ReportKey, State, TokenBytes};
use storage_core::timestamp::{Chain, Request, Roots, Stamp, Token, verify_chain};

use super::{Error, Reports, Result};

impl Reports {
    /// What an authority is asked for the next time stamp of a report: over its manifest, or over the
    /// last token, to renew that. Sending it is left to the caller.
    ///
    /// # Errors
    ///
    /// [`Gone`](reports::Error::Gone), [`Error::NoRandomness`].
    pub fn timestamp_request(&self, state: &State) -> Result<Request> {
        state.there()?;
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|source| Error::NoRandomness { source })?;
        Ok(Request::new(state.to_be_stamped(), nonce))
    }

    /// Keeps a token with a report: as an act, under the same protection as the report itself. The same
    /// token again is there already.
    ///
    /// # Errors
    ///
    /// [`Error::Timestamp`] for a token that is about something else, or that no authority under one of
    /// `roots` signed.
    pub async fn add_timestamp(
        &self,
        report: &ReportKey,
        token: &Token,
        roots: &Roots,
    ) -> Result<(State, Stamp)> {
        self.heal().await?;
        let state = self.state(report).await?;
        let failed = |source| Error::Timestamp { report: report.clone(), source };
        let bytes = TokenBytes(token.der().to_vec());
        if let Some(at) = state.timestamps.iter().position(|it| *it == bytes) {
            let about = match at.checked_sub(1) {
                Some(before) => storage_core::Digest::of(&state.timestamps[before].0),
                None => state.manifest_sha256,
            };
            return Ok((state, token.verify(about, roots).map_err(failed)?));
        }
        let stamp = token.verify(state.to_be_stamped(), roots).map_err(failed)?;
        let (now, actor) = (self.options.clock.now(), &self.options.actor);
        let plan = reports::timestamp(&state, &bytes, actor, now, self.locks())?;
        self.acts.perform(&plan).await?;
        Ok((self.state(report).await?, stamp))
    }

    /// Verifies the time stamps of a report, if it has any: each is about what it should be, was signed by
    /// an authority under one of `roots`, and was renewed in time.
    ///
    /// # Errors
    ///
    /// [`Error::Timestamp`].
    pub fn verify_timestamps(&self, state: &State, roots: &Roots) -> Result<Option<Chain>> {
        if state.timestamps.is_empty() {
            return Ok(None);
        }
        let failed = |source| Error::Timestamp { report: state.report().clone(), source };
        let tokens: Result<Vec<_>, _> =
            state.timestamps.iter().map(|it| Token::parse(&it.0)).collect();
        let now = self.options.clock.now();
        let chain = verify_chain(state.manifest_sha256, &tokens.map_err(failed)?, roots, now);
        chain.map(Some).map_err(failed)
    }
}
