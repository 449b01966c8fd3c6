use crate::ops::NO_GROUP;

/// Adds the symmetric gradient of the contrastive loss to `out`; twin of
/// `contrastive_gradient.wgsl`.
///
/// # Shapes
/// `similarities`, `out`: `[n × n]`; `groups`, `rows` as `contrastive_rows` wrote them: `[n]`.
pub fn contrastive_gradient(
    similarities: &[f32],
    groups: &[u32],
    rows: &[[f32; 2]],
    temperature: f32,
    scale: f32,
    out: &mut [f32],
) {
    let n = groups.len();
    assert!(similarities.len() == n * n && rows.len() == n && out.len() == n * n);
    let inverse_temperature = 1.0 / temperature;
    for (at, (out, similarity)) in out.iter_mut().zip(similarities).enumerate() {
        let (i, j) = (at / n, at % n);
        if i == j || groups[i] == NO_GROUP || groups[j] == NO_GROUP {
            continue;
        }
        let positive = groups[i] == groups[j];
        let pull = |[lse, share]: [f32; 2]| match share {
            0.0 => 0.0,
            _ => {
                (similarity * inverse_temperature - lse).exp() - if positive { share } else { 0.0 }
            }
        };
        *out += (pull(rows[i]) + pull(rows[j])) * (scale * inverse_temperature);
    }
}
