//! The genes of a data set as numbers that mean the same in another.

use lexicell_protocol::Species;

use crate::session::{GeneKeys, MappedGenes};
use crate::task::{Stop, Task};

/// Genes looked up between two looks at the clock.
const GENES_PER_RUN: usize = 512;

/// The NCBI identifiers of the data set's genes, and those of their human orthologues.
pub(super) async fn of(task: &Task, genes: &MappedGenes) -> Result<GeneKeys, Stop> {
    let mapped = &genes.mapping.genes;
    let id = |gene: &Option<lexicell_genes::Mapped>| gene.as_ref()?.id.map(|id| u64::from(id.0));
    let own: Vec<Option<u64>> = mapped.iter().map(id).collect();
    let species = genes.bundle.species;
    let mut human = own.clone();
    if species != Species::Human {
        for (gene, human) in human.iter_mut().enumerate() {
            if gene % GENES_PER_RUN == 0 {
                task.tick("orthologues", gene as u64, own.len() as u64).await?;
            }
            // A gene without a known orthologue keeps its own number, which no human gene has.
            *human = mapped[gene].and_then(|mapped| orthologue(genes, mapped.gene)).or(*human);
        }
    }
    Ok(GeneKeys { species, own, human })
}

/// The numbers by which two data sets share genes: of one species their own, else the human ones.
pub(super) fn comparable<'a>(
    reference: &'a GeneKeys,
    query: &'a GeneKeys,
) -> (&'a [Option<u64>], &'a [Option<u64>]) {
    if reference.species == query.species {
        (&reference.own, &query.own)
    } else {
        (&reference.human, &query.human)
    }
}

/// The first orthologue, which is also the one whose summary is borrowed.
fn orthologue(genes: &MappedGenes, gene: usize) -> Option<u64> {
    let record = genes.bundle.bundle.record(gene)?;
    record.orthologues.first()?.id.map(|id| u64::from(id.0))
}
