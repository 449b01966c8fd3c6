use crate::ops::NO_GROUP;

/// The supervised contrastive loss of each row; twin of `contrastive_rows.wgsl`.
///
/// # Shapes
/// `similarities`: `[n × n]`; `groups`, `rows` (logarithm of the sum of exponentials, one over the
/// number of positives), `losses`: `[n]`.
pub fn contrastive_rows(
    similarities: &[f32],
    groups: &[u32],
    temperature: f32,
    scale: f32,
    rows: &mut [[f32; 2]],
    losses: &mut [f32],
) {
    let n = groups.len();
    assert!(similarities.len() == n * n && rows.len() == n && losses.len() == n);
    for i in 0..n {
        let scores = || {
            let row = &similarities[i * n..(i + 1) * n];
            let others = row.iter().zip(groups).enumerate();
            let others = others.filter(move |&(j, (_, group))| j != i && *group != NO_GROUP);
            others.map(|(_, (s, group))| (s * (1.0 / temperature), *group))
        };
        let positives = || scores().filter(|&(_, group)| group == groups[i]);
        let n_positives = positives().count();
        (rows[i], losses[i]) = ([0.0; 2], 0.0);
        if n_positives > 0 {
            let highest = scores().map(|(score, _)| score).fold(f32::MIN, f32::max);
            let total: f32 = scores().map(|(score, _)| (score - highest).exp()).sum();
            let (lse, share) = (total.ln() + highest, 1.0 / n_positives as f32);
            rows[i] = [lse, share];
            losses[i] = scale * (lse - positives().map(|(score, _)| score).sum::<f32>() * share);
        }
    }
}
