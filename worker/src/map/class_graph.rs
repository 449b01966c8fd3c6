//! The class graph of a path, drawn over the cells.

use std::rc::Rc;

use lexicell_protocol::{MapEdge, MapGraph, MapNode, PathReport, Step, View};
use lexicell_scatter::{Disc, Overlay, Stroke};

use super::Map;
use super::names::{Middles, half_width, middles};
use crate::session::Session;

/// Radii of the smallest and of the largest class in CSS pixels.
const LEAST_RADIUS: f32 = 4.0;
const MOST_RADIUS: f32 = 18.0;
/// Widths of the weakest and of the strongest tie.
const LEAST_WIDTH: f32 = 1.0;
const MOST_WIDTH: f32 = 9.0;
/// Height of a name.
const LINE: f32 = 16.0;

/// The classes of a path and what joins them.
pub(crate) struct ClassGraph {
    pub(crate) view: View,
    /// The class of each cell.
    pub(crate) codes: Vec<u32>,
    /// Name, cells, and whether a path reaches them, of each class.
    pub(crate) classes: Vec<(String, u64, bool)>,
    /// Both classes, connectivity, whether the edge is in the spanning tree.
    pub(crate) edges: Vec<(u32, u32, f64, bool)>,
    /// Classes from the root to the end.
    pub(crate) along: Vec<u32>,
}

impl ClassGraph {
    /// Whether it falls with that step in that view.
    pub(crate) fn rests_on(&self, step: Step, view: View) -> bool {
        view == self.view && step <= Step::Neighbors
    }

    fn middles(&self, positions: &[[f32; 2]]) -> Middles {
        middles(&self.codes, self.classes.len(), positions)
    }

    fn radius(&self, class: usize) -> f32 {
        let largest = self.classes.iter().map(|class| class.1).max().unwrap_or(1).max(1);
        let share = self.classes[class].1 as f32 / largest as f32;
        (MOST_RADIUS * share.sqrt()).max(LEAST_RADIUS)
    }

    fn is_along(&self, from: u32, to: u32) -> bool {
        self.along.windows(2).any(|pair| pair == [from, to] || pair == [to, from])
    }
}

/// Whether a graph is drawn, and where its classes lie in the layouts shown.
#[derive(Default)]
pub(crate) struct Drawing {
    pub(super) is_wanted: bool,
    placed: Option<Placed>,
}

struct Placed {
    graph: Rc<ClassGraph>,
    shown: Middles,
    /// In the right half, where two layouts are drawn.
    beside: Middles,
}

impl Drawing {
    pub(super) fn is_there(&self) -> bool {
        self.placed.is_some()
    }
}

/// Puts the classes at the middle of their cells in the layouts that are shown now.
pub(super) fn place(session: &mut Session) {
    let graph = session.class_graph.clone();
    let map = &mut session.map;
    map.drawing.placed = graph.filter(|_| map.drawing.is_wanted).map(|graph| Placed {
        shown: graph.middles(&map.points.positions),
        beside: map.beside.as_ref().map_or_else(Vec::new, |own| graph.middles(&own.positions)),
        graph,
    });
}

/// The graph where it is seen; twice where two layouts are drawn.
pub(super) fn on_screen(map: &Map) -> Option<MapGraph> {
    let placed = map.drawing.placed.as_ref()?;
    let mut whole = MapGraph { nodes: Vec::new(), edges: Vec::new() };
    for on_screen in places(map, placed) {
        let mut rows = vec![None; on_screen.len()];
        for (class, place) in on_screen.iter().enumerate() {
            let Some([x, y]) = *place else { continue };
            rows[class] = Some(whole.nodes.len() as u32);
            whole.nodes.push(MapNode {
                x,
                y,
                radius: placed.graph.radius(class),
                is_along: placed.graph.along.contains(&(class as u32)),
                is_reached: placed.graph.classes[class].2,
            });
        }
        let row = |class: u32| rows.get(class as usize).copied().flatten();
        let strongest = placed.graph.edges.iter().map(|edge| edge.2).fold(0.0, f64::max);
        for &(from, to, tie, is_tree) in &placed.graph.edges {
            let (Some(first), Some(second)) = (row(from), row(to)) else { continue };
            if is_tree || tie >= PathReport::LEAST_TIE {
                let share = (tie / strongest.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) as f32;
                whole.edges.push(MapEdge {
                    ends: [first, second],
                    width: (MOST_WIDTH * share).max(LEAST_WIDTH),
                    is_tree,
                    is_along: placed.graph.is_along(from, to),
                });
            }
        }
    }
    Some(whole)
}

