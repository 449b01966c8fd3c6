use std::fmt::Write;

/// A place on the sheet, from the top left corner.
pub(crate) type Place = (f64, f64);

/// One thing that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// An open line through places.
    Line { through: Vec<Place>, paint: Paint, width: f64, dash: Dash },
    /// A rectangle; the words show where the pointer rests.
    Rect { corner: Place, width: f64, height: f64, paint: Paint, opacity: f64, words: String },
    /// A filled area without an edge.
    Area { through: Vec<Place>, paint: Paint, opacity: f64 },
    /// A point of a shape; the words show where the pointer rests.
    Dot { at: Place, shape: Shape, radius: f64, paint: Paint, words: String },
    /// A disc through which others may be seen; the words show where the pointer rests.
    Disc { at: Place, radius: f64, paint: Paint, opacity: f64, words: String },
    /// A line of text, turned about its place by that many degrees.
    Text { at: Place, text: String, size: f64, anchor: Anchor, paint: Paint, turn: f64 },
}

/// What a colour stands for; the theme says which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Ink,
    Muted,
    Line,
    Surface,
    Heat,
    /// One of [`N_SERIES`] colours that colour-blind readers can tell apart.
    Series(usize),
}

/// Colours for series.
pub(crate) const N_SERIES: usize = 6;

/// Where the colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    /// The page's, which follow its theme.
    Page,
    /// Dark on white, for files and print.
    Print,
}

/// How a line is broken, beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

/// The shape of a point, beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Disc,
    Square,
    Diamond,
    Triangle,
    Ring,
}

/// Which part of a text lies at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Mark {
    /// Writes the mark as SVG.
    pub(super) fn draw(&self, svg: &mut String, palette: Palette) {
        // Writing to a string cannot fail.
        let _ = match self {
            Mark::Line { through, paint, width, dash } => {
                let points: Vec<String> =
                    through.iter().map(|&(x, y)| format!("{},{}", round(x), round(y))).collect();
                write!(
                    svg,
                    r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="{width}" stroke-linejoin="round"{}/>"#,
                    points.join(" "),
                    paint.color(palette),
                    dash.attribute(),
                )
            }
            Mark::Rect { corner: (x, y), width, height, paint, opacity, words } => write!(
                svg,
                r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{}" fill-opacity="{}"{}"#,
                round(*x),
                round(*y),
                round(*width),
                round(*height),
                paint.color(palette),
                round(*opacity),
                closed("rect", words),
            ),
            Mark::Area { through, paint, opacity } => {
                let points: Vec<String> =
                    through.iter().map(|&(x, y)| format!("{},{}", round(x), round(y))).collect();
                write!(
                    svg,
                    r#"<polygon points="{}" fill="{}" fill-opacity="{}"/>"#,
                    points.join(" "),
                    paint.color(palette),
                    round(*opacity),
                )
            }
            Mark::Dot { at, shape, radius, paint, words } => {
                shape.draw(svg, *at, *radius, paint.color(palette), words)
            }
            Mark::Disc { at: (x, y), radius, paint, opacity, words } => write!(
                svg,
                r#"<circle cx="{}" cy="{}" r="{}" fill="{}" fill-opacity="{}"{}"#,
                round(*x),
                round(*y),
                round(*radius),
                paint.color(palette),
                round(*opacity),
                closed("circle", words),
            ),
            Mark::Text { at: (x, y), text, size, anchor, paint, turn } => {
                let turned = if *turn == 0.0 {
                    String::new()
                } else {
                    format!(r#" transform="rotate({turn} {} {})""#, round(*x), round(*y))
                };
                write!(
                    svg,
                    r#"<text x="{}" y="{}" font-size="{size}" text-anchor="{}" dominant-baseline="central" fill="{}"{turned}>{}</text>"#,
                    round(*x),
                    round(*y),
                    anchor.name(),
                    paint.color(palette),
                    escape(text),
                )
            }
        };
    }
}

impl Paint {
    fn color(self, palette: Palette) -> &'static str {
        const PAGE: [&str; N_SERIES] = [
            "var(--series-0)",
            "var(--series-1)",
            "var(--series-2)",
            "var(--series-3)",
            "var(--series-4)",
            "var(--series-5)",
        ];
        // Okabe and Ito's colours; their yellow is too faint on white and is darkened.
        const PRINT: [&str; N_SERIES] =
            ["#0072b2", "#d55e00", "#007a5a", "#b1548a", "#8a6d00", "#5f6b70"];
        match (palette, self) {
            (Palette::Page, Paint::Ink) => "var(--ink)",
            (Palette::Page, Paint::Muted) => "var(--muted)",
            (Palette::Page, Paint::Line) => "var(--line)",
            (Palette::Page, Paint::Surface) => "var(--surface)",
            (Palette::Page, Paint::Heat) => "var(--heat)",
            (Palette::Page, Paint::Series(place)) => PAGE[place % N_SERIES],
            (Palette::Print, Paint::Ink) => "#1b2428",
            (Palette::Print, Paint::Muted) => "#55636a",
            (Palette::Print, Paint::Line) => "#c9cfcb",
            (Palette::Print, Paint::Surface) => "#ffffff",
            (Palette::Print, Paint::Heat) => "#14576a",
            (Palette::Print, Paint::Series(place)) => PRINT[place % N_SERIES],
        }
    }
}

impl Dash {
    fn attribute(self) -> &'static str {
        match self {
            Dash::Solid => "",
            Dash::Dashed => r#" stroke-dasharray="7 4""#,
            Dash::Dotted => r#" stroke-dasharray="2 3""#,
        }
    }
}

impl Shape {
    fn draw(
        self,
        svg: &mut String,
        (x, y): Place,
        radius: f64,
        color: &str,
        words: &str,
    ) -> std::fmt::Result {
        let polygon = |corners: &[Place]| {
            let points: Vec<String> = corners
                .iter()
                .map(|(dx, dy)| format!("{},{}", round(x + dx * radius), round(y + dy * radius)))
                .collect();
            format!(
                r#"<polygon points="{}" fill="{color}"{}"#,
                points.join(" "),
                closed("polygon", words)
            )
        };
        let circle = |paint: &str| {
            format!(
                r#"<circle cx="{}" cy="{}" r="{}" {paint}{}"#,
                round(x),
                round(y),
                round(radius),
                closed("circle", words)
            )
        };
        svg.push_str(&match self {
            Shape::Disc => circle(&format!(r#"fill="{color}""#)),
            Shape::Ring => circle(&format!(r#"fill="none" stroke="{color}" stroke-width="1.6""#)),
            Shape::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Diamond => polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            Shape::Triangle => polygon(&[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)]),
        });
        Ok(())
    }
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// The end of an element, with the words that show where the pointer rests.
fn closed(element: &str, words: &str) -> String {
    if words.is_empty() {
        "/>".to_owned()
    } else {
        format!("><title>{}</title></{element}>", escape(words))
    }
}

/// Two decimals are finer than any screen.
pub(super) fn round(value: f64) -> f64 {
    if value.is_finite() { (value * 100.0).round() / 100.0 } else { 0.0 }
}

/// A text that cannot break out of markup, be it the name of a class.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML knows no other control letters.
            control if control.is_control() && !matches!(control, '\n' | '\t') => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A name that fits.
pub(crate) fn cut(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.to_owned();
    }
    name.chars().take(letters.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
