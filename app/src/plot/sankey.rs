use lexicell_protocol::CrosstabReport;

use super::figure::Figure;
use super::mark::{Anchor, Mark, Paint, Place, cut};
use crate::components::{count, percent};

const LEFT: f64 = 210.0;
const RIGHT: f64 = 550.0;
const BAR: f64 = 14.0;
const TOP: f64 = 30.0;
const GAP: f64 = 7.0;
/// Steps of a flow's edge.
const STEPS: usize = 16;
/// A bar thinner than this has a name only where there is room.
const LEAST_NAME: f64 = 11.0;

/// Where the cells of each class of one grouping lie in another.
pub(crate) fn sankey(report: &CrosstabReport) -> Figure {
    let most = report.order.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
    let sheet = (most * 26.0).clamp(220.0, 1400.0);
    let scale = (sheet - GAP * (most - 1.0)).max(60.0) / report.n_obs.max(1) as f64;
    let bars = [0, 1].map(|side| bars(report, side, scale));
    let height = bars.iter().filter_map(|bars| bars.iter().map(|bar| bar.1).reduce(f64::max));
    let mut figure = Figure {
        title: format!("{} and {}", cut(&report.names[0], 36), cut(&report.names[1], 36)),
        alt: in_words(report),
        caption: format!(
            "The cells of each class of “{}” (left) flow to their classes of “{}” (right); the height tells how many. Flows bear the colour of their left class; six colours take turns. Classes are ordered so that few flows cross.",
            report.names[0], report.names[1]
        ),
        width: 760.0,
        height: height.fold(TOP, f64::max) + 12.0,
        marks: Vec::new(),
    };
    flows(&mut figure, report, &bars, scale);
    for (side, bars) in bars.iter().enumerate() {
        let (corner, name_at, anchor) = match side {
            0 => (LEFT - BAR, LEFT - BAR - 8.0, Anchor::End),
            _ => (RIGHT, RIGHT + BAR + 8.0, Anchor::Start),
        };
        figure.text((name_at, 12.0), &cut(&report.names[side], 30), anchor, Paint::Muted);
        let mut free = f64::MIN;
        for (place, &class) in report.order[side].iter().enumerate() {
            let (name, n) = &report.classes[side][class as usize];
            let (top, bottom) = bars[class as usize];
            let paint = if side == 0 { Paint::Series(place) } else { Paint::Muted };
            figure.add(Mark::Rect {
                corner: (corner, top),
                width: BAR,
                height: (bottom - top).max(1.0),
                paint,
                opacity: 1.0,
                words: format!("{name}: {} cells", count(*n)),
            });
            let middle = (top + bottom) / 2.0;
            if middle - free >= LEAST_NAME {
                figure.text((name_at, middle), &cut(name, 28), anchor, Paint::Ink);
                free = middle;
            }
        }
    }
    figure
}

/// Top and bottom of each class's bar.
fn bars(report: &CrosstabReport, side: usize, scale: f64) -> Vec<(f64, f64)> {
    let mut bars = vec![(0.0, 0.0); report.classes[side].len()];
    let mut y = TOP;
    for &class in &report.order[side] {
        let n: u64 = (0..report.classes[1 - side].len())
            .map(|other| flow(report, side, class as usize, other))
            .sum();
        let bottom = y + n as f64 * scale;
        bars[class as usize] = (y, bottom);
        y = bottom + GAP;
    }
    bars
}

fn flow(report: &CrosstabReport, side: usize, own: usize, other: usize) -> u64 {
    let (row, column) = if side == 0 { (own, other) } else { (other, own) };
    report.counts.get(row * report.classes[1].len() + column).copied().unwrap_or(0)
}

fn flows(figure: &mut Figure, report: &CrosstabReport, bars: &[Vec<(f64, f64)>; 2], scale: f64) {
    let mut at_right: Vec<f64> = bars[1].iter().map(|bar| bar.0).collect();
    for (place, &left) in report.order[0].iter().enumerate() {
        let mut y = bars[0][left as usize].0;
        for &right in &report.order[1] {
            let height = flow(report, 0, left as usize, right as usize) as f64 * scale;
            if height <= 0.0 {
                continue;
            }
            let to = &mut at_right[right as usize];
            let upper = edge((LEFT, y), (RIGHT, *to));
            let lower = edge((LEFT, y + height), (RIGHT, *to + height));
            let through = upper.into_iter().chain(lower.into_iter().rev()).collect();
            figure.add(Mark::Area { through, paint: Paint::Series(place), opacity: 0.45 });
            y += height;
            *to += height;
        }
    }
}

/// A line that leaves and arrives level.
fn edge(from: Place, to: Place) -> Vec<Place> {
    let at = |step: usize| {
        let t = step as f64 / STEPS as f64;
        let bend = t * t * (3.0 - 2.0 * t);
        (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * bend)
    };
    (0..=STEPS).map(at).collect()
}

fn in_words(report: &CrosstabReport) -> String {
    let mut flows: Vec<(u64, usize, usize)> = Vec::new();
    for left in 0..report.classes[0].len() {
        for right in 0..report.classes[1].len() {
            flows.push((flow(report, 0, left, right), left, right));
        }
    }
    flows.sort_by(|a, b| b.cmp(a));
    let line = |&(n, left, right): &(u64, usize, usize)| {
        let share = percent(n as f64 / report.classes[0][left].1.max(1) as f64);
        format!("{share} of {} are {}", report.classes[0][left].0, report.classes[1][right].0)
    };
    let lines: Vec<String> = flows.iter().filter(|flow| flow.0 > 0).take(8).map(line).collect();
    format!("{}. The table holds all numbers.", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::crosstab_report;
    use super::*;

    #[test]
    fn every_pair_with_cells_is_a_flow_and_bars_hold_their_flows() {
        let report = crosstab_report();
        let figure = sankey(&report);
        let areas = figure.marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count();
        assert_eq!(areas, 3);
        let left = bars(&report, 0, 2.0);
        assert_eq!((left[0].1 - left[0].0, left[1].1 - left[1].0), (24.0, 16.0));
        let svg = figure.svg(Palette::Page);
        assert!(svg.contains("&lt;B&gt;") && !svg.contains("NaN"));
    }
}
