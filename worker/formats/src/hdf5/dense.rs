//! Dense matrices, read in panels of cells or of genes.

use lexicell_matrix::CsrMatrix;

use super::dataset::Dataset;
use super::matrix::{MatrixReader, Stage};
use super::numbers;
use crate::assembly::{ColumnBuilder, Columns, RowBuilder, Subject};
use crate::error::{FormatError, Place};
use crate::values::{ValueStats, ValueSummary};

/// Largest panel, in values, as long as chunks allow.
const PANEL_VALUES: u64 = 16 << 20;
/// Panels that chunks make larger than this are refused.
const MAX_PANEL_VALUES: u64 = 128 << 20;

/// A dense matrix: which of its two axes is cells.
#[derive(Clone)]
pub(crate) struct DenseParts {
    pub(crate) dataset: Dataset,
    /// 0 in AnnData, 1 in loom.
    cell_axis: usize,
}

impl DenseParts {
    /// Checks that a data set is a matrix of numbers.
    pub(crate) fn open(dataset: Dataset, cell_axis: usize) -> Result<Self, FormatError> {
        dataset.check()?;
        let &[rows, columns] = dataset.shape() else {
            let found = format!("{} dimensions", dataset.shape().len());
            return Err(dataset.container.damaged(
                &dataset.path,
                "a matrix of two dimensions",
                found,
            ));
        };
        if !numbers::is_numeric(dataset.dtype()) {
            return Err(dataset.wrong_type("a matrix of numbers"));
        }
        dataset.container.check_rows(&dataset.path, rows, columns)?;
        Ok(Self { dataset, cell_axis })
    }

    /// Cells.
    pub(crate) fn n_obs(&self) -> u64 {
        self.dataset.shape()[self.cell_axis]
    }

    /// Genes.
    pub(crate) fn n_vars(&self) -> u64 {
        self.dataset.shape()[1 - self.cell_axis]
    }

    /// Starts to read the matrix.
    pub(crate) fn reader(
        self,
        subject: Subject,
        genes: Columns,
    ) -> Result<DenseReader, FormatError> {
        let panels = self.panels()?;
        let n_obs = self.n_obs() as usize;
        let stage = if panels.axis == self.cell_axis {
            Stage::Rows(RowBuilder::new(subject, n_obs, genes, None)?)
        } else {
            Stage::Count(ColumnBuilder::new(subject, n_obs, genes)?)
        };
        Ok(DenseReader { parts: self, panels, stage: Some(stage), at: 0, passed: 0 })
    }

    /// Panels of cells need one pass; where chunks or strides make those dear, panels of genes need two.
    fn panels(&self) -> Result<Panels, FormatError> {
        let shape = self.dataset.shape();
        let of = |axis: usize| {
            let step = self
                .dataset
                .chunks()
                .map_or(1, |chunks| u64::from(chunks[axis]).clamp(1, shape[axis].max(1)));
            Panels { axis, step, across: shape[1 - axis].max(1), least: self.least_panel() }
        };
        let (cells, genes) = (of(self.cell_axis), of(1 - self.cell_axis));
        // Unchunked data is row-major: panels across it would read the whole file for each.
        let cells_are_cheap = self.dataset.chunks().is_some() || self.cell_axis == 0;
        if cells_are_cheap && cells.values(cells.step) <= PANEL_VALUES {
            return Ok(cells);
        }
        let cheaper = if !cells_are_cheap || genes.values(genes.step) < cells.values(cells.step) {
            genes
        } else {
            cells
        };
        if cheaper.values(cheaper.step) <= MAX_PANEL_VALUES {
            return Ok(cheaper);
        }
        Err(FormatError::TooLarge {
            file: self.dataset.container.file.name.clone(),
            place: Place::Object(self.dataset.path.clone()),
            needed: format!(
                "{} million values to be unpacked at once",
                cheaper.values(cheaper.step) >> 20
            ),
            limit: "the chunks of this matrix allow no smaller step".to_owned(),
            remedy: "Store the matrix sparse: adata.X = scipy.sparse.csr_matrix(adata.X)."
                .to_owned(),
        })
    }

    /// Every panel walks the index of all chunks: where those are many, panels should be few.
    fn least_panel(&self) -> u64 {
        const MANY: u64 = 20_000;
        let chunk: u64 = self
            .dataset
            .chunks()
            .map_or(u64::MAX, |chunks| chunks.iter().map(|&side| u64::from(side)).product());
        if self.dataset.len() / chunk.max(1) > MANY { PANEL_VALUES / 4 } else { 0 }
    }

