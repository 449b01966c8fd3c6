use lexicell_protocol::{ColumnKind, ColumnReport};

/// Names that label columns usually bear, the likeliest first.
const USUAL: [&str; 16] = [
    "cell_type",
    "celltype",
    "cell_types",
    "celltypes",
    "cell_ontology_class",
    "cell_label",
    "bulk_labels",
    "labels",
    "label",
    "annotation",
    "annotations",
    "cell_annotation",
    "cell_identity",
    "level1class",
    "clusters",
    "cluster",
];
const FEWEST: u64 = 2;
const MOST: u64 = 60;

/// Whether the cells can be scored by this column.
pub(crate) fn is_scorable(column: &ColumnReport) -> bool {
    // Whole numbers are labels where they are few, and measurements otherwise.
    let most = if column.kind == ColumnKind::Integer { MOST } else { u64::MAX };
    column.n_classes.is_some_and(|n_classes| (FEWEST..=most).contains(&n_classes))
}

/// The column that obviously labels the cells, if one does.
pub(crate) fn obvious_label(columns: &[ColumnReport]) -> Option<&str> {
    let fit =
        |column: &&ColumnReport| column.n_classes.is_some_and(|n| (FEWEST..=MOST).contains(&n));
    let plain = |name: &str| name.to_lowercase().replace([' ', '.', '-'], "_");
    let exact = USUAL
        .iter()
        .find_map(|usual| columns.iter().filter(fit).find(|column| plain(&column.name) == *usual));
    let close = || {
        columns.iter().filter(fit).find(|column| {
            let name = plain(&column.name);
            ["cell_type", "celltype", "annot", "cell_class", "_label"]
                .iter()
                .any(|part| name.contains(part))
        })
    };
    exact.or_else(close).map(|column| column.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, n_classes: Option<u64>) -> ColumnReport {
        let kind = ColumnKind::Categorical;
        ColumnReport { name: name.to_owned(), kind, n_classes, n_missing: 0, examples: vec![] }
    }

    #[test]
    fn the_demo_is_labelled_by_bulk_labels() {
        let columns =
            [column("n_genes", None), column("phase", Some(3)), column("bulk_labels", Some(10))];
        assert_eq!(obvious_label(&columns), Some("bulk_labels"));
    }

    #[test]
    fn a_cell_type_goes_before_a_cluster_wherever_it_stands() {
        let columns = [column("cluster", Some(9)), column("Cell Type", Some(7))];
        assert_eq!(obvious_label(&columns), Some("Cell Type"));
    }

    #[test]
    fn one_class_or_hundreds_are_no_label() {
        let columns =
            [column("cell_type", Some(1)), column("labels", Some(700)), column("celltype", None)];
        assert_eq!(obvious_label(&columns), None);
    }

    #[test]
    fn a_name_that_tells_nothing_is_not_guessed_at() {
        assert_eq!(obvious_label(&[column("donor", Some(4)), column("phase", Some(3))]), None);
    }

    #[test]
    fn a_number_of_genes_is_no_label_and_a_cluster_number_is() {
        let number =
            |n_classes| ColumnReport { kind: ColumnKind::Integer, ..column("n", Some(n_classes)) };
        assert!(!is_scorable(&number(356)));
        assert!(is_scorable(&number(11)));
    }

    #[test]
    fn a_longer_name_that_says_cell_type_is_taken() {
        assert_eq!(
            obvious_label(&[column("predicted_celltype_l2", Some(30))]),
            Some("predicted_celltype_l2")
        );
    }
}
