use lexicell_protocol::{PathClass, PathReport};

use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Place, Shape, cut};
use super::placing::{Wish, apart};
use super::scale::range;
use crate::components::{count, figure as number};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 470.0;
const MARGIN: f64 = 56.0;
/// Room for the legend.
const TOP: f64 = 30.0;
/// Radii of the smallest and of the largest class.
const LEAST_RADIUS: f64 = 4.0;
const MOST_RADIUS: f64 = 22.0;
const MOST_WIDTH: f64 = 9.0;
/// Width of a letter of a name.
const LETTER: f64 = 6.4;
const NAME_LENGTH: usize = 24;
/// A name farther from its wish than this is joined to its class by a line.
const MOST_MOVED: f64 = 12.0;

/// Which classes are joined, drawn where they lie on the map.
pub(crate) fn class_graph(report: &PathReport) -> Figure {
    let places = places(&report.classes);
    let is_laid_out = has_places(&report.classes);
    let placed = if is_laid_out {
        "Classes lie at the middle of their cells on the map."
    } else {
        "Classes stand on a circle: the view has no map."
    };
    let mut figure = Figure {
        title: format!("Which classes are joined ({})", cut(&report.by, 40)),
        alt: in_words(report),
        caption: format!(
            "{placed} Area: cells. Line: connectivity (PAGA), the wider the more neighbours both share beyond chance; solid in the spanning tree, dashed beside it; below {} none is drawn. Marked: the classes between root and end. Rings: classes that no path reaches. A line says that cells lie side by side, not that they turn into each other.",
            PathReport::LEAST_TIE
        ),
        width: WIDTH,
        height: HEIGHT,
        marks: Vec::new(),
    };
    let strongest = report.edges.iter().map(|edge| edge.2).filter(|tie| tie.is_finite());
    let strongest = strongest.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    for &(from, to, tie, is_tree) in &report.edges {
        let (Some(&start), Some(&end)) = (places.get(from as usize), places.get(to as usize))
        else {
            continue;
        };
        if !(tie >= PathReport::LEAST_TIE || is_tree) {
            continue;
        }
        let paint = if is_along(report, from, to) { Paint::Series(1) } else { Paint::Muted };
        let dash = if is_tree { Dash::Solid } else { Dash::Dashed };
        let width = (MOST_WIDTH * tie.max(0.0) / strongest).max(1.0);
        figure.line(start, end, paint, (width * 10.0).round() / 10.0, dash);
    }
    for (place, (class, &at)) in report.classes.iter().zip(&places).enumerate() {
        let radius = radius(report, place);
        let is_marked = report.along.contains(&(place as u32));
        let (paint, shape) = match class.median {
            None => (Paint::Muted, Shape::Ring),
            Some(_) if is_marked => (Paint::Series(1), Shape::Disc),
            Some(_) => (Paint::Series(0), Shape::Disc),
        };
        figure.add(Mark::Dot { at, shape, radius, paint, words: told(class) });
        if is_marked {
            let ring = Mark::Dot {
                at,
                shape: Shape::Ring,
                radius: radius + 3.0,
                paint: Paint::Ink,
                words: String::new(),
            };
            figure.add(ring);
        }
    }
    let n_left_out = names(&mut figure, report, &places);
    if n_left_out > 0 {
        figure.caption.push_str(&format!(
            " {n_left_out} names found no room: the table of classes holds them."
        ));
    }
    legend(&mut figure, !report.along.is_empty());
    figure
}

/// Writes the names above their classes, or as near as they cover no other; returns how many found no
/// room.
fn names(figure: &mut Figure, report: &PathReport, places: &[Place]) -> usize {
    let wishes = wishes(report, places);
    let discs: Vec<(Place, f64)> =
        places.iter().enumerate().map(|(class, &at)| (at, radius(report, class))).collect();
    let placed = apart(&wishes, &discs, (4.0, TOP), (WIDTH - 4.0, HEIGHT - 4.0));
    for (class, (wish, at)) in wishes.iter().zip(&placed).enumerate() {
        let Some(at) = *at else { continue };
        let moved = (at.0 - wish.at.0).hypot(at.1 - wish.at.1);
        if moved > MOST_MOVED {
            let edge = nearest(at, wish.half, places[class]);
            figure.line(places[class], edge, Paint::Ink, 0.8, Dash::Solid);
        }
        // A line behind the name does not strike it through.
        figure.add(Mark::Rect {
            corner: (at.0 - wish.half.0, at.1 - wish.half.1),
            width: 2.0 * wish.half.0,
            height: 2.0 * wish.half.1,
            paint: Paint::Surface,
            opacity: 0.8,
            words: String::new(),
        });
        let name = cut(&report.classes[class].name, NAME_LENGTH);
        figure.text(at, &name, Anchor::Middle, Paint::Ink);
    }
    placed.iter().filter(|at| at.is_none()).count()
}

