//! The records that somebody asks for, one by one.

use std::ops::ControlFlow;

use audit_chain::canonical::Scanner;
use audit_chain::record::Line;
use audit_chain::segment;
use futures_util::StreamExt as _;

use super::{Filter, segments, unreadable};
use crate::ledger::prove::hash_of;
use crate::ledger::read_error::ReadError;
use crate::ledger::reader::Reader;
use crate::store::Store;

/// Calls `take` with the number and the line (without line feed) of each record that fits, in order,
/// until it breaks off or the log ends. Gives the number of the record after the last one looked at.
///
/// Each line is held against its own hash. Nobody vouches for more than that: whoever needs to know
/// that nothing is missing verifies the log.
///
/// # Errors
///
/// [`ReadError::NoLog`]; [`ReadError::Unsound`] for a record that does not have its hash; what the
/// store says.
pub async fn records(
    store: &Store,
    filter: &Filter,
    mut take: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> Result<u64, ReadError> {
    let reader = Reader::open(store).await?;
    let of_content = Filter { first_seq: None, end_seq: None, ..filter.clone() };
    let wanted = if of_content == Filter::default() { None } else { Some(filter.spelled()?) };
    let (first, end) = (filter.first_seq.unwrap_or(0), filter.end_seq.unwrap_or(u64::MAX));
    let mut next = first;
    let mut scanner = Scanner::default();
    let mut segments = std::pin::pin!(segments(&reader, first, end).await?);
    while let Some(segment) = segments.next().await {
        let (number, body) = segment?;
        let opened = segment::open(&body).map_err(|error| unreadable(number, &error))?;
        for (seq, line) in opened.lines().filter(|(seq, _)| (first..end).contains(seq)) {
            next = seq + 1;
            // A record of an older log names these things otherwise: no filter applies to it.
            let fits = wanted.as_ref().is_none_or(|wanted| {
                Line::read(line, &mut scanner).is_ok_and(|record| wanted.matches(&record))
            });
            if fits {
                hash_of(line, seq)?;
                if take(seq, line).is_break() {
                    return Ok(next);
                }
            }
        }
    }
    Ok(next)
}