    /// Looks at a few blocks of the values.
    pub(crate) fn sample(&self) -> Result<ValueSummary, FormatError> {
        const BLOCKS: u64 = 4;
        const SIDE: u64 = 64;
        let mut stats = ValueStats::default();
        let shape = self.dataset.shape();
        let chunks = self.dataset.chunks().unwrap_or_else(|| vec![16, 4096]);
        let side = |axis: usize| {
            u64::from(chunks[axis]).clamp(1, if axis == 0 { SIDE } else { SIDE * SIDE })
        };
        for block in 0..BLOCKS {
            let range = |axis: usize| {
                let start = shape[axis] / BLOCKS * block;
                (start, (start + side(axis)).min(shape[axis]))
            };
            let (rows, columns) = (range(0), range(1));
            if rows.0 < rows.1 && columns.0 < columns.1 {
                stats.extend(&self.dataset.block::<f32>(&[rows, columns])?);
            }
        }
        Ok(stats.summary())
    }
}

/// How a dense matrix is cut.
#[derive(Debug, Clone, Copy)]
struct Panels {
    /// The axis that panels follow each other along.
    axis: usize,
    /// The smallest sensible width: that of a chunk.
    step: u64,
    /// Length of the other axis.
    across: u64,
    /// Values that a panel should have at least.
    least: u64,
}

impl Panels {
    fn values(self, width: u64) -> u64 {
        self.across.saturating_mul(width)
    }

    /// A width of about `limit` values, in whole chunks.
    fn width(self, limit: usize) -> u64 {
        let wanted = (limit as u64).min(PANEL_VALUES).max(self.least) / self.across;
        (wanted / self.step).max(1) * self.step
    }
}

/// Reads a dense matrix panel by panel.
pub(crate) struct DenseReader {
    parts: DenseParts,
    panels: Panels,
    /// Taken out only while it changes.
    stage: Option<Stage>,
    at: u64,
    passed: u64,
}

impl DenseReader {
    fn length(&self) -> u64 {
        self.parts.dataset.shape()[self.panels.axis]
    }

    fn take_panel(&mut self, end: u64) -> Result<(), FormatError> {
        let mut ranges = [(0, self.panels.across), (0, self.panels.across)];
        ranges[self.panels.axis] = (self.at, end);
        let block = self.parts.dataset.block::<f32>(&ranges)?;
        let Some(stage) = &mut self.stage else { return Ok(()) };
        let (width, across) = ((end - self.at) as usize, self.panels.across as usize);
        let (mut minors, mut values) = (Vec::new(), Vec::new());
        for line in 0..width {
            // Along axis 0 a line lies in one piece, along axis 1 it is strided.
            let (start, stride) =
                if self.panels.axis == 0 { (line * across, 1) } else { (line, width) };
            let cells = block[start..].iter().step_by(stride).take(across).copied();
            let major = self.at as usize + line;
            if let Stage::Rows(builder) = stage {
                builder.extend_dense(cells)?;
                builder.close_row();
                continue;
            }
            minors.clear();
            values.clear();
            for (minor, value) in (0..).zip(cells).filter(|(_, value)| *value != 0.0) {
                minors.push(minor);
                values.push(value);
            }
            stage.take(major, &minors, &values)?;
        }
        Ok(())
    }
}

impl MatrixReader for DenseReader {
    fn run(&mut self, limit: usize) -> Result<(), FormatError> {
        let end = (self.at + self.panels.width(limit)).min(self.length());
        let empty = self.parts.n_obs() == 0 || self.parts.n_vars() == 0;
        if self.at < end && !empty {
            self.take_panel(end)?;
        }
        self.at = end;
        if self.at == self.length() && self.stage.as_ref().is_some_and(Stage::is_first_of_two) {
            self.stage = self.stage.take().map(Stage::advance).transpose()?;
            self.passed += self.at;
            self.at = 0;
        }
        Ok(())
    }

    fn progress(&self) -> (u64, u64) {
        let passes = if self.panels.axis == self.parts.cell_axis { 1 } else { 2 };
        let waiting = u64::from(
            self.length() == 0 && self.stage.as_ref().is_some_and(Stage::is_first_of_two),
        );
        let across = self.panels.across;
        ((self.passed + self.at) * across, self.length() * passes * across + waiting)
    }

    fn finish(self: Box<Self>) -> Result<(CsrMatrix, ValueSummary), FormatError> {
        match self.stage {
            Some(stage) => stage.finish(),
            None => Err(self.parts.dataset.wrong_type("a matrix")),
        }
    }
}
