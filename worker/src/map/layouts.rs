//! The layouts of the cells that could be drawn.

use lexicell_protocol::{Layout, RefineSpace, View};

use crate::session::Session;

/// The positions of a layout, if it is there.
pub(crate) fn positions(session: &Session, layout: Layout) -> Option<Vec<[f32; 2]>> {
    match layout {
        Layout::Umap(view) => session.views.get(&view)?.umap.as_ref().map(|points| points.to_vec()),
        Layout::Pca => {
            let components = session.embedding(View::Pca)?;
            (components.n_cols() >= 2).then(|| {
                (0..components.n_rows())
                    .map(|row| [components.row(row)[0], components.row(row)[1]])
                    .collect()
            })
        }
        Layout::FromFile(at) => {
            let (_, matrix) = layouts_of_file(session).into_iter().nth(at as usize)?;
            Some((0..matrix.n_rows()).map(|row| [matrix.row(row)[0], matrix.row(row)[1]]).collect())
        }
    }
}

/// Whether a layout has positions.
pub(super) fn is_there(session: &Session, layout: Layout) -> bool {
    match layout {
        Layout::Umap(view) => session.views.get(&view).is_some_and(|view| view.umap.is_some()),
        Layout::Pca => session.embedding(View::Pca).is_some_and(|own| own.n_cols() >= 2),
        Layout::FromFile(at) => (at as usize) < layouts_of_file(session).len(),
    }
}

/// The name of a layout and of its axes.
pub(crate) fn layout_name(session: &Session, layout: Layout) -> String {
    match layout {
        Layout::Umap(View::Text) => "UMAP of gene descriptions".to_owned(),
        Layout::Umap(View::Pca) => "UMAP of expression (PCA)".to_owned(),
        Layout::Umap(View::Refined) if session.used.refine.space == RefineSpace::Joint => {
            "UMAP of the joint view".to_owned()
        }
        Layout::Umap(View::Refined) => "UMAP of refined cells".to_owned(),
        Layout::Pca => "PCA of expression".to_owned(),
        Layout::FromFile(at) => layouts_of_file(session).get(at as usize).map_or_else(
            || "layout of the file".to_owned(),
            |(name, _)| format!("{name} (from the file)"),
        ),
    }
}

fn layouts_of_file(session: &Session) -> Vec<(&String, &lexicell_matrix::DenseMatrix)> {
    let own = session.dataset.as_ref().map(|dataset| dataset.adata.obsm.iter());
    own.into_iter().flatten().filter(|(_, matrix)| matrix.n_cols() >= 2).collect()
}

/// The layout of the file that shows most: a UMAP or t-SNE before places in tissue and components.
pub(super) fn best_of_file(session: &Session) -> Option<Layout> {
    let rank = |name: &str| {
        let name = name.to_lowercase();
        let kinds = ["umap", "tsne", "spatial"];
        kinds.iter().position(|kind| name.contains(kind)).unwrap_or(kinds.len())
    };
    let names = layouts_of_file(session).into_iter().map(|(name, _)| rank(name));
    let best = names.enumerate().min_by_key(|&(_, rank)| rank)?;
    Some(Layout::FromFile(best.0 as u32))
}

/// The layouts that are there, with their names.
pub(super) fn layouts(session: &Session) -> Vec<(Layout, String)> {
    let mut all: Vec<Layout> = View::ALL.map(Layout::Umap).to_vec();
    all.push(Layout::Pca);
    all.extend((0..layouts_of_file(session).len() as u32).map(Layout::FromFile));
    all.retain(|&layout| is_there(session, layout));
    all.into_iter().map(|layout| (layout, layout_name(session, layout))).collect()
}
