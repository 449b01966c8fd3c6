//! The labelled data sets, and what of them is used.

use crate::{
    case::Case,
    error::{AblationError, Result},
    results::{Key, Results, Sheet},
    table::Page,
};

/// Where a data set lies and what its columns mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SetSpec {
    /// Its name in tables.
    pub(crate) key: &'static str,
    /// Files below `sc/`, dropped together.
    pub(crate) files: &'static [&'static str],
    /// The column of labels.
    pub(crate) label: &'static str,
    /// A column of donors, batches or animals.
    pub(crate) group: Option<&'static str>,
    /// Labels that mean that there is none.
    pub(crate) missing: &'static [&'static str],
    /// Whether it takes part in the choice of defaults: not if another set holds the same cells.
    pub(crate) votes: bool,
    /// What a reader of its figures must know.
    pub(crate) note: &'static str,
}

const PLAIN: SetSpec = SetSpec {
    key: "",
    files: &[],
    label: "cell_type",
    group: None,
    missing: &[""],
    votes: true,
    note: "",
};

/// Every labelled data set that names its genes.
pub(crate) const SETS: [SetSpec; 12] = [
    SetSpec {
        key: "pbmc3k",
        files: &["human_pbmc3k_seurat_2638x13714.h5ad"],
        note: "labels were drawn from clusters of the same expression matrix",
        ..PLAIN
    },
    SetSpec {
        key: "pbmc68k",
        files: &["10x_pbmc68k_reduced.h5ad"],
        label: "bulk_labels",
        note: "765 highly variable genes",
        ..PLAIN
    },
    SetSpec {
        key: "lung_immune",
        files: &["mouse_lung_immune_CLUEY_800x24248.h5ad"],
        label: "minor_subset",
        group: Some("animal"),
        note: "five of 11 classes have fewer than 16 cells",
        ..PLAIN
    },
    SetSpec {
        key: "motor_cortex",
        files: &["mouse_MOp_sub_2284x500.h5ad"],
        note: "500 genes; at most 60 cells of each of 44 types",
        ..PLAIN
    },
    SetSpec {
        key: "motor_cortex_all",
        files: &["mouse_MOp_DOT_dedup_11444x500.h5ad"],
        votes: false,
        note: "500 genes; the same 44 types in natural frequencies",
        ..PLAIN
    },
    SetSpec {
        key: "p6_cortex",
        files: &["mouse_P6cortex_glia_projectR_5598x2996_ensembl.h5ad"],
        note: "two classes, 93 to 7",
        ..PLAIN
    },
    SetSpec {
        key: "osmfish",
        files: &["scvi_smfish_mouse_cortex.h5ad"],
        label: "str_labels",
        note: "33 genes",
        ..PLAIN
    },
    SetSpec {
        key: "starmap",
        files: &["scvi_starmap_mouse_mpfc.loom"],
        label: "Clusters",
        group: Some("BatchID"),
        missing: &["", "NA"],
        note: "158 genes",
        ..PLAIN
    },
    SetSpec {
        key: "fetal_cortex",
        files: &["cellbrowser_mini_exprMatrix.tsv.gz", "cellbrowser_mini_meta.tsv"],
        label: "WGCNAcluster",
        group: Some("Name"),
        note: "99 genes, 47 types",
        ..PLAIN
    },
    SetSpec {
        key: "mixology_5cl",
        files: &[
            "sc_mixology_sc_celseq2_5cl_p1.count.csv.gz",
            "sc_mixology_sc_celseq2_5cl_p1.metadata.csv.gz",
        ],
        label: "cell_line_demuxlet",
        note: "five cell lines, labels from genotypes",
        ..PLAIN
    },
    SetSpec {
        key: "mixology_3cl",
        files: &["sc_mixology_sc_celseq2.count.csv.gz", "sc_mixology_sc_celseq2.metadata.csv.gz"],
        label: "cell_line_demuxlet",
        note: "three cell lines, labels from genotypes",
        ..PLAIN
    },
    SetSpec {
        key: "mouse_brain_toy",
        files: &["scenic_mouseBrain_toy.loom"],
        label: "CellType",
        note: "200 cells, nameless classes",
        ..PLAIN
    },
];

/// The sets with the given keys; all without any.
pub(crate) fn chosen(keys: &[String]) -> Result<Vec<&'static SetSpec>> {
    if keys.is_empty() {
        return Ok(SETS.iter().collect());
    }
    let find = |key: &String| {
        SETS.iter().find(|set| set.key == key).ok_or_else(|| AblationError::UnknownSet {
            found: key.clone(),
            known: SETS.map(|set| set.key).join(", "),
        })
    };
    keys.iter().map(find).collect()
}

/// Where a set stands in a full run.
pub(crate) fn place(key: &str) -> Option<usize> {
    SETS.iter().position(|set| set.key == key)
}

/// What each set is and how much of it takes part.
const SHEET: Sheet = Sheet {
    file: "sets.csv",
    header: &[
        "set", "file", "cells", "of", "genes", "mapped", "species", "label", "classes", "groups",
        "note",
    ],
    key: &[Key { column: "set", place }],
};

/// Puts what was read into the table of sets.
pub(crate) fn enter(results: &Results, cases: &[Case]) -> Result<()> {
    let row = |Case { set, genes }: &Case| {
        let spec = set.spec;
        vec![
            spec.key.to_owned(),
            spec.files.join(", "),
            set.x.n_rows().to_string(),
            set.n_obs.to_string(),
            set.x.n_cols().to_string(),
            genes.n_mapped().to_string(),
            genes.species.to_string(),
            spec.label.to_owned(),
            set.labels.categories.len().to_string(),
            spec.group.unwrap_or("").to_owned(),
            spec.note.to_owned(),
        ]
    };
    results.replace(&SHEET, cases.iter().map(row).collect())
}

/// The page of sets.
pub(crate) fn page(results: &Results) -> Result<Page> {
    let prose = "Labelled cells that take part, of the cells of the file.";
    let mut page = Page::new("Data sets", prose);
    page.section("Sets", "", &results.read(&SHEET)?);
    Ok(page)
}
