//! Which labels of two data sets mean the same.

use lexicell_matrix::{Categorical, MISSING_CODE};

use crate::{
    data::DataSet,
    error::{AblationError, Result},
};

/// Two data sets of one tissue; labels are carried both ways.
pub(crate) struct Pair {
    /// Keys of the sets.
    pub(crate) sets: [&'static str; 2],
    /// The labels of the first and of the second.
    matches: [&'static [Match]; 2],
}

/// A label, what it is called in both sets, and why; one without that name is left out.
pub(crate) struct Match {
    /// The label, or what it begins with, followed by `*`.
    label: &'static str,
    common: Option<&'static str>,
    why: &'static str,
}

/// A label of a set in words: what it counts as, of how many cells, and why.
pub(crate) type Row = [String; 4];

const fn same(label: &'static str, common: &'static str, why: &'static str) -> Match {
    Match { label, common: Some(common), why }
}

const fn left_out(label: &'static str, why: &'static str) -> Match {
    Match { label, common: None, why }
}

const CD4: &str = "CD4 T";
const SUBSETS: &str = "a subset of CD4 T cells; the two sets draw the line between subsets by other means (clusters; likeness to sorted cells)";

const PBMC3K: &[Match] = &[
    same("Naive CD4 T", CD4, SUBSETS),
    same("Memory CD4 T", CD4, SUBSETS),
    same("CD8 T", "CD8 T", "cytotoxic CD8 T cells: naive ones lie in its naive cluster"),
    same("B", "B", "the same lineage"),
    same("NK", "NK", "the same lineage"),
    same("CD14+ Mono", "CD14 monocyte", "the same type"),
    same("DC", "dendritic", "the same lineage"),
    left_out("FCGR3A+ Mono", "the other set has no such class: it sorted monocytes by CD14"),
    left_out("Platelet", "not in the other set"),
];

const PBMC68K: &[Match] = &[
    same("CD4+/CD25 T Reg", CD4, SUBSETS),
    same("CD4+/CD45RO+ Memory", CD4, SUBSETS),
    same("CD4+/CD45RA+/CD25- Naive T", CD4, SUBSETS),
    same("CD8+ Cytotoxic T", "CD8 T", "cytotoxic CD8 T cells"),
    left_out(
        "CD8+/CD45RA+ Naive Cytotoxic",
        "naive CD8 T cells have no class in the other set: they lie among its naive CD4 T cells",
    ),
    same("CD19+ B", "B", "the same lineage"),
    same("CD56+ NK", "NK", "the same lineage"),
    same("CD14+ Monocyte", "CD14 monocyte", "the same type"),
    same(
        "Dendritic",
        "dendritic",
        "the same lineage; a third of this set's cells, among them probably FCGR3A monocytes",
    ),
    left_out("CD34+", "progenitors: not in the other set"),
];

const CELL_LINE: &str = "the same cell line, told by its genotype";

const LINES3: &[Match] = &[
    same("H1975", "H1975", CELL_LINE),
    same("H2228", "H2228", CELL_LINE),
    same("HCC827", "HCC827", CELL_LINE),
];

const LINES5: &[Match] = &[
    same("H1975", "H1975", CELL_LINE),
    same("H2228", "H2228", CELL_LINE),
    same("HCC827", "HCC827", CELL_LINE),
    left_out("A549", "not in the other set"),
    left_out("H838", "not in the other set"),
];

const T: &str = "T";
const LINEAGE: &str = "the same lineage in both species";
const OTHER_TISSUE: &str = "not in the other tissue's set";

const LUNG: &[Match] = &[
    same("B cells", "B", LINEAGE),
    same("NK cells", "NK", LINEAGE),
    same("T*", T, LINEAGE),
    left_out("N*", "neutrophils: mononuclear cells of blood have none"),
];

const PBMC3K_LINEAGES: &[Match] = &[
    same("Naive CD4 T", T, LINEAGE),
    same("Memory CD4 T", T, LINEAGE),
    same("CD8 T", T, LINEAGE),
    same("B", "B", LINEAGE),
    same("NK", "NK", LINEAGE),
    left_out("*", OTHER_TISSUE),
];

const PBMC68K_LINEAGES: &[Match] = &[
    same("CD4+*", T, LINEAGE),
    same("CD8+*", T, LINEAGE),
    same("CD19+ B", "B", LINEAGE),
    same("CD56+ NK", "NK", LINEAGE),
    left_out("*", OTHER_TISSUE),
];

const LAYER: &str = "a type of glutamatergic neurons, named by its layer and projection";
const INTERNEURON: &str = "a type of GABAergic neurons, named by its marker";

const MOTOR_CORTEX: &[Match] = &[
    same("Lamp5*", "inhibitory", INTERNEURON),
    same("Pvalb*", "inhibitory", INTERNEURON),
    same("Sst*", "inhibitory", INTERNEURON),
    same("Vip*", "inhibitory", INTERNEURON),
    same("L2/3*", "excitatory", LAYER),
    same("L5*", "excitatory", LAYER),
    same("L6*", "excitatory", LAYER),
    same("Astro*", "astrocyte", "the same type"),
    same("Oligo*", "oligodendrocyte", "the same lineage, newly formed ones with the mature"),
    same("Endo*", "endothelial", "the same type"),
    left_out("OPC*", "precursors: not in the other set"),
    left_out("Macrophage", "macrophages beside vessels; the other set has microglia"),
];

const OSMFISH: &[Match] = &[
    same("Pyramidals", "excitatory", "glutamatergic neurons of the cortex"),
    same("Inhibitory", "inhibitory", "GABAergic neurons of the cortex"),
    same("Astrocytes", "astrocyte", "the same type"),
    same("Oligodendrocytes", "oligodendrocyte", "the same lineage"),
    same("Endothelials", "endothelial", "the same type"),
    left_out("Microglias", "the other set has macrophages beside vessels"),
];

/// Every pair of sets.
pub(crate) const PAIRS: [Pair; 5] = [
    Pair { sets: ["pbmc3k", "pbmc68k"], matches: [PBMC3K, PBMC68K] },
    Pair { sets: ["mixology_3cl", "mixology_5cl"], matches: [LINES3, LINES5] },
    Pair { sets: ["pbmc3k", "lung_immune"], matches: [PBMC3K_LINEAGES, LUNG] },
    Pair { sets: ["pbmc68k", "lung_immune"], matches: [PBMC68K_LINEAGES, LUNG] },
    Pair { sets: ["motor_cortex", "osmfish"], matches: [MOTOR_CORTEX, OSMFISH] },
];

impl Pair {
    /// The labels of both sets in the classes that they have in common, and how each label was taken.
    ///
    /// # Errors
    /// If a set has a label that the table does not name.
    pub(crate) fn common(&self, sets: [&DataSet; 2]) -> Result<[(Categorical, Vec<Row>); 2]> {
        let mut classes: Vec<&str> = self.matches[0].iter().filter_map(|own| own.common).collect();
        classes.sort_unstable();
        classes.dedup();
        let side = |at: usize| self.side(at, sets[at], &classes);
        Ok([side(0)?, side(1)?])
    }

    fn side(&self, at: usize, set: &DataSet, classes: &[&str]) -> Result<(Categorical, Vec<Row>)> {
        let counts = set.labels.counts();
        let (mut codes, mut rows) = (Vec::new(), Vec::new());
        for (label, n) in set.labels.categories.iter().zip(counts) {
            let found = self.matches[at].iter().find(|own| own.takes(label));
            let own = found.ok_or_else(|| AblationError::DataSet {
                set: set.spec.key.to_owned(),
                message: format!("the table of matched labels does not name {label:?}"),
            })?;
            let class = own.common.and_then(|name| classes.iter().position(|c| *c == name));
            codes.push(class.map_or(MISSING_CODE, |class| class as u32));
            let common = own.common.unwrap_or("left out");
            rows.push([label.clone(), common.to_owned(), n.to_string(), own.why.to_owned()]);
        }
        let code = |&own: &u32| codes.get(own as usize).copied().unwrap_or(MISSING_CODE);
        let labels = Categorical {
            codes: set.labels.codes.iter().map(code).collect(),
            categories: classes.iter().map(|&class| class.to_owned()).collect(),
        };
        Ok((labels, rows))
    }
}

impl Match {
    fn takes(&self, label: &str) -> bool {
        match self.label.strip_suffix('*') {
            Some(start) => label.starts_with(start),
            None => label == self.label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_pair_have_the_same_classes() {
        for pair in &PAIRS {
            let [first, second] = pair.matches.map(|side| {
                let mut names: Vec<&str> = side.iter().filter_map(|own| own.common).collect();
                names.sort_unstable();
                names.dedup();
                names
            });
            assert_eq!(first, second, "{:?}", pair.sets);
            assert!(first.len() > 1);
            assert!(pair.matches.iter().all(|side| side.iter().all(|own| !own.why.is_empty())));
        }
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_label() {
        let rest = same("L2/3*", "excitatory", LAYER);
        assert!(rest.takes("L2/3 IT ") && !rest.takes("L5 ET_1"));
        assert!(!same("B", "B", LINEAGE).takes("B cells"));
    }
}