/// Places of the classes in CSS pixels, for each layout that is drawn; none over the middle.
fn places(map: &Map, placed: &Placed) -> Vec<Vec<Option<[f32; 2]>>> {
    let pane = map.pane();
    let [width, _] = pane.css_size();
    let of = |place: &Option<[f32; 2]>| {
        let [x, y] = map.camera.to_screen((*place)?, pane);
        (map.beside.is_none() || x < width).then_some([x, y])
    };
    let mut all = vec![placed.shown.iter().map(of).collect()];
    if let Some(beside) = &map.beside {
        let of = |place: &Option<[f32; 2]>| {
            let [x, y] = beside.to_screen((*place)?, map.viewport);
            (x > width).then_some([x, y])
        };
        all.push(placed.beside.iter().map(of).collect());
    }
    all
}

/// Names of the classes beside their nodes, in the units of what is drawn.
pub(super) fn names(map: &Map) -> Vec<(String, [f32; 2])> {
    let Some(placed) = map.drawing.placed.as_ref() else { return Vec::new() };
    let mut wanted = Vec::new();
    for on_screen in places(map, placed) {
        for (class, place) in on_screen.into_iter().enumerate() {
            let own = (&placed.graph.classes[class], placed.graph.radius(class));
            wanted.extend(place.map(|place| (own.0.0.clone(), own.0.1, place, own.1)));
        }
    }
    // The largest class has its name first; of equals, the earlier.
    wanted.sort_by_key(|own| std::cmp::Reverse(own.1));
    let nodes: Vec<([f32; 2], f32)> = wanted.iter().map(|own| (own.2, own.3)).collect();
    let mut taken: Vec<([f32; 2], f32)> = Vec::new();
    let camera = map.scene_camera();
    wanted
        .into_iter()
        .map(|(name, _, place, radius)| {
            let half = half_width(&name);
            let (left, right) = edges(map, place);
            let at = beside(place, radius, half, (left, right), &taken, &nodes);
            taken.push((at, half));
            (name, camera.to_data(at, map.viewport))
        })
        .collect()
}

/// Above the node, below, at the right or the left: where no earlier name and no other node lies, or
/// at least no earlier name.
fn beside(
    [x, y]: [f32; 2],
    radius: f32,
    half: f32,
    (left, right): (f32, f32),
    taken: &[([f32; 2], f32)],
    nodes: &[([f32; 2], f32)],
) -> [f32; 2] {
    let (up, side) = (radius + LINE * 0.65, radius + half + 3.0);
    // A name is never cut at the side.
    let inside = |x: f32| x.min(right - half).max(left + half);
    let spots =
        [[x, y - up], [x, y + up], [x + side, y], [x - side, y]].map(|[x, y]| [inside(x), y]);
    let is_free = |spot: &&[f32; 2]| {
        taken.iter().all(|(other, width)| {
            (spot[0] - other[0]).abs() >= half + width || (spot[1] - other[1]).abs() >= LINE
        })
    };
    let is_open = |spot: &&[f32; 2]| {
        nodes.iter().all(|(node, radius)| {
            (spot[0] - node[0]).abs() >= half + radius
                || (spot[1] - node[1]).abs() >= LINE / 2.0 + radius
        })
    };
    let open = spots.iter().filter(is_free).find(is_open);
    *open.or_else(|| spots.iter().find(is_free)).unwrap_or(&spots[0])
}

/// The sides of the layout that a place lies in.
fn edges(map: &Map, [x, _]: [f32; 2]) -> (f32, f32) {
    let ([half, _], [whole, _]) = (map.pane().css_size(), map.viewport.css_size());
    if x < half { (0.0, half) } else { (half, whole) }
}

