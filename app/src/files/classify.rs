/// What dropped files are, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// A data set, or settings that Lexicell saved: the worker tells by the content.
    Data,
    /// A BERT model's folder.
    Model,
    /// A table of gene vectors.
    Vectors,
    /// A table that may hold expression or gene vectors: only the scientist knows.
    Unclear,
}

/// Tells what dropped files are; a table is a data set unless one is open already.
pub(crate) fn classify(names: &[String], has_data: bool) -> Dropped {
    let plain: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let any = |test: &dyn Fn(&str) -> bool| plain.iter().any(|name| test(name));
    let is_weights = |name: &str| name.ends_with(".safetensors") || name == "pytorch_model.bin";
    if any(&|name| name == "config.json") && any(&is_weights) {
        return Dropped::Model;
    }
    let is_vectors = |name: &str| {
        [".npy", ".npz", ".parquet", ".safetensors"].iter().any(|ending| name.ends_with(ending))
    };
    if any(&is_vectors) {
        return Dropped::Vectors;
    }
    let is_table = |name: &str| {
        let name = name.strip_suffix(".gz").unwrap_or(name);
        [".csv", ".tsv", ".txt"].iter().any(|ending| name.ends_with(ending))
    };
    if has_data && plain.len() == 1 && any(&is_table) { Dropped::Unclear } else { Dropped::Data }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str], has_data: bool) -> Dropped {
        classify(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), has_data)
    }

    #[test]
    fn a_bert_folder_is_a_model() {
        assert_eq!(of(&["config.json", "vocab.txt", "model.safetensors"], true), Dropped::Model);
        assert_eq!(
            of(&["README.md", "config.json", "tokenizer.json", "pytorch_model.bin"], false),
            Dropped::Model
        );
    }

    #[test]
    fn arrays_are_gene_vectors() {
        assert_eq!(of(&["GenePT.npz"], false), Dropped::Vectors);
        assert_eq!(of(&["vectors.npy", "genes.txt"], true), Dropped::Vectors);
        assert_eq!(of(&["ada002.parquet"], true), Dropped::Vectors);
    }

    #[test]
    fn data_sets_are_data() {
        assert_eq!(of(&["pbmc.h5ad"], true), Dropped::Data);
        assert_eq!(
            of(&["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"], true),
            Dropped::Data
        );
        assert_eq!(of(&["lexicell-settings.json"], true), Dropped::Data);
        assert_eq!(of(&["whatever"], false), Dropped::Data);
    }

    #[test]
    fn a_table_is_asked_about_only_beside_an_open_data_set() {
        assert_eq!(of(&["counts.csv.gz"], false), Dropped::Data);
        assert_eq!(of(&["counts.CSV.gz"], true), Dropped::Unclear);
    }
}
