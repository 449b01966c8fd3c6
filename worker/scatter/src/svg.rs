use std::fmt::Write;

use crate::{Camera, Points, Rgb, Viewport, css};

/// A map as a figure.
#[derive(Debug, Clone)]
pub struct Figure<'a> {
    /// The cells.
    pub points: &'a Points,
    /// What is seen.
    pub camera: Camera,
    /// Size of the map.
    pub viewport: Viewport,
    /// Written above the map.
    pub title: &'a str,
    /// Names of the axes.
    pub axes: [&'a str; 2],
    /// What the colours mean.
    pub legend: FigureLegend,
    /// What lies over the cells.
    pub overlay: Overlay,
    /// Names to write over the map, with their data position.
    pub labels: Vec<(String, [f32; 2])>,
}

/// A graph over the cells, in CSS pixels from the map's top left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// Its edges, drawn first.
    pub strokes: Vec<Stroke>,
    /// Its nodes.
    pub discs: Vec<Disc>,
}

/// An edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Where it begins and ends.
    pub ends: [[f32; 2]; 2],
    /// Its width.
    pub width: f32,
    /// Whether it is broken.
    pub is_dashed: bool,
    /// Whether it is in the colour that marks.
    pub is_marked: bool,
}

/// A node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Its middle.
    pub at: [f32; 2],
    /// Its radius.
    pub radius: f32,
    /// Whether its edge is broken.
    pub is_hollow: bool,
    /// Whether it is in the colour that marks.
    pub is_marked: bool,
}

/// The colour that marks edges and nodes (Okabe and Ito's vermilion).
pub const MARKED: &str = "#d55e00";

/// What the colours of a figure mean.
#[derive(Debug, Clone, PartialEq)]
pub enum FigureLegend {
    /// Nothing.
    None,
    /// Classes by colour.
    Classes(Vec<(String, Rgb)>),
    /// A scale from low to high with its unit.
    Scale {
        /// Value of the first colour.
        low: f64,
        /// Value of the last colour.
        high: f64,
        /// What is measured.
        unit: String,
        /// Colours from low to high.
        colors: Vec<Rgb>,
    },
}

const LEGEND_WIDTH: f32 = 220.0;
const TITLE_HEIGHT: f32 = 34.0;
const AXIS_HEIGHT: f32 = 24.0;
const LINE: f32 = 18.0;

/// The map as an SVG document: one circle for each cell seen, text as text.
#[must_use]
pub fn svg(figure: &Figure<'_>) -> String {
    let [width, height] = figure.viewport.css_size();
    let total_width = width + if figure.legend == FigureLegend::None { 0.0 } else { LEGEND_WIDTH };
    let total_height = (height + TITLE_HEIGHT + AXIS_HEIGHT).max(legend_height(&figure.legend));
    let mut out = String::new();
    let ink = ink(figure.points.background);
    out.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total_width}\" height=\"{total_height}\" viewBox=\"0 0 {total_width} {total_height}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{ink}\">\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        css(figure.points.background)
    ));
    out.push_str(&format!(
        "<text x=\"10\" y=\"22\" font-size=\"15\" font-weight=\"600\">{}</text>\n",
        escape(figure.title)
    ));
    write_points(&mut out, figure, width, height);
    write_overlay(&mut out, figure, ink);
    write_labels(&mut out, figure);
    out.push_str(&format!(
        "<text x=\"10\" y=\"{}\">{} →</text><text transform=\"translate(14 {}) rotate(-90)\">{} →</text>\n",
        TITLE_HEIGHT + height + 16.0,
        escape(figure.axes[0]),
        TITLE_HEIGHT + height - 8.0,
        escape(figure.axes[1])
    ));
    write_legend(&mut out, &figure.legend, width + 12.0);
    out.push_str("</svg>\n");
    out
}

fn write_points(out: &mut String, figure: &Figure<'_>, width: f32, height: f32) {
    let radius = figure.points.radius;
    out.push_str(&format!("<g transform=\"translate(0 {TITLE_HEIGHT})\">\n"));
    for (position, [red, green, blue, alpha]) in figure.points.in_order() {
        let [x, y] = figure.camera.to_screen(position, figure.viewport);
        if x < -radius || y < -radius || x > width + radius || y > height + radius {
            continue;
        }
        let opacity = if alpha == 255 {
            String::new()
        } else {
            format!(" fill-opacity=\"{:.2}\"", f32::from(alpha) / 255.0)
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.2}\" fill=\"{}\"{opacity}/>",
            css([red, green, blue])
        );
    }
    out.push_str("</g>\n");
}

fn write_overlay(out: &mut String, figure: &Figure<'_>, ink: &str) {
    if figure.overlay.discs.is_empty() {
        return;
    }
    let ground = css(figure.points.background);
    let paint = |is_marked: bool| if is_marked { MARKED } else { ink };
    let broken = |is_broken: bool, dash: &str| match is_broken {
        true => format!(" stroke-dasharray=\"{dash}\""),
        false => String::new(),
    };
    out.push_str(&format!("<g id=\"class-graph\" transform=\"translate(0 {TITLE_HEIGHT})\">\n"));
    for stroke in &figure.overlay.strokes {
        let [[x1, y1], [x2, y2]] = stroke.ends;
        out.push_str(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{}\" stroke-width=\"{:.1}\" stroke-opacity=\"0.75\"{}/>\n",
            paint(stroke.is_marked),
            stroke.width,
            broken(stroke.is_dashed, "6 4")
        ));
    }
    for disc in &figure.overlay.discs {
        out.push_str(&format!(
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\" fill=\"{ground}\" stroke=\"{}\" stroke-width=\"2.5\"{}/>\n",
            disc.at[0],
            disc.at[1],
            disc.radius,
            paint(disc.is_marked),
            broken(disc.is_hollow, "3 3")
        ));
    }
    out.push_str("</g>\n");
}