/// The graph for a saved picture.
pub(crate) fn overlay(map: &Map) -> Overlay {
    let Some(graph) = on_screen(map) else { return Overlay::default() };
    let at = |node: u32| graph.nodes.get(node as usize).map_or([0.0; 2], |node| [node.x, node.y]);
    Overlay {
        strokes: graph
            .edges
            .iter()
            .map(|edge| Stroke {
                ends: edge.ends.map(at),
                width: edge.width,
                is_dashed: !edge.is_tree,
                is_marked: edge.is_along,
            })
            .collect(),
        discs: graph
            .nodes
            .iter()
            .map(|node| Disc {
                at: [node.x, node.y],
                radius: node.radius,
                is_hollow: !node.is_reached,
                is_marked: node.is_along,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_matrix::MISSING_CODE;

    use lexicell_scatter::{Camera, Viewport};

    const VIEWPORT: Viewport = Viewport { width: 800, height: 600, scale: 1.0 };

    fn graph() -> ClassGraph {
        let class = |name: &str, n, is_reached| (name.to_owned(), n, is_reached);
        ClassGraph {
            view: View::Text,
            codes: vec![0, 0, 0, 1, MISSING_CODE, 2],
            classes: vec![class("a", 3, true), class("b", 1, true), class("c", 1, false)],
            edges: vec![(0, 1, 0.8, true), (1, 2, 0.4, false), (0, 2, 0.01, false)],
            along: vec![0, 1],
        }
    }

    fn map() -> Map {
        let graph = Rc::new(graph());
        let positions =
            [[0.0, 0.0], [1.0, 2.0], [9.0, 9.0], [4.0, 5.0], [7.0, 7.0], [f32::NAN, 0.0]];
        let shown = graph.middles(&positions);
        Map {
            viewport: VIEWPORT,
            camera: Camera { center: [0.0, 0.0], zoom: 10.0 },
            drawing: Drawing {
                is_wanted: true,
                placed: Some(Placed { graph, shown, beside: Vec::new() }),
            },
            ..Map::default()
        }
    }

    #[test]
    fn classes_stand_at_the_median_of_their_cells_and_follow_the_camera() {
        let mut map = map();
        let told = on_screen(&map).expect("drawn");
        // The third class has no cell with a place: neither it nor its edges are drawn.
        assert_eq!((told.nodes.len(), told.edges.len()), (2, 1));
        assert_eq!((told.nodes[0].x, told.nodes[0].y), (410.0, 280.0));
        assert!(told.nodes[0].radius > told.nodes[1].radius);
        assert!(told.edges[0].is_tree && told.edges[0].is_along);
        assert_eq!(told.edges[0].width, MOST_WIDTH);
        map.camera.pan(5.0, -8.0);
        let moved = on_screen(&map).expect("drawn");
        assert_eq!((moved.nodes[0].x, moved.nodes[0].y), (415.0, 272.0));
        assert_eq!(overlay(&map).strokes[0].ends, [[415.0, 272.0], [445.0, 242.0]]);
    }

    #[test]
    fn a_graph_falls_with_the_neighbours_of_its_view_alone() {
        let graph = graph();
        assert!(graph.rests_on(Step::Neighbors, View::Text));
        assert!(graph.rests_on(Step::PoolCells, View::Text));
        assert!(!graph.rests_on(Step::Neighbors, View::Pca));
        assert!(!graph.rests_on(Step::Umap, View::Text));
    }

    #[test]
    fn names_stand_beside_their_nodes_and_off_each_other() {
        let nodes = [([100.0, 100.0], 10.0), ([104.0, 100.0], 6.0)];
        let first = beside([100.0, 100.0], 10.0, 30.0, (0.0, 800.0), &[], &nodes);
        assert!(first[1] < 100.0 && first[0] == 100.0);
        let second = beside([104.0, 100.0], 6.0, 30.0, (0.0, 800.0), &[(first, 30.0)], &nodes);
        assert!((second[1] - first[1]).abs() >= LINE || (second[0] - first[0]).abs() >= 60.0);
        let cut = beside([4.0, 100.0], 6.0, 30.0, (0.0, 800.0), &[], &nodes);
        assert_eq!(cut[0], 30.0);
        let mut map = map();
        assert_eq!(names(&map).len(), 2);
        map.drawing.placed = None;
        assert!(names(&map).is_empty() && on_screen(&map).is_none());
    }
}