fn wishes(report: &PathReport, places: &[Place]) -> Vec<Wish> {
    let wish = |(class, &(x, y)): (usize, &Place)| {
        let letters = report.classes[class].name.chars().count().min(NAME_LENGTH);
        Wish {
            at: (x, y - radius(report, class) - 10.0),
            half: (letters as f64 * LETTER / 2.0 + 2.0, 7.0),
            weight: report.classes[class].n_obs as f64,
        }
    };
    places.iter().enumerate().map(wish).collect()
}

/// The point of a box, by its middle and half size, that is nearest to a place.
fn nearest(middle: Place, half: Place, to: Place) -> Place {
    let along = |middle: f64, half: f64, to: f64| to.clamp(middle - half, middle + half);
    (along(middle.0, half.0, to.0), along(middle.1, half.1, to.1))
}

fn radius(report: &PathReport, class: usize) -> f64 {
    let largest = report.classes.iter().map(|class| class.n_obs).max().unwrap_or(1).max(1) as f64;
    (MOST_RADIUS * (report.classes[class].n_obs as f64 / largest).sqrt()).max(LEAST_RADIUS)
}

fn legend(figure: &mut Figure, has_path: bool) {
    let mut left = 10.0;
    let mut entry = |name: &str, paint: Paint, dash: Dash| {
        left = super::axes::legend_entry(figure, (left, 14.0), name, paint, dash, None);
    };
    entry("in the spanning tree", Paint::Muted, Dash::Solid);
    entry("beside it", Paint::Muted, Dash::Dashed);
    if has_path {
        entry("from root to end", Paint::Series(1), Dash::Solid);
    }
}

/// Whether both are neighbours on the way from root to end.
fn is_along(report: &PathReport, from: u32, to: u32) -> bool {
    report.along.windows(2).any(|pair| pair == [from, to] || pair == [to, from])
}

fn has_places(classes: &[PathClass]) -> bool {
    let is_there = |class: &PathClass| {
        class.place.is_some_and(|[x, y]| x.is_finite() && y.is_finite()) || class.n_obs == 0
    };
    !classes.is_empty() && classes.iter().all(is_there)
}

/// Where the classes are drawn: as on the map, or on a circle.
fn places(classes: &[PathClass]) -> Vec<Place> {
    let n = classes.len().max(1) as f64;
    let middle = (WIDTH / 2.0, TOP + (HEIGHT - TOP) / 2.0);
    if !has_places(classes) {
        let radius = (HEIGHT - TOP) / 2.0 - MARGIN;
        let at = |place: usize| {
            let turn = std::f64::consts::TAU * place as f64 / n - std::f64::consts::FRAC_PI_2;
            (middle.0 + 1.4 * radius * turn.cos(), middle.1 + radius * turn.sin())
        };
        return (0..classes.len()).map(at).collect();
    }
    let of =
        |axis: usize| classes.iter().filter_map(move |class| Some(f64::from(class.place?[axis])));
    let ((left, right), (low, high)) = (range(of(0)), range(of(1)));
    // Both directions have the same scale, as on the map.
    let scale = ((WIDTH - 2.0 * MARGIN) / (right - left).max(1e-6))
        .min((HEIGHT - TOP - 2.0 * MARGIN) / (high - low).max(1e-6));
    let at = |class: &PathClass| match class.place {
        Some([x, y]) => (
            middle.0 + (f64::from(x) - (left + right) / 2.0) * scale,
            middle.1 - (f64::from(y) - (low + high) / 2.0) * scale,
        ),
        None => middle,
    };
    classes.iter().map(at).collect()
}

fn told(class: &PathClass) -> String {
    let time = match class.median {
        Some(median) => format!("median pseudotime {}", number(median, 3)),
        None => "not reached".to_owned(),
    };
    format!("{}: {} cells, {time}", class.name, count(class.n_obs))
}

