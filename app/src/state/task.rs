use lexicell_protocol::{Step, View};

/// One run of the worker: a node of the graph of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Task {
    Open,
    MapGenes,
    EmbedGenes,
    PoolCells,
    Neighbors(View),
    Cluster(View),
    Umap(View),
    Pca,
    Refine,
    Score,
}

/// The part of the page that a task belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Data,
    Genes,
    Embed,
    Map,
    Refine,
    Score,
    /// Questions of the scientist: it has no task that would run by itself.
    Explore,
}

impl Task {
    /// All tasks in the order in which they run: the text map first, then what the scientist asked to
    /// be trained, then the score and the classical view.
    pub(crate) const ALL: [Task; 16] = [
        Task::Open,
        Task::MapGenes,
        Task::EmbedGenes,
        Task::PoolCells,
        Task::Neighbors(View::Text),
        Task::Cluster(View::Text),
        Task::Umap(View::Text),
        Task::Pca,
        Task::Refine,
        Task::Neighbors(View::Refined),
        Task::Cluster(View::Refined),
        Task::Umap(View::Refined),
        Task::Score,
        Task::Neighbors(View::Pca),
        Task::Cluster(View::Pca),
        Task::Umap(View::Pca),
    ];

    /// The tasks whose results this one reads.
    pub(crate) fn needs(self) -> &'static [Task] {
        match self {
            Task::Open => &[],
            Task::MapGenes | Task::Pca => &[Task::Open],
            Task::EmbedGenes => &[Task::MapGenes],
            Task::PoolCells => &[Task::EmbedGenes],
            Task::Neighbors(View::Text) => &[Task::PoolCells],
            Task::Neighbors(View::Pca) => &[Task::Pca],
            Task::Neighbors(View::Refined) => &[Task::Refine],
            Task::Cluster(View::Text) | Task::Umap(View::Text) => &[Task::Neighbors(View::Text)],
            Task::Cluster(View::Pca) | Task::Umap(View::Pca) => &[Task::Neighbors(View::Pca)],
            Task::Cluster(View::Refined) | Task::Umap(View::Refined) => {
                &[Task::Neighbors(View::Refined)]
            }
            Task::Refine => &[Task::PoolCells],
            Task::Score => &[Task::PoolCells, Task::Pca],
        }
    }

    /// Whether this task reads the other's result, directly or through others.
    pub(crate) fn depends_on(self, other: Task) -> bool {
        self.needs().iter().any(|&need| need == other || need.depends_on(other))
    }

    /// All that depends on this task.
    pub(crate) fn dependants(self) -> impl Iterator<Item = Task> {
        Task::ALL.into_iter().filter(move |task| task.depends_on(self))
    }

    /// The part of the page that it belongs to.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Task::Open => Stage::Data,
            Task::MapGenes => Stage::Genes,
            Task::EmbedGenes | Task::PoolCells => Stage::Embed,
            Task::Refine
            | Task::Neighbors(View::Refined)
            | Task::Cluster(View::Refined)
            | Task::Umap(View::Refined) => Stage::Refine,
            Task::Neighbors(_) | Task::Cluster(_) | Task::Umap(_) | Task::Pca => Stage::Map,
            Task::Score => Stage::Score,
        }
    }

    /// The task of a step that exists once; the others exist for each view.
    pub(crate) fn of_step(step: Step) -> Option<Task> {
        match step {
            Step::Open => Some(Task::Open),
            Step::MapGenes => Some(Task::MapGenes),
            Step::EmbedGenes => Some(Task::EmbedGenes),
            Step::PoolCells => Some(Task::PoolCells),
            Step::Pca => Some(Task::Pca),
            Step::Refine => Some(Task::Refine),
            Step::Score => Some(Task::Score),
            Step::Start
            | Step::Neighbors
            | Step::Cluster
            | Step::Umap
            | Step::Transfer
            | Step::Explore
            | Step::Map
            | Step::Save => None,
        }
    }

    /// What it does, in words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Task::Open => "Read the data",
            Task::MapGenes => "Find the genes",
            Task::EmbedGenes => "Read the gene descriptions",
            Task::PoolCells => "Average descriptions per cell",
            Task::Neighbors(View::Text) => "Nearest neighbours by text",
            Task::Cluster(View::Text) => "Clusters by text",
            Task::Umap(View::Text) => "Map by text (UMAP)",
            Task::Pca => "PCA of expression",
            Task::Neighbors(View::Pca) => "Nearest neighbours by expression",
            Task::Cluster(View::Pca) => "Clusters by expression",
            Task::Umap(View::Pca) => "Map by expression (UMAP)",
            Task::Refine => "Train the refinement",
            Task::Neighbors(View::Refined) => "Nearest neighbours, refined",
            Task::Cluster(View::Refined) => "Clusters, refined",
            Task::Umap(View::Refined) => "Map, refined (UMAP)",
            Task::Score => "Score",
        }
    }

    /// That it did not work, in words.
    pub(crate) fn failed_title(self) -> &'static str {
        match self {
            Task::Open => "The data could not be read",
            Task::MapGenes => "The genes could not be looked up",
            Task::EmbedGenes => "The gene descriptions could not be read",
            Task::PoolCells => "The descriptions could not be averaged",
            Task::Neighbors(_) => "The nearest neighbours could not be found",
            Task::Cluster(_) => "The cells could not be clustered",
            Task::Umap(_) => "The map could not be laid out",
            Task::Pca => "The principal components could not be computed",
            Task::Refine => "The refinement could not be trained",
            Task::Score => "The cells could not be scored",
        }
    }

    /// A name that stays, for tests.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Task::Open => "open",
            Task::MapGenes => "map-genes",
            Task::EmbedGenes => "embed-genes",
            Task::PoolCells => "pool-cells",
            Task::Neighbors(View::Text) => "neighbors-text",
            Task::Cluster(View::Text) => "cluster-text",
            Task::Umap(View::Text) => "umap-text",
            Task::Pca => "pca",
            Task::Neighbors(View::Pca) => "neighbors-pca",
            Task::Cluster(View::Pca) => "cluster-pca",
            Task::Umap(View::Pca) => "umap-pca",
            Task::Refine => "refine",
            Task::Neighbors(View::Refined) => "neighbors-refined",
            Task::Cluster(View::Refined) => "cluster-refined",
            Task::Umap(View::Refined) => "umap-refined",
            Task::Score => "score",
        }
    }
}

