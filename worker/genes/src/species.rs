//! The species that Lexicell has descriptions for, and those that it can only recognise.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A species with a gene bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Species {
    /// *Homo sapiens*.
    Human,
    /// *Mus musculus*.
    Mouse,
}

impl Species {
    /// Every species with a bundle, in the order in which ties are broken.
    pub const ALL: [Species; 2] = [Species::Human, Species::Mouse];

    /// The taxonomy id of NCBI.
    #[must_use]
    pub fn tax_id(self) -> u32 {
        match self {
            Species::Human => 9606,
            Species::Mouse => 10090,
        }
    }

    /// The species with this NCBI taxonomy id.
    #[must_use]
    pub fn from_tax_id(tax_id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|species| species.tax_id() == tax_id)
    }

    /// The common name in lower case: `human`, `mouse`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Species::Human => "human",
            Species::Mouse => "mouse",
        }
    }

    /// The species whose orthologues are consulted.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Species::Human => Species::Mouse,
            Species::Mouse => Species::Human,
        }
    }
}

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A species that gene names point to, with or without a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Recognised {
    /// There is a bundle for it.
    Supported(Species),
    /// It is known by its identifiers, but Lexicell has no descriptions for it.
    Unsupported(OtherSpecies),
}

/// A species that is recognised by its identifiers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OtherSpecies {
    /// *Danio rerio*.
    Zebrafish,
    /// *Rattus norvegicus*.
    Rat,
    /// *Gallus gallus*.
    Chicken,
    /// *Macaca mulatta*.
    RhesusMacaque,
    /// *Macaca fascicularis*.
    CrabEatingMacaque,
    /// *Callithrix jacchus*.
    Marmoset,
    /// *Pan troglodytes*.
    Chimpanzee,
    /// *Sus scrofa*.
    Pig,
    /// *Bos taurus*.
    Cow,
    /// *Canis lupus familiaris*.
    Dog,
    /// *Oryctolagus cuniculus*.
    Rabbit,
    /// *Xenopus tropicalis*.
    Frog,
    /// *Drosophila melanogaster*.
    FruitFly,
    /// *Caenorhabditis elegans*.
    Worm,
    /// *Arabidopsis thaliana*.
    ThaleCress,
    /// *Saccharomyces cerevisiae*.
    Yeast,
    /// Ensembl identifiers of a species that is not listed here.
    OtherEnsembl,
}

impl fmt::Display for OtherSpecies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OtherSpecies::Zebrafish => "zebrafish",
            OtherSpecies::Rat => "rat",
            OtherSpecies::Chicken => "chicken",
            OtherSpecies::RhesusMacaque => "rhesus macaque",
            OtherSpecies::CrabEatingMacaque => "crab-eating macaque",
            OtherSpecies::Marmoset => "marmoset",
            OtherSpecies::Chimpanzee => "chimpanzee",
            OtherSpecies::Pig => "pig",
            OtherSpecies::Cow => "cow",
            OtherSpecies::Dog => "dog",
            OtherSpecies::Rabbit => "rabbit",
            OtherSpecies::Frog => "frog",
            OtherSpecies::FruitFly => "fruit fly",
            OtherSpecies::Worm => "worm (C. elegans)",
            OtherSpecies::ThaleCress => "thale cress",
            OtherSpecies::Yeast => "yeast",
            OtherSpecies::OtherEnsembl => "another species in Ensembl",
        })
    }
}

const ENSEMBL_PREFIXES: [(&str, OtherSpecies); 12] = [
    ("ENSDARG", OtherSpecies::Zebrafish),
    ("ENSRNOG", OtherSpecies::Rat),
    ("ENSGALG", OtherSpecies::Chicken),
    ("ENSMMUG", OtherSpecies::RhesusMacaque),
    ("ENSMFAG", OtherSpecies::CrabEatingMacaque),
    ("ENSCJAG", OtherSpecies::Marmoset),
    ("ENSPTRG", OtherSpecies::Chimpanzee),
    ("ENSSSCG", OtherSpecies::Pig),
    ("ENSBTAG", OtherSpecies::Cow),
    ("ENSCAFG", OtherSpecies::Dog),
    ("ENSOCUG", OtherSpecies::Rabbit),
    ("ENSXETG", OtherSpecies::Frog),
];

