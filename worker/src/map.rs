//! The map: which layout is drawn in which colours, what is under the pointer, what is selected.

mod beside;
mod class_graph;
mod colors;
mod layouts;
mod names;
mod pick;
mod surface;
mod training;

use std::borrow::Cow;
use std::cell::RefCell;

use lexicell_protocol::{
    ColorBy, Event, Failure, Layout, MapCommand, MapOverlay, MapState, Output, Palette, Renderer,
};
use lexicell_scatter::{Camera, Grid, Points, Rgb, Viewport, default_radius};
use wasm_bindgen_futures::spawn_local;
use web_sys::OffscreenCanvas;

use crate::marks;
use crate::session::{Session, Shared};
use crate::transfer::send;
use beside::{Beside, Side, compose, is_middle, pane, side_of, straight};
use class_graph::Drawing;
pub(crate) use class_graph::{ClassGraph, overlay};
use colors::Coloring;
pub(crate) use colors::{cluster_classes, coloring};
use layouts::layouts;
pub(crate) use layouts::{layout_name, positions};
use names::Names;
pub(crate) use names::label_places;
pub(crate) use pick::{about, caught, computed, of_file, top_genes};
use surface::Surface;
use training::TrainingPicture;

/// Grounds of the light and the dark theme.
const LIGHT: Rgb = [255, 255, 255];
const DARK: Rgb = [22, 25, 31];

