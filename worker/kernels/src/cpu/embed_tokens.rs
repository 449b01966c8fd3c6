/// The sum of each token's word, position and type vectors; twin of `embed_tokens.wgsl`.
///
/// # Shapes
/// `tokens`, `positions`, `types`: `[n_tokens]` (no `types`: all 0); the tables: `[… × d]`;
/// `out`: `[n_tokens × d]`.
#[expect(clippy::too_many_arguments, reason = "the operands of the shader, one for one")]
pub fn embed_tokens(
    tokens: &[u32],
    positions: &[u32],
    types: Option<&[u32]>,
    words: &[f32],
    position_table: &[f32],
    type_table: &[f32],
    d: usize,
    out: &mut [f32],
) {
    assert!(positions.len() == tokens.len() && out.len() == tokens.len() * d);
    let row = |table: &[f32], i: u32, column: usize| table[i as usize * d + column];
    for (t, out) in out.chunks_exact_mut(d).enumerate() {
        let token_type = types.map_or(0, |types| types[t]);
        for (column, out) in out.iter_mut().enumerate() {
            *out = row(words, tokens[t], column)
                + row(position_table, positions[t], column)
                + row(type_table, token_type, column);
        }
    }
}