impl Stage {
    /// The stages from first to last.
    pub(crate) const ALL: [Stage; 7] = [
        Stage::Data,
        Stage::Genes,
        Stage::Embed,
        Stage::Map,
        Stage::Refine,
        Stage::Score,
        Stage::Explore,
    ];

    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Stage::Data => "Data",
            Stage::Genes => "Genes",
            Stage::Embed => "Embed",
            Stage::Map => "Map",
            Stage::Refine => "Refine",
            Stage::Score => "Score",
            Stage::Explore => "Explore",
        }
    }

    /// A name that stays, for tests.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Stage::Data => "data",
            Stage::Genes => "genes",
            Stage::Embed => "embed",
            Stage::Map => "map",
            Stage::Refine => "refine",
            Stage::Score => "score",
            Stage::Explore => "explore",
        }
    }

    /// What belongs to it, in running order.
    pub(crate) fn tasks(self) -> impl Iterator<Item = Task> {
        Task::ALL.into_iter().filter(move |task| task.stage() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_comes_after_what_it_needs() {
        for (place, task) in Task::ALL.iter().enumerate() {
            for need in task.needs() {
                assert!(Task::ALL[..place].contains(need), "{task:?} runs before {need:?}");
            }
        }
    }

    #[test]
    fn the_classical_view_does_not_depend_on_the_texts() {
        let of_genes: Vec<Task> = Task::MapGenes.dependants().collect();
        assert!(of_genes.contains(&Task::Umap(View::Text)));
        assert!(of_genes.contains(&Task::Score));
        assert!(!of_genes.contains(&Task::Pca));
        assert!(!of_genes.contains(&Task::Umap(View::Pca)));
    }

    #[test]
    fn the_score_trains_heads_of_its_own() {
        let of_refinement: Vec<Task> = Task::Refine.dependants().collect();
        assert!(of_refinement.contains(&Task::Umap(View::Refined)));
        assert!(!of_refinement.contains(&Task::Score));
        assert!(!of_refinement.contains(&Task::Umap(View::Text)));
    }

    #[test]
    fn everything_depends_on_the_data() {
        assert_eq!(Task::Open.dependants().count(), Task::ALL.len() - 1);
    }
}
