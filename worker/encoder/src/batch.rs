//! Packed batches of tokens: texts lie end to end, no padding.

use crate::EncoderError;

/// Token ids of several texts, end to end.
///
/// # Shapes
/// `ids`: `[Σ length]`; `cu_seqlens`: `[n_texts + 1]`, text i holds `ids[cu_seqlens[i]..cu_seqlens[i + 1]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenBatch {
    /// Token ids, text after text.
    pub ids: Vec<u32>,
    /// Where each text starts, and at last where the batch ends.
    pub cu_seqlens: Vec<u32>,
}

impl TokenBatch {
    /// Packs texts that are already token ids.
    pub fn pack<T: AsRef<[u32]>>(texts: &[T]) -> Self {
        let mut batch = Self { ids: Vec::new(), cu_seqlens: vec![0] };
        for text in texts {
            batch.ids.extend_from_slice(text.as_ref());
            batch.cu_seqlens.push(batch.ids.len() as u32);
        }
        batch
    }

    /// Number of texts.
    pub fn n_texts(&self) -> usize {
        self.cu_seqlens.len().saturating_sub(1)
    }

    /// Number of tokens over all texts.
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// Range of each text within `ids`.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.cu_seqlens.windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
    }

    /// Length of the longest text.
    pub fn longest(&self) -> usize {
        self.ranges().map(|range| range.len()).max().unwrap_or(0)
    }

    /// Checks offsets, lengths and ids against a model's tables.
    ///
    /// # Errors
    /// [`EncoderError::InvalidBatch`] says what was expected and found.
    pub fn check(&self, vocab_size: usize, max_positions: usize) -> Result<(), EncoderError> {
        let invalid = |problem: String| Err(EncoderError::InvalidBatch { problem });
        if self.cu_seqlens.first() != Some(&0)
            || self.cu_seqlens.last() != Some(&(self.ids.len() as u32))
        {
            return invalid(format!(
                "cu_seqlens must run from 0 to {}, found {:?}",
                self.ids.len(),
                self.cu_seqlens
            ));
        }
        for (text, pair) in self.cu_seqlens.windows(2).enumerate() {
            let length = pair[1].saturating_sub(pair[0]) as usize;
            if length == 0 || length > max_positions {
                let found = i64::from(pair[1]) - i64::from(pair[0]);
                return invalid(format!(
                    "text {text} must have 1 to {max_positions} tokens, found {found}"
                ));
            }
        }
        match self.ids.iter().position(|&id| id as usize >= vocab_size) {
            Some(at) => invalid(format!(
                "token ids must be below {vocab_size}, found {} at {at}",
                self.ids[at]
            )),
            None => Ok(()),
        }
    }
}

/// Groups texts by length so that each group has at most `max_tokens` tokens, longest texts first.
///
/// Every index of `lengths` appears once. A text longer than `max_tokens` makes a group of its own. Equal lengths
/// keep their order, so the plan is deterministic.
pub fn plan_batches(lengths: &[usize], max_tokens: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&text| std::cmp::Reverse(lengths[text]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut tokens = usize::MAX;
    for text in order {
        match batches.last_mut() {
            Some(batch) if tokens.saturating_add(lengths[text]) <= max_tokens => {
                batch.push(text);
                tokens += lengths[text];
            }
            _ => {
                batches.push(vec![text]);
                tokens = lengths[text];
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn check_names_the_problem() {
        let batch = TokenBatch { ids: vec![1, 2, 9], cu_seqlens: vec![0, 2, 3] };
        assert!(batch.check(10, 2).is_ok());
        let message =
            |batch: TokenBatch| batch.check(9, 2).expect_err("an invalid batch").to_string();
        assert!(message(batch.clone()).contains("below 9, found 9 at 2"));
        assert!(
            message(TokenBatch { ids: vec![1; 3], cu_seqlens: vec![0, 3] })
                .contains("1 to 2 tokens, found 3")
        );
        assert!(
            message(TokenBatch { ids: vec![1; 3], cu_seqlens: vec![0, 2] }).contains("from 0 to 3")
        );
        assert!(
            message(TokenBatch { ids: vec![1; 3], cu_seqlens: vec![0, 4, 3] })
                .contains("tokens, found")
        );
        assert!(message(TokenBatch { ids: vec![], cu_seqlens: vec![] }).contains("from 0 to 0"));
    }

    proptest! {
        #[test]
        fn a_plan_holds_every_text_once_within_the_limit(
            lengths in prop::collection::vec(1_usize..600, 0..80), max_tokens in 1_usize..2_000,
        ) {
            let plan = plan_batches(&lengths, max_tokens);
            let mut seen: Vec<usize> = plan.concat();
            prop_assert!(seen.windows(2).all(|pair| lengths[pair[0]] >= lengths[pair[1]]));
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in plan {
                let tokens: usize = batch.iter().map(|&text| lengths[text]).sum();
                prop_assert!(batch.len() == 1 || tokens <= max_tokens);
            }
        }
    }
}
