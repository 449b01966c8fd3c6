use std::fmt::Write;

use super::mark::{Anchor, Dash, Mark, Paint, Palette, Place, escape, round};

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

/// A figure as a file, with its size in CSS pixels.
pub(crate) struct FigureFile {
    pub(crate) svg: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
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
    pub(crate) fn file(&self) -> FigureFile {
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
        FigureFile { svg, width: self.width, height }
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

#[cfg(test)]
mod tests {
    use super::super::mark::{Shape, cut};
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
        for svg in [figure().svg(Palette::Page), figure().svg(Palette::Print), figure().file().svg]
        {
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
        let file = figure().file().svg;
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
