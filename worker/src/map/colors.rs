//! What colours the cells, and what the colours mean.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::rng::SplitMix64;
use lexicell_matrix::{Categorical, Column, MISSING_CODE};
use lexicell_protocol::{ColorBy, Failure, FailureKind, Legend, LegendClass, Palette, Step};
use lexicell_scatter::{Colors, GREY, OKABE_ITO, Rgb, TOL_BRIGHT, TOL_MUTED, css};

use crate::session::Session;

/// Opacity of cells that are not looked at.
const FAINT: u8 = 28;
/// Most classes with colours of their own.
const MOST_CLASSES: usize = 500;
/// Share of the cells at each end that a scale lets run into its last colour.
const CLIP: f64 = 0.01;
/// Steps of the values' counts beside the scale.
const BINS: usize = 40;

/// Each cell's class or value with its colour.
pub(crate) struct Coloring {
    pub(crate) legend: Legend,
    colors: Vec<Rgb>,
    codes: Vec<u32>,
    values: Vec<f32>,
    /// Where nothing colours the cells.
    plain: Rgb,
}

impl Default for Coloring {
    fn default() -> Self {
        let plain = OKABE_ITO.class(0);
        let (colors, codes, values) = Default::default();
        Self { legend: Legend::Plain, colors, codes, values, plain }
    }
}

/// The colours of a palette.
fn colors(palette: Palette) -> Colors {
    match palette {
        Palette::OkabeIto => OKABE_ITO,
        Palette::TolMuted => TOL_MUTED,
        Palette::TolBright => TOL_BRIGHT,
    }
}

/// Works a colouring out.
pub(crate) fn coloring(session: &Session, by: &ColorBy) -> Result<Coloring, Failure> {
    let lost = |what: &str| Failure {
        step: Step::Map,
        kind: FailureKind::BadSetting,
        message: format!("{what} is not there to colour the cells by."),
        remedy: None,
        causes: Vec::new(),
    };
    let colors = colors(session.map.palette);
    match by {
        ColorBy::None => Ok(Coloring { plain: colors.class(0), ..Coloring::default() }),
        ColorBy::Cluster(view) => {
            let clusters = session
                .views
                .get(view)
                .and_then(|view| view.clusters.clone())
                .ok_or_else(|| lost("A clustering"))?;
            Ok(by_class(&cluster_classes(&clusters), colors))
        }
        ColorBy::Obs(name) => {
            if let Some(told) = session.told.iter().find(|told| told.column == *name) {
                return Ok(by_class(&told.classes, colors));
            }
            if let Some(own) = session.marks.now().labeling(name) {
                // Not compact: colours stay while classes come and go.
                return Ok(by_class(&own.classes, colors));
            }
            if let Some(own) = session.measured.iter().find(|own| own.column == *name) {
                return Ok(by_value(own.values.clone(), own.unit.clone(), colors));
            }
            let column = session
                .dataset
                .as_ref()
                .and_then(|dataset| dataset.adata.obs.column(name))
                .ok_or_else(|| lost(name))?;
            Ok(by_column(name, column, colors))
        }
        ColorBy::Gene(name) => by_gene(session, name, colors).ok_or_else(|| lost(name)),
    }
}

/// Clusters as classes named by their number, largest first.
pub(crate) fn cluster_classes(clusters: &[u32]) -> Categorical {
    let n_clusters = clusters.iter().max().map_or(0, |&last| last + 1);
    Categorical {
        codes: clusters.to_vec(),
        categories: (0..n_clusters).map(|cluster| cluster.to_string()).collect(),
    }
}

fn by_column(name: &str, column: &Column, colors: Colors) -> Coloring {
    let numbers = |values: Vec<f32>| by_value(values, name.to_owned(), colors);
    match column {
        Column::Float(values) => numbers(values.iter().map(|&value| value as f32).collect()),
        Column::Integer(values) => match column.to_categorical() {
            // A few whole numbers are classes (cluster ids, batches), many are a quantity.
            Some(classes) if classes.categories.len() <= 40 => by_class(&classes, colors),
            _ => numbers(
                values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect(),
            ),
        },
        _ => column
            .to_categorical()
            .filter(|classes| classes.categories.len() <= MOST_CLASSES)
            .map_or_else(Coloring::default, |classes| by_class(&classes, colors)),
    }
}

fn by_class(classes: &Categorical, colors: Colors) -> Coloring {
    let counts = classes.counts();
    let legend = classes
        .categories
        .iter()
        .enumerate()
        .map(|(code, name)| LegendClass {
            name: name.clone(),
            code: code as u32,
            color: css(colors.class(code)),
            n_obs: counts[code] as u64,
        })
        .filter(|class| class.n_obs > 0)
        .collect();
    let color = |&code: &u32| if code == MISSING_CODE { GREY } else { colors.class(code as usize) };
    Coloring {
        legend: Legend::Classes(legend),
        colors: classes.codes.iter().map(color).collect(),
        codes: classes.codes.clone(),
        values: Vec::new(),
        plain: colors.class(0),
    }
}

