/// Copies rows of length `d` of a table, in any order; twin of `gather_rows.wgsl`.
///
/// # Shapes
/// `table`: a block of a larger one that starts with its row `first`; `rows`: `[n_rows]`;
/// `out`: `[n_rows × d]`, untouched where a row lies outside the block.
pub fn gather_rows(table: &[f32], first: usize, rows: &[u32], d: usize, out: &mut [f32]) {
    assert!(out.len() == rows.len() * d);
    for (&row, out) in rows.iter().zip(out.chunks_exact_mut(d)) {
        let at =
            (row as usize).checked_sub(first).and_then(|row| table.get(row * d..(row + 1) * d));
        if let Some(row) = at {
            out.copy_from_slice(row);
        }
    }
}