/// The species whose database an identifier comes from, read from its form alone.
///
/// Knows the stable gene identifiers of Ensembl, FlyBase, WormBase, TAIR and SGD.
#[must_use]
pub fn species_of_identifier(name: &str) -> Option<Recognised> {
    if let Some(prefix) = ensembl_prefix(name) {
        return Some(match prefix {
            "ENSG" | "ENSGR" => Recognised::Supported(Species::Human),
            "ENSMUSG" => Recognised::Supported(Species::Mouse),
            _ => Recognised::Unsupported(
                ENSEMBL_PREFIXES
                    .iter()
                    .find(|(known, _)| *known == prefix)
                    .map_or(OtherSpecies::OtherEnsembl, |(_, species)| *species),
            ),
        });
    }
    let digits_after = |prefix: &str, n: usize| {
        name.strip_prefix(prefix).is_some_and(|rest| starts_with_digits(rest, n))
    };
    if digits_after("FBgn", 7) {
        Some(Recognised::Unsupported(OtherSpecies::FruitFly))
    } else if digits_after("WBGene", 8) {
        Some(Recognised::Unsupported(OtherSpecies::Worm))
    } else if is_tair(name) {
        Some(Recognised::Unsupported(OtherSpecies::ThaleCress))
    } else if is_sgd(name) {
        Some(Recognised::Unsupported(OtherSpecies::Yeast))
    } else {
        None
    }
}

/// The letters of an Ensembl gene identifier, `ENSMUSG` of `ENSMUSG00000051951.5`.
fn ensembl_prefix(name: &str) -> Option<&str> {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let (prefix, rest) = name.split_at(letters);
    let is_gene = prefix.starts_with("ENS") && (prefix.ends_with('G') || prefix == "ENSGR");
    (is_gene && starts_with_digits(rest, if prefix == "ENSGR" { 10 } else { 11 })).then_some(prefix)
}

fn starts_with_digits(text: &str, n: usize) -> bool {
    text.len() >= n && text.bytes().take(n).all(|byte| byte.is_ascii_digit())
}

fn is_tair(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() == 9
        && bytes.starts_with(b"AT")
        && (bytes[2].is_ascii_digit() || matches!(bytes[2], b'M' | b'C'))
        && bytes[3] == b'G'
        && bytes[4..].iter().all(u8::is_ascii_digit)
}

fn is_sgd(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() >= 7
        && bytes[0] == b'Y'
        && (b'A'..=b'P').contains(&bytes[1])
        && matches!(bytes[2], b'L' | b'R')
        && bytes[3..6].iter().all(u8::is_ascii_digit)
        && matches!(bytes[6], b'W' | b'C')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_tell_their_species() {
        let of = species_of_identifier;
        assert_eq!(of("ENSG00000121410.12"), Some(Recognised::Supported(Species::Human)));
        assert_eq!(of("ENSGR0000182378"), Some(Recognised::Supported(Species::Human)));
        assert_eq!(of("ENSMUSG00000051951"), Some(Recognised::Supported(Species::Mouse)));
        assert_eq!(
            of("ENSDARG00000021948"),
            Some(Recognised::Unsupported(OtherSpecies::Zebrafish))
        );
        assert_eq!(
            of("ENSABCG00000021948"),
            Some(Recognised::Unsupported(OtherSpecies::OtherEnsembl))
        );
        assert_eq!(of("FBgn0000008"), Some(Recognised::Unsupported(OtherSpecies::FruitFly)));
        assert_eq!(of("WBGene00000001"), Some(Recognised::Unsupported(OtherSpecies::Worm)));
        assert_eq!(of("AT1G01010"), Some(Recognised::Unsupported(OtherSpecies::ThaleCress)));
        assert_eq!(of("YAL001C"), Some(Recognised::Unsupported(OtherSpecies::Yeast)));
        for name in ["ENSA", "ENSG123", "GAPDH", "YAP1", "ATG10", ""] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
