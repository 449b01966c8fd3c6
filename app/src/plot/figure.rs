use std::fmt::Write;

/// A figure: marks on a sheet, drawn alike on the page, in a saved file and in the report.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Figure {
    /// What it shows, as a heading.
    pub(crate) title: String,
    /// The same in a sentence or two, for who cannot see it.
    pub(crate) alt: String,
    /// How it is read.
    pub(crate) caption: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

/// A place on the sheet, from the top left corner.
pub(crate) type Place = (f64, f64);

/// One thing that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// An open line through places.
    Line { through: Vec<Place>, paint: Paint, width: f64, dash: Dash },
    /// A rectangle; the words show where the pointer rests.
    Rect { corner: Place, width: f64, height: f64, paint: Paint, opacity: f64, words: String },
    /// A point of a shape; the words show where the pointer rests.
    Dot { at: Place, shape: Shape, radius: f64, paint: Paint, words: String },
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

const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
/// Height of the title in a file.
const HEAD: f64 = 30.0;
/// Height of a line of the caption in a file, and letters that fit in a pixel of width.
const LINE: f64 = 15.0;
const LETTERS: f64 = 1.0 / 5.6;

impl Figure {
    /// Adds a mark.
    pub(crate) fn add(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    /// Adds a straight line.
    pub(crate) fn line(&mut self, from: Place, to: Place, paint: Paint, width: f64, dash: Dash) {
        self.add(Mark::Line { through: vec![from, to], paint, width, dash });
    }

    /// Adds a text of 11 pixels that is not turned.
    pub(crate) fn text(&mut self, at: Place, text: &str, anchor: Anchor, paint: Paint) {
        self.add(Mark::Text { at, text: text.to_owned(), size: 11.0, anchor, paint, turn: 0.0 });
    }

    /// The picture alone, for a place that has title and caption beside it.
    pub(crate) fn svg(&self, palette: Palette) -> String {
        let mut svg = self.open(self.width, self.height, palette);
        self.draw(&mut svg, palette);
        svg.push_str("</svg>");
        svg
    }

    /// A file of its own: title, picture and caption, dark on white.
    pub(crate) fn file(&self) -> String {
        let palette = Palette::Print;
        let letters = (self.width * LETTERS) as usize;
        let lines = wrap(&self.caption, letters.max(24));
        let height = HEAD + self.height + LINE * lines.len() as f64 + 8.0;
        let mut svg = self.open(self.width, height, palette);
        let _ = write!(svg, r##"<rect width="{}" height="{height}" fill="#ffffff"/>"##, self.width);
        let title = Mark::Text {
            at: (8.0, 16.0),
            text: self.title.clone(),
            size: 14.0,
            anchor: Anchor::Start,
            paint: Paint::Ink,
            turn: 0.0,
        };
        title.draw(&mut svg, palette);
        let _ = write!(svg, r#"<g transform="translate(0 {HEAD})">"#);
        self.draw(&mut svg, palette);
        svg.push_str("</g>");
        for (place, line) in lines.into_iter().enumerate() {
            let y = HEAD + self.height + LINE * (place as f64 + 0.7);
            let mark = Mark::Text {
                at: (8.0, y),
                text: line,
                size: 10.5,
                anchor: Anchor::Start,
                paint: Paint::Muted,
                turn: 0.0,
            };
            mark.draw(&mut svg, palette);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn open(&self, width: f64, height: f64, palette: Palette) -> String {
        // A picture within a page needs no namespace, a file does; both may bear it.
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{alt}" font-family="{FONT}" font-size="11">"#,
            w = round(width),
            h = round(height),
            alt = escape(&format!("{}. {}", self.title, self.alt)),
        );
        if palette == Palette::Print {
            let _ = write!(
                svg,
                "<title>{}</title><desc>{}</desc>",
                escape(&self.title),
                escape(&self.alt)
            );
        }
        svg
    }

    fn draw(&self, svg: &mut String, palette: Palette) {
        for mark in &self.marks {
            mark.draw(svg, palette);
        }
    }
}

impl Mark {
    fn draw(&self, svg: &mut String, palette: Palette) {
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
            Mark::Dot { at, shape, radius, paint, words } => {
                shape.draw(svg, *at, *radius, paint.color(palette), words)
            }
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
fn round(value: f64) -> f64 {
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

fn wrap(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A name that fits.
pub(crate) fn cut(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.to_owned();
    }
    name.chars().take(letters.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        let mut figure = Figure {
            title: "A & B".to_owned(),
            alt: "one \"quoted\" name".to_owned(),
            caption: "Read it from left to right, then say what it means in twelve words."
                .to_owned(),
            width: 120.0,
            height: 40.0,
            marks: Vec::new(),
        };
        figure.text((1.0, 2.0), "<script>alert(1)</script>", Anchor::Start, Paint::Ink);
        figure.add(Mark::Dot {
            at: (f64::NAN, 3.0),
            shape: Shape::Disc,
            radius: 2.0,
            paint: Paint::Series(7),
            words: "x' onload='y".to_owned(),
        });
        figure
    }

    #[test]
    fn names_from_data_cannot_become_markup() {
        for svg in [figure().svg(Palette::Page), figure().svg(Palette::Print), figure().file()] {
            assert!(!svg.contains("<script"), "{svg}");
            assert!(!svg.contains("NaN"), "{svg}");
            assert!(svg.contains("&lt;script&gt;"));
            assert!(svg.contains("A &amp; B"));
        }
    }

    #[test]
    fn a_file_bears_its_own_colours_and_the_page_its_theme() {
        let page = figure().svg(Palette::Page);
        assert!(page.contains("var(--ink)") && page.contains("var(--series-1)"));
        let file = figure().file();
        assert!(!file.contains("var("), "{file}");
        assert!(file.contains("<desc>") && file.contains("twelve words"));
        // The page's policy allows no style, neither as an attribute nor as an element.
        assert!(!page.contains("style") && !file.contains("style"));
    }

    #[test]
    fn long_captions_are_wrapped_and_long_names_cut() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("", 8), Vec::<String>::new());
        assert_eq!(cut("CD14+ Monocyte", 22), "CD14+ Monocyte");
        assert_eq!(cut("CD4+/CD45RA+/CD25- Naive T cells", 22).chars().count(), 22);
    }
}