thread_local! {
    // A lost device is told to a function without a name for the session: it is found here.
    static SESSION: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// What the map shows, and how.
pub(crate) struct Map {
    surface: Option<Surface>,
    /// Whether a WebGPU canvas was lost: the next one is drawn by the CPU.
    gpu_lost: bool,
    pub(crate) viewport: Viewport,
    pub(crate) camera: Camera,
    /// Whether the user moved the camera: then a new layout does not move it back.
    moved: bool,
    pub(crate) layout: Option<Layout>,
    /// Whether the user chose the layout: then a finished one does not replace it.
    chosen: bool,
    pub(crate) color: ColorBy,
    pub(crate) palette: Palette,
    highlight: Vec<u32>,
    radius: Option<f32>,
    pub(crate) points: Points,
    pub(crate) coloring: Coloring,
    names: Names,
    grid: Grid,
    pub(crate) beside: Option<Beside>,
    /// The class graph of a path, where it is drawn over the cells.
    pub(crate) drawing: Drawing,
    /// The half that the pointer was in last: the one that a drag moves. Without a pointer, both.
    active: Option<Side>,
    /// The space in training, on a canvas of its own.
    pub(crate) training: TrainingPicture,
}

impl Default for Map {
    fn default() -> Self {
        Self {
            surface: None,
            gpu_lost: false,
            viewport: Viewport { width: 800, height: 600, scale: 1.0 },
            camera: Camera::default(),
            moved: false,
            layout: None,
            chosen: false,
            color: ColorBy::None,
            palette: Palette::default(),
            highlight: Vec::new(),
            radius: None,
            points: Points { background: LIGHT, radius: 2.0, ..Points::default() },
            coloring: Coloring::default(),
            names: Names::default(),
            grid: Grid::default(),
            beside: None,
            drawing: Drawing::default(),
            active: None,
            training: TrainingPicture::default(),
        }
    }
}

impl Map {
    /// The surface of the layout shown: all of the map, or its left half.
    fn pane(&self) -> Viewport {
        if self.beside.is_some() { pane(self.viewport) } else { self.viewport }
    }

    /// What is drawn, be it one layout or two, with the camera that shows it.
    pub(crate) fn scene(&self) -> (Cow<'_, Points>, Camera) {
        match &self.beside {
            None => (Cow::Borrowed(&self.points), self.camera),
            Some(beside) => {
                let both = compose(&self.points, self.camera, beside, self.viewport);
                (Cow::Owned(both), self.scene_camera())
            }
        }
    }

    /// The camera of what is drawn.
    pub(crate) fn scene_camera(&self) -> Camera {
        if self.beside.is_some() { straight(self.viewport) } else { self.camera }
    }

    fn fit(&mut self) {
        self.camera = Camera::fit(&self.points.positions, self.pane());
        self.moved = false;
        if let Some(beside) = &mut self.beside {
            beside.fit(self.viewport);
        }
    }

    fn pan(&mut self, dx: f32, dy: f32) {
        if self.active != Some(Side::Right) || self.beside.is_none() {
            self.camera.pan(dx, dy);
            self.moved = true;
        }
        if let Some(beside) = self.beside.as_mut().filter(|_| self.active != Some(Side::Left)) {
            beside.camera.pan(dx, dy);
            beside.moved = true;
        }
    }

    fn zoom(&mut self, factor: f32, screen: [f32; 2]) {
        let Some(beside) = &mut self.beside else {
            self.camera.zoom_about(factor, screen, self.viewport);
            self.moved = true;
            return;
        };
        let half = pane(self.viewport);
        let (side, place) = side_of(screen, self.viewport);
        let is_both = is_middle(screen, self.viewport);
        let place = if is_both { [half.css_size()[0] / 2.0, screen[1]] } else { place };
        if is_both || side == Side::Left {
            self.camera.zoom_about(factor, place, half);
            self.moved = true;
        }
        if is_both || side == Side::Right {
            beside.camera.zoom_about(factor, place, half);
            beside.moved = true;
        }
        if !is_both {
            self.active = Some(side);
        }
    }
}

/// Carries out a command.
pub(crate) async fn run(
    session: &Shared,
    command: MapCommand,
    canvas: Option<OffscreenCanvas>,
) -> Result<Output, Failure> {
    match command {
        MapCommand::Attach { width, height, scale, dark } => {
            attach(session, canvas, Viewport { width, height, scale }, dark).await;
            return Ok(Output::Done);
        }
        MapCommand::AttachTraining { width, height, scale, dark } => {
            training::attach(session, canvas, Viewport { width, height, scale }, dark).await;
            return Ok(Output::Done);
        }
        MapCommand::Pick { x, y } => {
            let mut session = session.borrow_mut();
            session.map.active = Some(side_of([x, y], session.map.viewport).0);
            return Ok(Output::Picked(pick::pick(&session, [x, y]).map(Box::new)));
        }
        MapCommand::Lasso { polygon } => {
            let mut session = session.borrow_mut();
            let cells = pick::within(&session.map, &polygon);
            return Ok(select(&mut session, cells));
        }
        MapCommand::Between { low, high } => {
            let mut session = session.borrow_mut();
            let cells = session.map.coloring.between(low, high);
            return Ok(select(&mut session, cells));
        }
        _ => {}
    }
    let is_color = matches!(command, MapCommand::Color(_));
    let is_camera = matches!(command, MapCommand::Pan { .. } | MapCommand::Zoom { .. });
    let mut session = session.borrow_mut();
    change(&mut session, command)?;
    draw(&mut session);
    if is_camera {
        tell_overlay(&session.map);
    } else {
        tell(&session);
    }
    if is_color && !session.marks.now().selected.is_empty() {
        // The selection is told by the classes that colour the map.
        marks::tell(&session);
    }
    Ok(Output::Done)
}

fn select(session: &mut Session, cells: Vec<u32>) -> Output {
    marks::select(session, cells);
    repaint(session);
    marks::tell(session);
    Output::Selected(Box::new(caught(session)))
}

fn change(session: &mut Session, command: MapCommand) -> Result<(), Failure> {
    let map = &mut session.map;
    match command {
        MapCommand::Resize { width, height, scale } => {
            map.viewport = Viewport { width, height, scale };
            if let Some(surface) = &mut map.surface {
                surface.resize(map.viewport);
            }
            if !map.moved {
                map.camera = Camera::fit(&map.points.positions, map.pane());
            }
            if let Some(beside) = map.beside.as_mut().filter(|beside| !beside.moved) {
                beside.fit(map.viewport);
            }
        }
        MapCommand::Theme { dark } => {
            map.points.background = ground(dark);
            map.training.set_ground(ground(dark));
        }
        MapCommand::Show(layout) => {
            map.layout = Some(layout);
            map.chosen = true;
            map.moved = false;
            place(session);
            recolor(session);
        }
        MapCommand::Compare(layout) => {
            let other = layout.and_then(|layout| Some((layout, positions(session, layout)?)));
            let map = &mut session.map;
            map.beside = other.map(|(layout, other)| Beside::new(layout, other, map.viewport));
            map.active = None;
            map.fit();
            class_graph::place(session);
            recolor(session);
        }
        MapCommand::Color(color) => {
            let coloring = colors::coloring(session, &color)?;
            session.map.color = color;
            session.map.coloring = coloring;
            session.map.highlight.clear();
            recolor(session);
        }
        MapCommand::Palette(palette) => {
            session.map.palette = palette;
            let color = session.map.color.clone();
            session.map.coloring = colors::coloring(session, &color)?;
            recolor(session);
        }
        MapCommand::Highlight(codes) => {
            map.highlight = codes;
            recolor(session);
        }
        MapCommand::DrawGraph(is_wanted) => {
            map.drawing.is_wanted = is_wanted;
            class_graph::place(session);
        }
        MapCommand::Pan { dx, dy } => map.pan(dx, dy),
        MapCommand::Zoom { factor, x, y } => map.zoom(factor, [x, y]),
        MapCommand::Fit => map.fit(),
        MapCommand::PointSize(radius) => {
            map.radius = radius;
            map.points.radius =
                radius.unwrap_or_else(|| default_radius(map.points.positions.len()));
        }
        MapCommand::Attach { .. }
        | MapCommand::AttachTraining { .. }
        | MapCommand::Pick { .. }
        | MapCommand::Lasso { .. }
        | MapCommand::Between { .. } => {}
    }
    Ok(())
}

/// Draws the cells by what is selected now.
pub(crate) fn repaint(session: &mut Session) {
    recolor(session);
    draw(session);
    tell(session);
}

/// Draws what the session now holds: after a step changed it.
pub(crate) fn refresh(session: &Shared) {
    let mut session = session.borrow_mut();
    place(&mut session);
    let color = session.map.color.clone();
    match colors::coloring(&session, &color) {
        Ok(coloring) => session.map.coloring = coloring,
        Err(_) => {
            // What coloured the cells is gone with the data set or the clusters.
            session.map.color = ColorBy::None;
            session.map.coloring = Coloring::default();
        }
    }
    recolor(&mut session);
    draw(&mut session);
    tell(&session);
}

/// Draws a layout that is still forming.
pub(crate) fn preview(session: &Shared, layout: Layout, positions: &[[f32; 2]]) {
    let mut session = session.borrow_mut();
    let map = &mut session.map;
    if map.chosen && map.layout != Some(layout)
        || map.layout.is_some_and(|shown| shown != layout && !map.points.positions.is_empty())
    {
        return;
    }
    map.layout = Some(layout);
    map.points.positions = positions.to_vec();
    if !map.moved {
        map.camera = Camera::fit(&map.points.positions, map.pane());
    }
    class_graph::place(&mut session);
    recolor(&mut session);
    draw(&mut session);
    tell(&session);
}

/// Shows the cells of a file that was opened where the file has them, until there is a map of ours.
pub(crate) fn opened(session: &Shared) {
    {
        let mut session = session.borrow_mut();
        let own = layouts::best_of_file(&session);
        let map = &mut session.map;
        (map.layout, map.chosen, map.moved) = (own, false, false);
    }
    refresh(session);
}

/// Shows a layout that is finished, unless the user looks at another.
pub(crate) fn finished(session: &Shared, layout: Layout) {
    {
        let mut session = session.borrow_mut();
        let shown = session.map.layout;
        let is_provisional = matches!(shown, Some(Layout::FromFile(_))) && !session.map.chosen;
        let has_picture = shown.is_some_and(|shown| layouts::is_there(&session, shown));
        if is_provisional || !has_picture {
            session.map.layout = Some(layout);
            session.map.chosen = false;
        }
        if session.map.color == ColorBy::None
            && let Layout::Umap(view) = layout
        {
            session.map.color = ColorBy::Cluster(view);
        }
    }
    refresh(session);
}

/// Puts the cells where the chosen layout has them.
fn place(session: &mut Session) {
    let shown = session.map.layout.and_then(|layout| positions(session, layout));
    let beside = session.map.beside.as_ref().and_then(|beside| positions(session, beside.layout));
    let map = &mut session.map;
    match (beside, &mut map.beside) {
        (Some(positions), Some(beside)) => beside.set_positions(positions, map.viewport),
        // Its layout is gone with what it was computed from.
        _ => map.beside = None,
    }
    map.points.positions = shown.unwrap_or_default();
    map.grid = Grid::new(&map.points.positions);
    map.points.radius = map.radius.unwrap_or_else(|| default_radius(map.points.positions.len()));
    if !map.moved {
        map.camera = Camera::fit(&map.points.positions, map.pane());
    }
    class_graph::place(session);
}

/// Gives every cell its colour and hands the cells to what draws; fainter where another class or selection is looked at.
fn recolor(session: &mut Session) {
    let map = &mut session.map;
    let n = map.points.positions.len();
    (map.points.colors, map.points.order) =
        map.coloring.paint(n, &map.highlight, &session.marks.now().selected);
    // Two halves are composed anew for each drawing, which hands them over.
    if let (Some(surface), None) = (&mut map.surface, &map.beside) {
        surface.set_points(&map.points);
    }
    names::place(map);
}

fn draw(session: &mut Session) {
    let map = &mut session.map;
    let Some(mut surface) = map.surface.take() else { return };
    let (points, camera) = map.scene();
    if map.beside.is_some() {
        surface.set_points(&points);
    }
    let drawn = surface.draw(&points, camera, map.viewport);
    match drawn {
        Ok(()) => map.surface = Some(surface),
        Err(_) => map.gpu_lost = true,
    }
}

fn tell(session: &Session) {
    let map = &session.map;
    let state = MapState {
        layout: map.layout,
        beside: map.beside.as_ref().map(|beside| beside.layout),
        layouts: layouts(session),
        color: map.color.clone(),
        palette: map.palette,
        legend: map.coloring.legend.clone(),
        renderer: map.surface.as_ref().map_or(Renderer::Detached, Surface::renderer),
        n_obs: map.points.positions.len() as u64,
        n_selected: session.marks.now().selected.len() as u64,
    };
    send(&Event::Map(Box::new(state)));
    tell_overlay(map);
}

fn tell_overlay(map: &Map) {
    let overlay = MapOverlay { labels: names::on_screen(map), graph: class_graph::on_screen(map) };
    send(&Event::MapOverlay(Box::new(overlay)));
}

async fn attach(session: &Shared, canvas: Option<OffscreenCanvas>, viewport: Viewport, dark: bool) {
    SESSION.set(Some(session.clone()));
    let try_gpu = {
        let mut session = session.borrow_mut();
        session.map.viewport = viewport;
        session.map.points.background = ground(dark);
        session.map.surface = None;
        !session.map.gpu_lost && session.compute.gpu().is_some()
    };
    let Some(canvas) = canvas else { return };
    let surface = Surface::attach(canvas, viewport, try_gpu, || spawn_local(lost())).await;
    {
        let mut session = session.borrow_mut();
        if surface.is_none() {
            session.map.gpu_lost = true;
        }
        session.map.surface = surface;
    }
    refresh(session);
}

/// Asks the page for another canvas, now that the GPU may draw on one: this one is the CPU's for good.
pub(crate) fn try_gpu(session: &Shared) {
    {
        let mut session = session.borrow_mut();
        let is_cpus =
            session.map.surface.as_ref().map(Surface::renderer) == Some(Renderer::Canvas2d);
        if !is_cpus || session.compute.gpu().is_none() {
            return;
        }
        session.map.surface = None;
        session.map.gpu_lost = false;
    }
    tell(&session.borrow());
}

/// The canvas's device failed: the page is asked for another canvas.
async fn lost() {
    let Some(session) = SESSION.with_borrow(Clone::clone) else { return };
    {
        let mut session = session.borrow_mut();
        session.map.surface = None;
        session.map.gpu_lost = true;
    }
    tell(&session.borrow());
}

fn ground(dark: bool) -> Rgb {
    if dark { DARK } else { LIGHT }
}
