use crate::rng::SplitMix64;

/// What random numbers are drawn for: each purpose has a sequence of its own, so that training can be
/// resumed anywhere without the numbers drawn before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Split = 1,
    Weights = 2,
    Batches = 3,
    Views = 4,
    Validation = 5,
    ValidationViews = 6,
}

/// The generator of a purpose, for its `index`-th use.
pub(super) fn stream(seed: u64, purpose: Purpose, index: u64) -> SplitMix64 {
    // The generator's own mixing keeps the sequences of neighbouring numbers apart.
    let of_purpose = SplitMix64::new(seed).next_u64().wrapping_add(purpose as u64);
    let of_use = SplitMix64::new(of_purpose).next_u64().wrapping_add(index);
    SplitMix64::new(SplitMix64::new(of_use).next_u64())
}
