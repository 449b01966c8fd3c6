/// Reproducible numbers in [-1, 1): SplitMix64, whose output depends on nothing but `seed`.
pub(super) fn numbers(n: usize, seed: u64) -> Vec<f32> {
    words(n, seed).map(|x| (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0).collect()
}

/// Reproducible indices below `end`.
pub(super) fn indices(n: usize, end: usize, seed: u64) -> Vec<u32> {
    words(n, seed).map(|x| ((x >> 32) % end as u64) as u32).collect()
}

/// Where texts of uneven length start that have `n_tokens` together; one of them is empty.
pub(super) fn text_bounds(n_tokens: usize) -> Vec<u32> {
    let mut bounds = vec![0, 0];
    let mut length = 1;
    while *bounds.last().unwrap_or(&0) < n_tokens as u32 {
        let end = bounds.last().unwrap_or(&0) + length;
        bounds.push(end.min(n_tokens as u32));
        length = (length * 5 + 3) % 97;
    }
    bounds
}

fn words(n: usize, seed: u64) -> impl Iterator<Item = u64> {
    (1..=n as u64).map(move |i| {
        let mut z = seed.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
