//! What names look like: genes, or cells.

/// How many of some names look like genes, and how many like cells.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct NameLook {
    /// Share that looks like gene symbols or Ensembl ids, 0 to 1.
    pub genes: f64,
    /// Share that looks like Ensembl gene ids, 0 to 1.
    pub ensembl: f64,
    /// Share that looks like barcodes or numbered cells, 0 to 1.
    pub cells: f64,
}

impl NameLook {
    /// Above 0: rather genes; below 0: rather cells.
    pub(crate) fn gene_score(self) -> f64 {
        self.genes - self.cells
    }
}

/// Symbols that nearly every human or mouse data set has, lower case.
const KNOWN: &[&str] = &[
    "actb", "gapdh", "malat1", "b2m", "cd3e", "cd3d", "cd4", "cd8a", "cd19", "cd79a", "cd79b",
    "ms4a1", "lyz", "lyz2", "nkg7", "gnly", "ppbp", "epcam", "ptprc", "vim", "tp53", "trp53",
    "myc", "egfr", "snap25", "gad1", "gad2", "slc17a7", "gfap", "aqp4", "mbp", "plp1", "mobp",
    "pvalb", "sst", "vip", "alb", "ins", "ins1", "ins2", "gcg", "col1a1", "pecam1", "xist", "tsix",
    "eef1a1", "tmsb4x", "tmsb10", "fth1", "ftl", "hes4", "isg15", "tnfrsf4", "fcer1g", "s100a8",
    "s100a9", "cst3", "jun", "fos",
];

/// Looks at up to 500 names, spread evenly.
pub(crate) fn look_at_names<S: AsRef<str>>(names: &[S]) -> NameLook {
    let step = names.len().div_ceil(500).max(1);
    let sample: Vec<&str> = names.iter().step_by(step).map(AsRef::as_ref).collect();
    if sample.is_empty() {
        return NameLook::default();
    }
    let share = |test: &dyn Fn(&str) -> bool| {
        sample.iter().filter(|name| test(name)).count() as f64 / sample.len() as f64
    };
    let ensembl = share(&is_ensembl_gene);
    let numbered = if ensembl > 0.5 { 0.0 } else { share_of_numbered(&sample) };
    let symbols = share(&|name| !is_barcode(name) && looks_like_symbol(name));
    let known = share(&is_known);
    // Numbered samples (S1, S2, …) look like symbols; a few well-known genes settle it.
    let symbols = if numbered > 0.8 && known < 0.01 { 0.0 } else { symbols };
    let genes = (ensembl + 0.6 * symbols + 4.0 * known).min(1.0);
    let cells = share(&|name| is_barcode(name) || says_cell(name)).max(if known < 0.01 {
        numbered
    } else {
        0.0
    });
    NameLook { genes, ensembl, cells }
}

/// Names that a spreadsheet has turned into dates: `1-Mar` was MARCH1, `2-Sep` was SEPT2.
pub(crate) fn damaged_by_excel<S: AsRef<str>>(names: &[S]) -> Vec<&str> {
    names.iter().map(AsRef::as_ref).filter(|name| is_date(name)).collect()
}

/// `ENSG00000243485`, `ENSMUSG00000031425.3`, `ENSDARG…`.
fn is_ensembl_gene(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ENS") else { return false };
    let digits = rest.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = &rest[..rest.len() - digits.len()];
    let number = digits.split('.').next().unwrap_or_default();
    letters.ends_with('G')
        && letters.len() <= 5
        && number.len() >= 6
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_known(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    KNOWN.contains(&lower.as_str()) || lower.starts_with("mt-nd") || lower.starts_with("mt-co")
}

fn looks_like_symbol(name: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'@');
    (2..=20).contains(&name.len())
        && name.bytes().all(allowed)
        && name.bytes().filter(u8::is_ascii_alphabetic).count() >= 2
}

/// At least eight letters out of ACGT in a row (one N allowed), with anything around them.
fn is_barcode(name: &str) -> bool {
    name.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| {
        word.len() >= 8 && word.bytes().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T' | b'N'))
    })
}

fn says_cell(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("cell")
        || lower.contains("barcode")
        || lower.starts_with("srr")
        || lower.starts_with("gsm")
}

/// Share of names that are one common stem with different digits in it.
fn share_of_numbered(sample: &[&str]) -> f64 {
    let stem =
        |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    let mut stems: Vec<String> = sample
        .iter()
        .filter(|name| name.bytes().any(|b| b.is_ascii_digit()))
        .map(|name| stem(name))
        .collect();
    stems.sort();
    let largest =
        stems.chunk_by(|left, right| left == right).map(<[String]>::len).max().unwrap_or(0);
    // Plates number their wells by letter and digit: many stems that differ in one letter.
    let wells = sample.iter().filter(|name| is_well(name)).count();
    if sample.len() < 3 { 0.0 } else { largest.max(wells) as f64 / sample.len() as f64 }
}

/// Ends in a plate's well: `A1`, `p1_H12`.
fn is_well(name: &str) -> bool {
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or(name);
    matches!(last.as_bytes(), [b'A'..=b'P', rest @ ..]
        if (1..=2).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit))
}

fn is_date(name: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let parts: Vec<&str> = name.split('-').collect();
    let month = |word: &str| MONTHS.contains(&word.to_ascii_lowercase().as_str());
    let number = |word: &str| {
        !word.is_empty() && word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())
    };
    match parts[..] {
        [left, right] => (number(left) && month(right)) || (month(left) && number(right)),
        [year, month, day] => year.len() == 4 && [year, month, day].iter().all(|part| number(part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_and_cells_are_told_apart() {
        let score = |names: &[&str]| look_at_names(names).gene_score();
        assert!(score(&["ENSG00000243485", "ENSMUSG00000031425.3", "ENSDARG00000104632"]) > 0.9);
        assert!(score(&["Plp1", "Kctd12", "9630013A20Rik", "HLA-DRB1", "RP11-34P13.3"]) > 0.4);
        assert!(
            score(&["GTGCGGTCAAGCGCTC-8", "ACTGAGTAGGGTTCCC-12", "M1_S4.TGTACAGGTCGGTGTC"]) < -0.9
        );
        assert!(score(&["A1", "A10", "B13", "H12"]) < -0.5);
        assert!(score(&["p1_A1", "p1_A10", "p1_B12"]) < -0.5);
        assert!(
            score(&["Hi_GW21_4.Hi_GW21_4", "Hi_GW21_5.Hi_GW21_5", "Hi_GW16_11.Hi_GW16_11"]) < -0.5
        );
        assert!(score(&["cell1", "cell2", "cell3"]) < -0.5);
    }

    #[test]
    fn dates_are_noticed() {
        let names = ["1-Mar", "2-Sep", "Dec-01", "2021-03-01", "HLA-A", "SEPT2", "MT-1", "mar-b"];
        assert_eq!(damaged_by_excel(&names), ["1-Mar", "2-Sep", "Dec-01", "2021-03-01"]);
    }
}
