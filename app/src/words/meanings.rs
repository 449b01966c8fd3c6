//! What the numbers of each report mean and what they do not, for the help beside them.

/// A figure's name and its meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) name: &'static str,
    pub(crate) means: &'static str,
}

const fn of(name: &'static str, means: &'static str) -> Meaning {
    Meaning { name, means }
}

pub(crate) const DATA: &[Meaning] = &[
    of(
        "Values",
        "Raw counts, or what was done to them, as the values themselves show it: whole numbers, and how much their sums differ between cells. Whether a file says so is not relied on. Counts are divided by the cell’s sum, times 10,000, and log1p is taken; values that are already so stay as they are.",
    ),
    of(
        "In memory",
        "What the matrix takes in this page. The steps that follow need some times as much.",
    ),
    of(
        "Left out",
        "What the file holds and the page does not read. A feature that is no gene (an antibody, a peak) has no description.",
    ),
];

pub(crate) const GENES: &[Meaning] = &[
    of(
        "Genes known",
        "Names that lead to one NCBI Gene record: by symbol, Ensembl or Entrez id, an earlier symbol, or an orthologue. A name that means several genes is not guessed.",
    ),
    of(
        "Share of the counts",
        "How much of all expression falls on known genes. What is not known, the text view cannot see; a panel of a few hundred genes can be known to 100 % and still be narrow.",
    ),
    of(
        "Text",
        "A summary is some sentences that NCBI’s curators wrote. “Name only” means that nothing else is written: such a gene is placed by the words of its name. Well-studied genes have longer texts; that is a property of the literature, not of your cells.",
    ),
];

pub(crate) const EMBED: &[Meaning] = &[
    of(
        "Vector of a gene",
        "Where a language model places the gene’s description: texts that say similar things lie close together. It knows what is written, not how the gene behaves in your data.",
    ),
    of(
        "Vector of a cell",
        "The average of the vectors of its most expressed genes, the higher ones counting more, minus the average over all cells.",
    ),
    of(
        "Cells without a vector",
        "None of their expressed genes has a description. They are on no map and in no score, and are counted wherever cells are.",
    ),
];

pub(crate) const MAP: &[Meaning] = &[
    of(
        "Places",
        "UMAP keeps neighbours together. Distances between groups, their sizes and the empty space between them mean nothing; another seed draws them elsewhere.",
    ),
    of(
        "Clusters",
        "Leiden’s groups in the neighbour graph. A higher resolution gives more of them: their number is a choice, not a finding.",
    ),
    of(
        "Trustworthiness",
        "How well the map keeps each cell’s neighbours, 1 at best. It says nothing of whether those neighbours are right.",
    ),
];

pub(crate) const REFINE: &[Meaning] = &[
    of(
        "Loss",
        "What the training makes small, on cells that train and on cells kept aside. Where the first falls and the second rises, the head learns these cells by heart; the epoch of the lowest loss of those kept aside is the one that is used.",
    ),
    of(
        "Silhouette",
        "How much nearer a cell lies to its own class than to the next one: −1 to 1, 0 where classes touch.",
    ),
    of(
        "Neighbours alike",
        "The share of a cell’s ten nearest neighbours that bear its label. With one large class it is high by chance.",
    ),
    of(
        "What they do not show",
        "That the method works on new cells. That is the Score’s question, which trains a head anew in each round.",
    ),
];

pub(crate) const SCORE: &[Meaning] = &[
    of(
        "Accuracy",
        "The share of held-out cells whose label is told rightly. A large class can carry it alone: compare with “always the largest class”.",
    ),
    of(
        "Balanced accuracy",
        "The mean over classes of the share told rightly: each class counts the same, however small.",
    ),
    of(
        "Macro-F1",
        "The mean over classes of F1, which falls both with cells of a class that are missed and with others taken for it. It is the figure to compare methods by where classes differ in size.",
    ),
    of("Weighted-F1", "The same, each class counting by its number of cells."),
    of(
        "Controls",
        "The same pipeline with random vectors in place of the texts, and with texts exchanged between genes. What text does not do better than these, it does not do by what the words say.",
    ),
    of(
        "Interval",
        "Where the difference of two methods lies with 95 % confidence, over the same rounds, widened because rounds share training cells. It is about this data set: other donors or laboratories are not in it, unless whole groups were held out.",
    ),
    of(
        "What they do not show",
        "That a label is true. The score says how well the labels you chose can be told again from the cells’ nearest neighbours.",
    ),
];

pub(crate) const ASK: &[Meaning] = &[
    of(
        "Cosine",
        "How alike your text and a cell’s average description are, beside the other classes; no probability.",
    ),
    of(
        "z",
        "How far a class’s likeness is from what the same text gives with the descriptions exchanged between genes, in standard deviations of that.",
    ),
    of(
        "p (adjusted)",
        "How often as much likeness comes by chance, corrected for the number of classes. A small p says that the words matter, not that the cells are of that type.",
    ),
];

pub(crate) const AXIS: &[Meaning] = &[
    of(
        "Place on the axis",
        "The mean of a value’s cells on the line from one group’s middle to the other’s. Nothing beside these two groups is measured by it.",
    ),
    of(
        "p",
        "How often groups of the same sizes, drawn at random among these values, lie as far apart. With few values it cannot be small: their number decides, not that of the cells.",
    ),
    of(
        "Leave one out",
        "The same with each value left out in turn. Where one value carries the difference, it is a finding about that value.",
    ),
];

pub(crate) const PATH: &[Meaning] = &[
    of(
        "Pseudotime",
        "How far a cell is from the root along the neighbour graph, 0 to 1. It is no time: cells that differ by cycle, stress or quality are ordered just the same.",
    ),
    of(
        "Connectivity",
        "How much more two classes are joined in the neighbour graph than chance would join them (PAGA). A tie is no proof that cells turn from one into the other.",
    ),
    of(
        "Trend",
        "The correlation of a gene with pseudotime, by ranks. Cells are not independent of each other: take its p as an order of genes, not as a test.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_is_a_sentence_and_named_once() {
        for all in [DATA, GENES, EMBED, MAP, REFINE, SCORE, ASK, AXIS, PATH] {
            for (place, meaning) in all.iter().enumerate() {
                assert!(meaning.means.ends_with('.'), "{}", meaning.name);
                assert!(all[..place].iter().all(|other| other.name != meaning.name));
            }
        }
    }
}
