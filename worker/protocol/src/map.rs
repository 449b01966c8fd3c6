use serde::{Deserialize, Serialize};

use crate::{Settings, View};

/// Anything about the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MapCommand {
    /// Draw on the attached `OffscreenCanvas` from now on.
    Attach {
        /// Width in device pixels.
        width: u32,
        /// Height in device pixels.
        height: u32,
        /// Device pixels in a CSS pixel.
        scale: f32,
        /// Colours of the theme.
        dark: bool,
    },
    /// Draw the space that is being trained on the attached `OffscreenCanvas` from now on.
    AttachTraining {
        /// Width in device pixels.
        width: u32,
        /// Height in device pixels.
        height: u32,
        /// Device pixels in a CSS pixel.
        scale: f32,
        /// Colours of the theme.
        dark: bool,
    },
    /// The canvas has another size.
    Resize {
        /// Width in device pixels.
        width: u32,
        /// Height in device pixels.
        height: u32,
        /// Device pixels in a CSS pixel.
        scale: f32,
    },
    /// The theme changed.
    Theme {
        /// Whether it is dark.
        dark: bool,
    },
    /// Which layout is drawn.
    Show(Layout),
    /// Draw another layout of the same cells in the right half, beside the one shown; `None` draws one alone.
    Compare(Option<Layout>),
    /// What colours the cells.
    Color(ColorBy),
    /// Draw only these classes of the colouring column strongly; empty is all.
    Highlight(Vec<u32>),
    /// Move by that many CSS pixels.
    Pan {
        /// To the right.
        dx: f32,
        /// Down.
        dy: f32,
    },
    /// Zoom about a point.
    Zoom {
        /// Factor; above 1 comes closer.
        factor: f32,
        /// CSS pixels from the left edge.
        x: f32,
        /// CSS pixels from the top edge.
        y: f32,
    },
    /// Show everything.
    Fit,
    /// The cell under the pointer (answered by `Output::Picked`).
    Pick {
        /// CSS pixels from the left edge.
        x: f32,
        /// CSS pixels from the top edge.
        y: f32,
    },
    /// Select the cells within a polygon (answered by `Output::Selected`); an empty one clears.
    Lasso {
        /// Corners in CSS pixels from the top left: x, y, x, y, …
        polygon: Vec<f32>,
    },
    /// Select the cells whose value, as the map is coloured now, lies between (answered by
    /// `Output::Selected`).
    Between {
        /// Least value; none leaves the end open.
        low: Option<f64>,
        /// Greatest value.
        high: Option<f64>,
    },
    /// Draw in other colours.
    Palette(Palette),
    /// Radius of a cell in CSS pixels; `None` follows the number of cells.
    PointSize(Option<f32>),
    /// Draw the class graph of the last path over the cells, or no longer.
    DrawGraph(bool),
}

/// A two-dimensional layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// UMAP of a view.
    Umap(View),
    /// The first two principal components of expression.
    Pca,
    /// A layout that the file brought along, by its place among `obsm`'s two-dimensional ones.
    FromFile(u32),
}

/// The colours of classes and of values; each is told apart with any common colour blindness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Palette {
    /// Okabe and Ito's colours, then Tol's; viridis.
    #[default]
    OkabeIto,
    /// Tol's muted colours; cividis.
    TolMuted,
    /// Tol's bright colours; magma.
    TolBright,
}

/// What colours the cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColorBy {
    /// All the same.
    None,
    /// A column of `obs`.
    Obs(String),
    /// The clusters of a view.
    Cluster(View),
    /// The expression (log1p-CP10k) of a gene, by its name in the data set.
    Gene(String),
}

/// What the map shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapState {
    /// The layout drawn.
    pub layout: Option<Layout>,
    /// The layout drawn beside it, in the right half.
    pub beside: Option<Layout>,
    /// The layouts that could be drawn, with their names.
    pub layouts: Vec<(Layout, String)>,
    /// What colours the cells.
    pub color: ColorBy,
    /// Which colours.
    pub palette: Palette,
    /// What the colours mean.
    pub legend: Legend,
    /// What draws.
    pub renderer: Renderer,
    /// Cells drawn.
    pub n_obs: u64,
    /// Cells selected.
    pub n_selected: u64,
}