fn write_labels(out: &mut String, figure: &Figure<'_>) {
    for (text, position) in &figure.labels {
        let [x, y] = figure.camera.to_screen(*position, figure.viewport);
        out.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-weight=\"600\" stroke=\"{}\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>\n",
            y + TITLE_HEIGHT,
            css(figure.points.background),
            escape(text)
        ));
    }
}

fn write_legend(out: &mut String, legend: &FigureLegend, x: f32) {
    match legend {
        FigureLegend::None => {}
        FigureLegend::Classes(classes) => {
            for (at, (name, color)) in classes.iter().enumerate() {
                let y = TITLE_HEIGHT + 10.0 + at as f32 * LINE;
                out.push_str(&format!(
                    "<circle cx=\"{}\" cy=\"{y}\" r=\"5\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text>\n",
                    x + 5.0,
                    css(*color),
                    x + 16.0,
                    y + 4.0,
                    escape(name)
                ));
            }
        }
        FigureLegend::Scale { low, high, unit, colors } => {
            out.push_str(&format!(
                "<text x=\"{x}\" y=\"{}\">{}</text>\n",
                TITLE_HEIGHT + 10.0,
                escape(unit)
            ));
            let step = 160.0 / colors.len().max(1) as f32;
            for (at, color) in colors.iter().enumerate() {
                let left = x + at as f32 * step;
                out.push_str(&format!(
                    "<rect x=\"{left:.1}\" y=\"{}\" width=\"{:.1}\" height=\"12\" fill=\"{}\"/>",
                    TITLE_HEIGHT + 20.0,
                    step + 0.5,
                    css(*color)
                ));
            }
            let y = TITLE_HEIGHT + 46.0;
            out.push_str(&format!("\n<text x=\"{x}\" y=\"{y}\">{low:.2}</text><text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{high:.2}</text>\n", x + 160.0));
        }
    }
}

fn legend_height(legend: &FigureLegend) -> f32 {
    match legend {
        FigureLegend::Classes(classes) => TITLE_HEIGHT + 20.0 + classes.len() as f32 * LINE,
        _ => 0.0,
    }
}

/// Text colour that reads on that ground.
fn ink(background: Rgb) -> &'static str {
    if background.iter().map(|&part| u32::from(part)).sum::<u32>() > 384 {
        "#1b1f24"
    } else {
        "#e6e9ee"
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .filter(|symbol| !symbol.is_control())
        .map(|symbol| match symbol {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            _ => symbol.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_draws_what_is_seen_and_escapes_names() {
        let points = Points {
            positions: vec![[0.0, 0.0], [1000.0, 0.0]],
            colors: vec![[1, 2, 3, 255]; 2],
            order: vec![0, 1],
            radius: 2.0,
            background: [255; 3],
        };
        let figure = Figure {
            points: &points,
            camera: Camera::default(),
            viewport: Viewport { width: 200, height: 100, scale: 1.0 },
            title: "a < b",
            axes: ["UMAP 1", "UMAP 2"],
            legend: FigureLegend::Classes(vec![("T & B".into(), [1, 2, 3])]),
            overlay: Overlay::default(),
            labels: vec![("0".into(), [0.0, 0.0])],
        };
        let text = svg(&figure);
        assert!(!text.contains("class-graph"));
        assert_eq!(text.matches("<circle").count(), 2, "one cell seen and one legend entry");
        assert!(text.contains("T &amp; B") && text.contains("a &lt; b"));
        assert!(text.contains("#010203"));
    }

    #[test]
    fn a_graph_lies_over_the_cells() {
        let disc = Disc { at: [10.0, 20.0], radius: 6.0, is_hollow: true, is_marked: false };
        let stroke = Stroke {
            ends: [[10.0, 20.0], [30.0, 40.0]],
            width: 3.0,
            is_dashed: true,
            is_marked: true,
        };
        let figure = Figure {
            points: &Points {
                positions: vec![[0.0, 0.0]],
                colors: vec![[1, 2, 3, 255]],
                order: vec![0],
                radius: 2.0,
                background: [255; 3],
            },
            camera: Camera::default(),
            viewport: Viewport { width: 200, height: 100, scale: 1.0 },
            title: "",
            axes: ["1", "2"],
            legend: FigureLegend::None,
            overlay: Overlay { strokes: vec![stroke], discs: vec![disc] },
            labels: vec![],
        };
        let text = svg(&figure);
        let (cell, graph) = (text.find("#010203"), text.find("class-graph"));
        assert!(
            cell < graph
                && graph < text.find("<line")
                && text.find("<line") < text.rfind("<circle")
        );
        assert!(text.contains(MARKED) && text.contains("6 4") && text.contains("3 3"));
    }
}