fn by_value(values: Vec<f32>, unit: String, colors: Colors) -> Coloring {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| {
        sorted
            .get(((sorted.len().saturating_sub(1)) as f64 * share) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    let (mut low, mut high) = (at(CLIP), at(1.0 - CLIP));
    if low >= high {
        (low, high) = (at(0.0), at(1.0));
    }
    let span = (high - low).max(f32::MIN_POSITIVE);
    let legend = Legend::Scale {
        low: f64::from(low),
        high: f64::from(high),
        unit,
        colors: colors.scale().iter().copied().map(css).collect(),
        bins: bins(&sorted, low, span),
        n_missing: (values.len() - sorted.len()) as u64,
    };
    let plain = colors.class(0);
    let colors = values.iter().map(|&value| colors.value((value - low) / span)).collect();
    Coloring { legend, colors, codes: Vec::new(), values, plain }
}

/// Counts in equal steps from `low` over `span`; values beyond count at the ends.
fn bins(values: &[f32], low: f32, span: f32) -> Vec<u64> {
    let mut counts = vec![0; BINS];
    for value in values {
        let place = (value - low) / span * BINS as f32;
        // A negative number becomes 0.
        counts[(place as usize).min(BINS - 1)] += 1;
    }
    counts
}

fn by_gene(session: &Session, name: &str, colors: Colors) -> Option<Coloring> {
    let dataset = session.dataset.as_ref()?;
    let gene = dataset
        .adata
        .var
        .index
        .iter()
        .position(|own| own == name)
        .or_else(|| session.genes.as_ref()?.mapping.names.iter().position(|own| own == name))?
        as u32;
    let x = &dataset.adata.x;
    let normalized = Normalized::new(x, dataset.state).ok();
    let value = |cell: usize| {
        let (genes, values) = x.row(cell);
        let stored = genes.binary_search(&gene).map_or(0.0, |at| values[at]);
        normalized.as_ref().map_or(stored, |normalized| normalized.value(cell, stored))
    };
    let unit = if normalized.is_some() {
        format!("{name}, log1p of counts per 10,000")
    } else {
        format!("{name}, as in the file")
    };
    Some(by_value((0..x.n_rows()).map(value).collect(), unit, colors))
}

impl Coloring {
    /// Colours with opacity and the order of drawing for `n` cells.
    pub(crate) fn paint(
        &self,
        n: usize,
        highlight: &[u32],
        selected: &[u32],
    ) -> (Vec<[u8; 4]>, Vec<u32>) {
        let mut chosen = vec![selected.is_empty(); n];
        for &cell in selected {
            if let Some(chosen) = chosen.get_mut(cell as usize) {
                *chosen = true;
            }
        }
        let plain = self.plain;
        let is_strong = |cell: usize| {
            chosen[cell]
                && (highlight.is_empty()
                    || self.codes.get(cell).is_some_and(|code| highlight.contains(code)))
        };
        let color = |cell: usize| {
            let [red, green, blue] = self.colors.get(cell).copied().unwrap_or(plain);
            [red, green, blue, if is_strong(cell) { 230 } else { FAINT }]
        };
        let colors = (0..n).map(color).collect();
        let mut order: Vec<u32> = (0..n as u32).collect();
        if self.values.len() == n {
            // High values on top; cells without a value below all.
            let rank = |cell: u32| {
                let value = self.values[cell as usize];
                if value.is_finite() { value } else { f32::MIN }
            };
            order.sort_by(|&a, &b| rank(a).total_cmp(&rank(b)));
        } else {
            // A fixed shuffle: no class hides another by its place in the file.
            SplitMix64::new(0).shuffle(&mut order);
        }
        order.sort_by_key(|&cell| is_strong(cell as usize));
        (colors, order)
    }

    /// Whether the cells are coloured by classes.
    pub(crate) fn is_by_class(&self) -> bool {
        matches!(self.legend, Legend::Classes(_))
    }

    /// The class of a cell.
    pub(crate) fn code(&self, cell: usize) -> Option<u32> {
        self.codes.get(cell).copied()
    }

    /// The cells whose value lies between, both ends included; an open end takes what is beyond.
    pub(crate) fn between(&self, low: Option<f64>, high: Option<f64>) -> Vec<u32> {
        let is_in = |value: f64| {
            value.is_finite()
                && low.is_none_or(|low| value >= low)
                && high.is_none_or(|high| value <= high)
        };
        (0..)
            .zip(&self.values)
            .filter(|(_, value)| is_in(f64::from(**value)))
            .map(|(cell, _)| cell)
            .collect()
    }

    /// The class of each cell, where classes colour them.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_and_selected_between_two_ends() {
        let values: Vec<f32> = (0..100).map(|cell| cell as f32).chain([f32::NAN, 9000.0]).collect();
        let coloring = by_value(values, "x".to_owned(), OKABE_ITO);
        let Legend::Scale { bins, n_missing, .. } = &coloring.legend else { panic!("no scale") };
        assert_eq!((bins.iter().sum::<u64>(), *n_missing), (101, 1));
        assert_eq!(coloring.between(Some(10.0), Some(12.0)), [10, 11, 12]);
        assert_eq!(coloring.between(Some(99.0), None), [99, 101]);
        assert_eq!(coloring.between(None, Some(0.5)), [0]);
        assert!(coloring.between(Some(5.2), Some(5.8)).is_empty());
    }
}