fn in_words(report: &PathReport) -> String {
    let name = |place: u32| report.classes.get(place as usize).map(|class| class.name.clone());
    let tree: Vec<String> = report
        .edges
        .iter()
        .filter(|edge| edge.3)
        .filter_map(|edge| Some(format!("{} and {}", name(edge.0)?, name(edge.1)?)))
        .collect();
    let along: Vec<String> = report.along.iter().filter_map(|&place| name(place)).collect();
    let path = match along.as_slice() {
        [] => String::new(),
        along => format!(" From root to end: {}.", along.join(", ")),
    };
    format!("Joined in the spanning tree: {}.{path} The tables hold all numbers.", tree.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::placing::is_overlap;
    use super::super::samples::path_report;
    use super::*;

    #[test]
    fn an_edge_is_solid_in_the_tree_dashed_beside_it_and_marked_along_the_path() {
        let figure = class_graph(&path_report());
        let edges: Vec<(Paint, Dash)> = figure
            .marks
            .iter()
            .take(2)
            .filter_map(|mark| match mark {
                Mark::Line { paint, dash, .. } => Some((*paint, *dash)),
                _ => None,
            })
            .collect();
        assert_eq!(edges, [(Paint::Series(1), Dash::Solid), (Paint::Muted, Dash::Dashed)]);
        let svg = figure.svg(Palette::Page);
        assert!(svg.contains("&lt;0&gt;") && !svg.contains("NaN"));
    }

    #[test]
    fn classes_keep_their_distances_and_stand_on_a_circle_without_a_map() {
        let mut report = path_report();
        let on_map = places(&report.classes);
        let ratio = (on_map[2].0 - on_map[0].0) / (on_map[1].0 - on_map[0].0);
        assert!((ratio - 9.0 / 4.0).abs() < 1e-9, "{ratio}");
        // Up on the map is up on the sheet.
        assert!(on_map[1].1 < on_map[0].1 && on_map[2].1 > on_map[0].1);
        report.classes[1].place = None;
        let circle = places(&report.classes);
        assert!(circle.iter().all(|&(x, y)| x > 0.0 && x < WIDTH && y > 0.0 && y < HEIGHT));
        report.classes.clear();
        assert!(!class_graph(&report).svg(Palette::Page).contains("NaN"));
    }

    /// Middles, cells and names of the demo's labelled types on its map of gene descriptions.
    const DEMO: [(f64, f64, u64, &str); 10] = [
        (476.2, 340.55, 68, "CD4+/CD25 T Reg"),
        (487.2, 317.41, 8, "CD4+/CD45RA+/CD25- Naive T"),
        (479.16, 344.23, 19, "CD4+/CD45RO+ Memory"),
        (467.37, 382.07, 54, "CD8+ Cytotoxic T"),
        (492.07, 352.51, 43, "CD8+/CD45RA+ Naive Cytotoxic"),
        (251.84, 268.54, 129, "CD14+ Monocyte"),
        (491.62, 238.13, 95, "CD19+ B"),
        (336.53, 86.0, 13, "CD34+"),
        (478.77, 414.0, 31, "CD56+ NK"),
        (227.93, 175.69, 240, "Dendritic"),
    ];

    #[test]
    fn names_of_classes_that_lie_close_cover_no_other() {
        let mut report = path_report();
        let class = |&(x, y, n_obs, name): &(f64, f64, u64, &str)| PathClass {
            name: name.to_owned(),
            n_obs,
            median: Some(0.5),
            place: Some([x as f32, -y as f32]),
        };
        report.classes = DEMO.iter().map(class).collect();
        let demo = report.clone();
        report.classes = (0..60u32)
            .map(|at| {
                let turn = f64::from(at) * 2.4;
                let place = (turn.cos() * f64::from(at % 9), turn.sin() * f64::from(at % 7));
                class(&(place.0, place.1, u64::from(at) + 5, "CD4+ T cell of some kind"))
            })
            .collect();
        // One class far off draws the others together.
        report.classes[0].place = Some([200.0, 100.0]);
        for (report, most_lines) in [(demo, 8), (report, 60)] {
            let places = places(&report.classes);
            let wishes = wishes(&report, &places);
            let figure = class_graph(&report);
            let boxes: Vec<(Place, Place)> = figure
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Rect { corner, width, height, .. } => {
                        let half = (width / 2.0, height / 2.0);
                        Some(((corner.0 + half.0, corner.1 + half.1), half))
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(boxes.len(), wishes.len(), "every name found room");
            for (at, own) in boxes.iter().enumerate() {
                for other in &boxes[at + 1..] {
                    assert!(!is_overlap(own.0, own.1, other.0, other.1), "{own:?} {other:?}");
                }
            }
            let is_leader = |mark: &&Mark| matches!(mark, Mark::Line { paint: Paint::Ink, width, .. } if *width < 1.0);
            let lines = figure.marks.iter().filter(is_leader).count();
            assert!((1..=most_lines).contains(&lines), "{lines}");
        }
    }
}
