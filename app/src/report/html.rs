use crate::plot::{Figure, escape};

/// A page that stands alone: no script, no address of another place, fit for print.
pub(super) struct Html {
    body: String,
}

/// A cell of a table.
pub(super) enum Cell {
    Text(String),
    Number(String),
}

const STYLE: &str = "\
:root{color-scheme:light;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;color:#1b2428;background:#fff}\
body{max-width:62rem;margin:2rem auto;padding:0 1.2rem}\
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .3rem}\
h2{font-size:1.2rem;margin:2.2rem 0 .5rem;padding-top:.8rem;border-top:1px solid #d9ddd9}\
h3{font-size:1rem;margin:1.4rem 0 .3rem}\
p,ul,table,figure,pre,dl{margin:.5rem 0}\
.muted,figcaption,caption{color:#55636a;font-size:.88rem}\
.verdict{padding:.7rem 1rem;border-left:3px solid #14576a;background:#e1eef1}\
.warning{padding:.6rem 1rem;border-left:3px solid #7d5200;background:#fbf1dc}\
table{border-collapse:collapse;width:100%;font-size:.9rem}\
caption{text-align:left;padding-bottom:.3rem}\
th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #e4e7e4;overflow-wrap:anywhere}\
thead th{color:#55636a;font-weight:500}\
tbody th{font-weight:500}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
dl{display:grid;grid-template-columns:minmax(9rem,auto) 1fr;gap:.1rem 1rem}\
dt{color:#55636a}dd{margin:0;overflow-wrap:anywhere}\
figure{break-inside:avoid;margin:1rem 0}\
figure svg{max-width:100%;height:auto}\
pre{padding:.8rem;background:#f4f5f3;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}\
.methods{padding:.8rem 1rem;border:1px solid #d9ddd9;border-radius:6px}\
tr{break-inside:avoid}h2,h3{break-after:avoid}\
@media print{body{max-width:none;margin:0;padding:0;font-size:10.5pt}a{color:inherit}}\
";

impl Html {
    pub(super) fn new() -> Self {
        Self { body: String::new() }
    }

    pub(super) fn heading(&mut self, level: u8, text: &str) {
        self.element(&format!("h{level}"), "", text);
    }

    pub(super) fn paragraph(&mut self, class: &str, text: &str) {
        self.element("p", class, text);
    }

    pub(super) fn list(&mut self, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.body.push_str("<ul>");
        for item in items {
            self.element("li", "", item);
        }
        self.body.push_str("</ul>\n");
    }

    /// Names with their values.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        self.body.push_str("<dl>");
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            self.element("dt", "", name);
            self.element("dd", "", value);
        }
        self.body.push_str("</dl>\n");
    }

    /// A table; columns of numbers are set to the right. The first cell of a row names it.
    pub(super) fn table(&mut self, caption: &str, heads: &[Cell], rows: Vec<Vec<Cell>>) {
        self.body.push_str("<table>");
        if !caption.is_empty() {
            self.element("caption", "", caption);
        }
        self.body.push_str("<thead><tr>");
        for head in heads {
            self.cell("th scope=\"col\"", "th", head);
        }
        self.body.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (place, cell) in row.iter().enumerate() {
                if place == 0 {
                    self.cell("th scope=\"row\"", "th", cell);
                } else {
                    self.cell("td", "td", cell);
                }
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table>\n");
    }

    pub(super) fn figure(&mut self, figure: &Figure) {
        self.body.push_str("<figure>");
        self.element("h3", "", &figure.title);
        self.body.push_str(&figure.svg(crate::plot::Palette::Print));
        self.element("figcaption", "", &figure.caption);
        self.body.push_str("</figure>\n");
    }

    /// Text as it is, line by line.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.element("pre", "", text);
    }

    /// The whole file.
    pub(super) fn page(self, title: &str) -> String {
        // The policy holds wherever the file is opened: it loads nothing and runs nothing.
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
            escape(title),
            self.body
        )
    }

    fn cell(&mut self, open: &str, close: &str, cell: &Cell) {
        let (class, text) = match cell {
            Cell::Text(text) => ("", text),
            Cell::Number(text) => (" class=\"n\"", text),
        };
        self.body.push_str(&format!("<{open}{class}>{}</{close}>", escape(text)));
    }

    fn element(&mut self, name: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.body.push_str(&format!("<{name}{class}>{}</{name}>\n", escape(text)));
    }
}

/// Cells of text.
pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// Cells of numbers.
pub(super) fn number(text: impl Into<String>) -> Cell {
    Cell::Number(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_data_cannot_become_markup() {
        let mut html = Html::new();
        html.heading(1, "<img src=x onerror=1>");
        html.table("a < b", &[text("</table><script>")], vec![vec![text("\"&\"")]]);
        html.facts(&[("name", "<b>".to_owned()), ("left out", String::new())]);
        let page = html.page("</title><script>");
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"));
        assert!(!page.contains("left out"));
        assert!(page.contains("<th scope=\"row\">&quot;&amp;&quot;</th>"));
    }
}