/// What is written and drawn over the cells: moves with the camera.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MapOverlay {
    /// Names of the classes.
    pub labels: Vec<MapLabel>,
    /// The class graph of a path, where it is drawn.
    pub graph: Option<MapGraph>,
}

/// A name written over the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapLabel {
    /// The name.
    pub text: String,
    /// CSS pixels from the left edge.
    pub x: f32,
    /// CSS pixels from the top edge.
    pub y: f32,
}

/// The class graph of a path, where its classes lie on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapGraph {
    /// The classes that have a place in the layout.
    pub nodes: Vec<MapNode>,
    /// What joins them.
    pub edges: Vec<MapEdge>,
}

/// A class on the map, in CSS pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MapNode {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
    /// Its radius: its area is its share of the cells.
    pub radius: f32,
    /// Whether it lies between root and end.
    pub is_along: bool,
    /// Whether a path reaches its cells.
    pub is_reached: bool,
}

/// Two joined classes, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MapEdge {
    /// Places of both among the nodes.
    pub ends: [u32; 2],
    /// Width by connectivity.
    pub width: f32,
    /// Whether it is in the spanning tree.
    pub is_tree: bool,
    /// Whether it lies between root and end.
    pub is_along: bool,
}

/// What draws the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Renderer {
    /// WebGPU.
    WebGpu,
    /// A 2-D canvas.
    Canvas2d,
    /// No canvas is attached, or it was lost: attach another.
    Detached,
}

/// What the colours mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Legend {
    /// One colour.
    Plain,
    /// One colour for each class.
    Classes(Vec<LegendClass>),
    /// A scale from low to high.
    Scale {
        /// Value of the first colour.
        low: f64,
        /// Value of the last colour.
        high: f64,
        /// Unit of the values.
        unit: String,
        /// Colours from low to high as `#rrggbb`.
        colors: Vec<String>,
        /// Cells in equal steps from low to high; the first and the last step hold what lies beyond.
        bins: Vec<u64>,
        /// Cells without a value.
        n_missing: u64,
    },
}

/// One class of a legend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegendClass {
    /// Its name.
    pub name: String,
    /// Its code, for `MapCommand::Highlight`.
    pub code: u32,
    /// Its colour as `#rrggbb`.
    pub color: String,
    /// Its cells.
    pub n_obs: u64,
}

/// The cell under the pointer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PickedCell {
    /// Its row.
    pub index: u64,
    /// Its name.
    pub name: String,
    /// Values of a few columns: name and value.
    pub values: Vec<(String, String)>,
    /// Genes with the largest weight in its text embedding: name and share of the weight.
    pub top_genes: Vec<(String, f64)>,
    /// CSS pixels from the left edge.
    pub x: f32,
    /// CSS pixels from the top edge.
    pub y: f32,
    /// Where the same cell lies in the other half, where two layouts are drawn: CSS pixels from the
    /// left and the top edge.
    pub twin: Option<(f32, f32)>,
}

/// What a lasso caught.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LassoReport {
    /// Cells caught.
    pub n_selected: u64,
    /// For the colouring column: class, cells caught, cells in all.
    pub classes: Vec<(String, u64, u64)>,
}

/// A file to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SaveKind {
    /// One row for each cell: `obs`, clusters, coordinates, embedding.
    CellsCsv,
    /// The data set with everything computed, as h5ad.
    H5ad,
    /// The map as a picture.
    MapPng,
    /// The map as a vector figure.
    MapSvg,
    /// These settings with versions and hashes, to be dropped back.
    SettingsJson(Box<Settings>),
    /// Genes without a record.
    UnmappedCsv,
    /// The last score, per method and class.
    ScoreCsv,
    /// All genes of the last comparison.
    ComparisonCsv,
    /// The GO terms of the last comparison.
    TermsCsv,
    /// The trained head with its settings, as safetensors, to be dropped on another data set.
    Head,
}

/// A file that was made; its bytes are the message's first attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFile {
    /// The name to save it under.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}
