//! The forms in which names arrive.

use std::cmp::Ordering;

use crate::Species;

/// Compares without regard to ASCII case.
///
/// Folding both sides keeps `C1orf226` findable, which upper-casing one side would not.
pub(crate) fn cmp_fold(a: &str, b: &str) -> Ordering {
    let common = a.len().min(b.len());
    for (x, y) in a.bytes().zip(b.bytes()).take(common) {
        match x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()) {
            Ordering::Equal => {}
            order => return order,
        }
    }
    a.len().cmp(&b.len())
}

/// The Ensembl identifier in a name, without its version.
///
/// Reads `ENSG…`, `ENSG….5`, `ENSG….5_PAR_Y`, `ENSG…_SYMBOL`, `SYMBOL_ENSG…`, `SYMBOL|ENSG…`.
pub(crate) fn ensembl_id(name: &str) -> Option<&str> {
    name.split(['_', '|', ';', ' ', ':']).find_map(|part| {
        let part = part.split('.').next().unwrap_or(part);
        let letters = part.bytes().take_while(u8::is_ascii_uppercase).count();
        let (prefix, digits) = part.split_at(letters);
        let is_gene = prefix.starts_with("ENS") && (prefix.ends_with('G') || prefix == "ENSGR");
        (is_gene && digits.len() >= 10 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(part)
    })
}

/// The X copy of an old `ENSGR…` identifier of the Y chromosome's pseudoautosomal region.
pub(crate) fn par_y_counterpart(id: &str) -> Option<String> {
    id.strip_prefix("ENSGR").map(|digits| format!("ENSG0{digits}"))
}

/// The genome and the rest of `hg19_GAPDH`, `GRCh38_GAPDH`, `mm10___Gapdh`.
pub(crate) fn genome_prefix(name: &str) -> Option<(Species, &str)> {
    const GENOMES: [(&str, Species); 12] = [
        ("GRCh37", Species::Human),
        ("GRCh38", Species::Human),
        ("hg18", Species::Human),
        ("hg19", Species::Human),
        ("hg38", Species::Human),
        ("human", Species::Human),
        ("GRCm38", Species::Mouse),
        ("GRCm39", Species::Mouse),
        ("mm9", Species::Mouse),
        ("mm10", Species::Mouse),
        ("mm39", Species::Mouse),
        ("mouse", Species::Mouse),
    ];
    GENOMES.into_iter().find_map(|(genome, species)| {
        let head = name.get(..genome.len())?;
        if !head.eq_ignore_ascii_case(genome) {
            return None;
        }
        let rest = &name[genome.len()..];
        let bare = rest.trim_start_matches(['_', '-', ':']);
        (bare.len() < rest.len() && !bare.is_empty()).then_some((species, bare))
    })
}

/// `Gene` of `Gene-1` or `GENE.12`, as scanpy and R make names unique.
pub(crate) fn without_unique_suffix(name: &str) -> Option<&str> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (stem, _) = name.split_at(name.len() - digits);
    let bare = stem.strip_suffix(['-', '.'])?;
    (digits > 0 && digits <= 3 && !bare.is_empty()).then_some(bare)
}

/// Whether a spreadsheet made this of `MARCH1`, `SEPT7` or `DEC1`.
pub(crate) fn is_spreadsheet_date(name: &str) -> bool {
    const MONTHS: [&str; 13] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    ];
    let month = |text: &str| MONTHS.iter().any(|month| text.eq_ignore_ascii_case(month));
    let number = |text: &str| {
        (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match name.split(['-', '/', '.']).collect::<Vec<_>>()[..] {
        [a, b] => (number(a) && month(b)) || (month(a) && number(b)),
        [a, b, c] => number(a) && number(c) && (month(b) || number(b)),
        _ => false,
    }
}

/// Whether the name belongs to a spike-in, a control probe or an antibody.
pub(crate) fn is_not_a_gene(name: &str) -> bool {
    let starts = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let ends = |suffix: &str| {
        name.len() >= suffix.len()
            && name
                .get(name.len() - suffix.len()..)
                .is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
    };
    [
        "ERCC-",
        "ERCC_",
        "AB_",
        "adt_",
        "hto_",
        "blank-",
        "NegControl",
        "NegPrb",
        "Hashtag",
        "antisense_",
        "__",
    ]
    .iter()
    .any(|prefix| starts(prefix))
        || ["_TotalSeqA", "_TotalSeqB", "_TotalSeqC", "_TotalA", "_TotalB", "_TotalC"]
            .iter()
            .any(|suffix| ends(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        assert_eq!(cmp_fold("C1orf226", "C1ORF226"), Ordering::Equal);
        assert_eq!(cmp_fold("actb", "ACTB1"), Ordering::Less);
        assert_eq!(cmp_fold("B", "a"), Ordering::Greater);
    }

    #[test]
    fn ensembl_ids_are_found_in_names() {
        assert_eq!(ensembl_id("ENSG00000182378.15_PAR_Y"), Some("ENSG00000182378"));
        assert_eq!(ensembl_id("ENSMUSG00000051951_Xkr4"), Some("ENSMUSG00000051951"));
        assert_eq!(ensembl_id("Xkr4|ENSMUSG00000051951.5"), Some("ENSMUSG00000051951"));
        assert_eq!(ensembl_id("ENSGR0000182378"), Some("ENSGR0000182378"));
        assert_eq!(par_y_counterpart("ENSGR0000182378").as_deref(), Some("ENSG00000182378"));
        assert_eq!(ensembl_id("ENSA"), None);
    }

    #[test]
    fn prefixes_and_suffixes_are_cut() {
        assert_eq!(genome_prefix("hg19_GAPDH"), Some((Species::Human, "GAPDH")));
        assert_eq!(genome_prefix("mm10___Gapdh"), Some((Species::Mouse, "Gapdh")));
        assert_eq!(genome_prefix("GRCh38_______NKX2-1"), Some((Species::Human, "NKX2-1")));
        assert_eq!(genome_prefix("mm10"), None);
        assert_eq!(genome_prefix("MM1"), None);
        assert_eq!(without_unique_suffix("Gm1-1"), Some("Gm1"));
        assert_eq!(without_unique_suffix("ACTB.12"), Some("ACTB"));
        assert_eq!(without_unique_suffix("HLA-A"), None);
        assert_eq!(without_unique_suffix("ACTB"), None);
    }

    #[test]
    fn dates_and_controls_are_recognised() {
        for date in ["1-Mar", "Mar-01", "2-Sep", "1-Dec", "2001/03/01", "01.09.2020"] {
            assert!(is_spreadsheet_date(date), "{date}");
        }
        for gene in ["MARCH1", "HLA-A", "NKX2-1", "MAR-MAR", "H2-K1", "DEC1", "Septin7"] {
            assert!(!is_spreadsheet_date(gene), "{gene}");
        }
        assert!(
            is_not_a_gene("ERCC-00002")
                && is_not_a_gene("CD3_TotalSeqB")
                && is_not_a_gene("AB_CD3")
        );
        assert!(!is_not_a_gene("ERCC1") && !is_not_a_gene("ABCA1"));
    }
}
