//! Transfer through shared genes against scanpy and scikit-learn (`tests/golden/transfer/generate.py`).

use std::path::PathBuf;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::state::MatrixState;
use lexicell_analysis::transfer::{
    ExpressionSettings, ExpressionSide, ExpressionSpace, LabelTransfer, OwnMean, SharedGenes,
    shared_genes,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix, MISSING_CODE};
use serde_json::Value;

fn golden() -> Value {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let path = root.join("../../tests/golden/transfer/expression.json");
    serde_json::from_slice(&std::fs::read(path).expect("the golden file")).expect("golden values")
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn counts(values: &Value, n_genes: usize) -> CsrMatrix {
    let values = numbers(values);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for row in values.chunks_exact(n_genes) {
        for (gene, &value) in row.iter().enumerate().filter(|(_, value)| **value > 0.0) {
            indices.push(gene as u32);
            data.push(value as f32);
        }
        indptr.push(indices.len());
    }
    CsrMatrix::try_new(values.len() / n_genes, n_genes, indptr, indices, data).expect("a matrix")
}

struct Pair {
    reference: CsrMatrix,
    query: CsrMatrix,
    shared: SharedGenes,
}

impl Pair {
    fn of(golden: &Value) -> Self {
        let n = numbers(&golden["n_genes"]);
        let ids = |key: &str| -> Vec<Option<u64>> {
            numbers(&golden[key]).iter().map(|&id| Some(id as u64)).collect()
        };
        Self {
            reference: counts(&golden["reference"], n[0] as usize),
            query: counts(&golden["query"], n[1] as usize),
            shared: shared_genes(&ids("reference_ids"), &ids("query_ids")),
        }
    }

    /// Both sides in the space of shared genes, centred, and how many genes it is made of.
    fn cells(&self, settings: ExpressionSettings, limit: usize) -> ([DenseMatrix; 2], usize) {
        let view = |x| Normalized::new(x, MatrixState::RawCounts).expect("counts");
        let (reference, query) = (view(&self.reference), view(&self.query));
        let side = |view| ExpressionSide { view, cells: all(view) };
        let (reference, query) = (side(&reference), side(&query));
        let mut space = ExpressionSpace::new(reference, query, self.shared.clone(), settings)
            .expect("shared genes");
        let mut last = 0.0;
        loop {
            let progress = space.run(limit).expect("runs");
            if progress.is_done() {
                break;
            }
            let share = progress.done as f64 / progress.total as f64;
            assert!((0.0..1.0).contains(&share), "{progress:?}");
            last = f64::max(last, share);
        }
        assert!(limit > 1 || last > 0.0, "no progress was told");
        let cells = space.finish().expect("done");
        ([centred(cells.reference), centred(cells.query)], cells.n_genes)
    }
}

fn all(view: &Normalized<'_>) -> Vec<usize> {
    (0..view.n_cells()).collect()
}

fn centred(cells: DenseMatrix) -> DenseMatrix {
    let mut own = OwnMean::new(cells);
    while !own.run(7).expect("runs").is_done() {}
    own.finish().expect("done")
}

#[test]
fn labels_through_shared_genes_are_those_of_scikit_learn() {
    let golden = golden();
    let pair = Pair::of(&golden);
    let classes: Vec<u32> = numbers(&golden["classes"])
        .iter()
        .map(|&class| if class < 0.0 { MISSING_CODE } else { class as u32 })
        .collect();
    let size = |key: &str| golden[key].as_u64().expect("a size") as usize;
    let (components, k) = (size("components"), size("k"));
    let cases = golden["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let n_top_genes = case["n_top"].as_u64().expect("a number") as usize;
        let settings = ExpressionSettings { n_top_genes, n_components: components, seed: 0 };
        let ([reference, query], n_genes) = pair.cells(settings, 1);
        assert_eq!(n_genes, case["genes"].as_array().expect("genes").len());
        let cosines = numbers(&case["cosines"]);
        for asked in 0..query.n_rows() {
            for seen in 0..reference.n_rows() {
                let pairs = query.row(asked).iter().zip(reference.row(seen));
                let found: f64 = pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                let expected = cosines[asked * reference.n_rows() + seen];
                let name = &case["name"];
                assert!(
                    (found - expected).abs() < 2e-5,
                    "{name} {asked} {seen}: {found} {expected}"
                );
            }
        }
        let mut transfer = LabelTransfer::new(&reference, &classes, query, k).expect("voters");
        while !transfer.run(1).expect("runs").is_done() {}
        let told = transfer.finish().expect("done");
        let code = |class: u32| if class == MISSING_CODE { -1.0 } else { f64::from(class) };
        let found: Vec<f64> = told.told.classes.iter().map(|&class| code(class)).collect();
        assert_eq!(found, numbers(&case["told"]), "{}", case["name"]);
        for (found, expected) in told.told.confidence.iter().zip(numbers(&case["confidence"])) {
            assert!((found - expected).abs() < 1e-6);
        }
        for (found, expected) in told.similarity.iter().zip(numbers(&case["similarity"])) {
            assert!((found - expected).abs() < 2e-5, "{found} {expected}");
        }
    }
}

#[test]
fn the_query_moves_nothing_that_was_fitted_on_the_reference() {
    let golden = golden();
    let pair = Pair::of(&golden);
    let settings = ExpressionSettings { n_top_genes: 40, n_components: 6, seed: 0 };
    let ([before, _], _) = pair.cells(settings, usize::MAX);
    let mut other = Pair::of(&golden);
    other.query.data_mut().iter_mut().for_each(|value| *value = 1.0 + (*value * 3.0) % 5.0);
    let ([after, asked], _) = other.cells(settings, usize::MAX);
    assert_eq!(before, after);
    assert_ne!(asked, pair.cells(settings, usize::MAX).0[1]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let pair = Pair::of(&golden());
    let view = Normalized::new(&pair.reference, MatrixState::RawCounts).expect("counts");
    let side = |cells| ExpressionSide { view: &view, cells };
    let new = |query_cells, reference, query| {
        let shared = SharedGenes { reference, query };
        let (reference, query) = (side(all(&view)), side(query_cells));
        ExpressionSpace::new(reference, query, shared, ExpressionSettings::default()).map(|_| ())
    };
    assert!(matches!(new(vec![0], vec![0], vec![0]), Err(AnalysisError::TooFewGenes { .. })));
    assert!(matches!(new(vec![0], vec![0, 1], vec![0]), Err(AnalysisError::Shape { .. })));
    let outside = new(vec![0], vec![0, 1], vec![0, 900]);
    assert!(matches!(outside, Err(AnalysisError::IndexOutOfRange { index: 900, .. })));
    let outside = new(vec![400], vec![0, 1], vec![0, 1]);
    assert!(matches!(outside, Err(AnalysisError::IndexOutOfRange { index: 400, .. })));
    let shared = SharedGenes { reference: vec![0, 1], query: vec![0, 1] };
    let (reference, query) = (side(all(&view)), side(vec![0]));
    let settings = ExpressionSettings::default();
    let space = ExpressionSpace::new(reference, query, shared, settings).expect("fits");
    assert!(matches!(space.finish(), Err(AnalysisError::OutOfTurn { .. })));
}
