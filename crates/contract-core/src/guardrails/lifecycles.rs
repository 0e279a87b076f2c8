//! What S3 makes of the days in a contract.

use crate::contract::{At, Contract};
use crate::slot::Slot;
use crate::words::StorageClass;

/// A move of every object to another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The class.
    pub(super) to: StorageClass,
    /// The days after creation.
    pub(super) day: u32,
    /// Whether it has no effect, because objects cannot go from the class before to this one.
    pub(super) is_idle: bool,
}

/// The class that objects are in once the storage class of the contract took effect, and the day
/// on which that is so: S3 stores in Standard and a lifecycle rule moves from there.
pub(super) fn first_class(contract: &Contract<'_>) -> Option<(StorageClass, u32)> {
    let class = contract.storage_class()?.value;
    Some((class, class.earliest_transition_days()))
}

/// The moves that the contract gives in days. Whatever class objects start in, the one move never
/// makes the other idle: S3 moves from Standard-IA to Glacier, and the other way round the days
/// are refused.
pub(super) fn moves(contract: &Contract<'_>) -> impl Iterator<Item = (Slot, At<u32>, Move)> {
    let class = contract.storage_class().map(|class| class.value);
    let given = [
        (Slot::TransitionToIaDays, StorageClass::StandardIa),
        (Slot::TransitionToGlacierDays, StorageClass::Glacier),
    ];
    given.into_iter().filter_map(move |(slot, to)| {
        let days = contract.number_in(slot)?;
        let is_idle = class.is_some_and(|class| !class.can_move_to(to));
        Some((slot, days, Move { to, day: days.value, is_idle }))
    })
}

/// Whether anything happens to objects as they age; a value that was not understood counts.
pub(super) fn is_given(contract: &Contract<'_>) -> bool {
    [Slot::ExpireDays, Slot::TransitionToIaDays, Slot::TransitionToGlacierDays]
        .into_iter()
        .any(|slot| contract.is_given(slot))
}
