//! The map as a figure: SVG, and PNG with its legend.

use js_sys::{Array, Uint8Array};
use lexicell_protocol::{FailureKind, Legend};
use lexicell_scatter::{Figure, FigureLegend, MARKED, Rgb, Viewport, cpu, svg as draw_svg};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ImageData, ImageEncodeOptions, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};

use crate::map::{Map, label_places, layout_name, overlay};
use crate::session::{Session, Shared};
use crate::task::{Stop, Task};

/// Pixels of the PNG for each CSS pixel of the map.
const PNG_SCALE: f32 = 2.0;
const LEGEND_WIDTH: f32 = 220.0;
const MARGIN: f32 = 34.0;

/// The map as an SVG document.
pub(crate) fn svg(task: &Task, session: &Session) -> Result<String, Stop> {
    let name = title(task, session)?;
    let map = &session.map;
    let (points, camera) = map.scene();
    Ok(draw_svg(&Figure {
        points: &points,
        camera,
        viewport: map.viewport,
        title: &name,
        axes: ["1", "2"],
        legend: legend(&map.coloring.legend),
        overlay: overlay(map),
        labels: label_places(map),
    }))
}

/// The map as a PNG, painted by the CPU at twice the screen's resolution.
pub(crate) async fn png(task: &Task, session: &Shared) -> Result<Vec<u8>, Stop> {
    let canvas = paint(task, &session.borrow())?;
    let refused = |error: JsValue| {
        task.failure(FailureKind::Bug, format!("The browser made no picture: {error:?}"))
    };
    let options = ImageEncodeOptions::new();
    options.set_type("image/png");
    let encoding = canvas.convert_to_blob_with_options(&options).map_err(refused)?;
    let blob: Blob = JsFuture::from(encoding).await.map_err(refused)?.unchecked_into();
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(refused)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

fn paint(task: &Task, session: &Session) -> Result<OffscreenCanvas, Stop> {
    let name = title(task, session)?;
    let map = &session.map;
    let [width, height] = map.viewport.css_size();
    let pixels = |length: f32| (length * PNG_SCALE).round().max(1.0) as u32;
    let viewport = Viewport { width: pixels(width), height: pixels(height), scale: PNG_SCALE };
    let refused = |error: JsValue| {
        task.failure(FailureKind::Bug, format!("The browser made no picture: {error:?}"))
    };
    let canvas = OffscreenCanvas::new(pixels(width + LEGEND_WIDTH), pixels(height + MARGIN))
        .map_err(refused)?;
    let context: OffscreenCanvasRenderingContext2d = canvas
        .get_context("2d")
        .map_err(refused)?
        .ok_or_else(|| refused(JsValue::NULL))?
        .unchecked_into();
    context.set_fill_style_str(&lexicell_scatter::css(map.points.background));
    context.fill_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    let (points, camera) = map.scene();
    let image = cpu::draw_points(&points, camera, viewport);
    let image = ImageData::new_with_u8_clamped_array_and_sh(
        wasm_bindgen::Clamped(&image),
        viewport.width,
        viewport.height,
    )
    .map_err(refused)?;
    context.put_image_data(&image, 0.0, f64::from(pixels(MARGIN))).map_err(refused)?;
    context.scale(f64::from(PNG_SCALE), f64::from(PNG_SCALE)).map_err(refused)?;
    write(&context, session, &name, width).map_err(refused)?;
    Ok(canvas)
}

fn write(
    context: &OffscreenCanvasRenderingContext2d,
    session: &Session,
    name: &str,
    width: f32,
) -> Result<(), JsValue> {
    let map = &session.map;
    let ink = if map.points.background[0] > 128 { "#1b1f24" } else { "#e6e9ee" };
    context.set_fill_style_str(ink);
    context.set_font("600 15px sans-serif");
    context.fill_text(name, 10.0, 22.0)?;
    write_graph(context, map, ink)?;
    context.set_font("600 12px sans-serif");
    context.set_text_align("center");
    context.set_fill_style_str(ink);
    for (text, place) in label_places(map) {
        let [x, y] = map.scene_camera().to_screen(place, map.viewport);
        context.fill_text(&text, f64::from(x), f64::from(y + MARGIN))?;
    }
    context.set_text_align("left");
    context.set_font("12px sans-serif");
    let left = f64::from(width + 12.0);
    match legend(&map.coloring.legend) {
        FigureLegend::None => {}
        FigureLegend::Classes(classes) => {
            for (at, (name, color)) in classes.iter().enumerate() {
                let y = f64::from(MARGIN) + 10.0 + at as f64 * 18.0;
                context.set_fill_style_str(&lexicell_scatter::css(*color));
                context.fill_rect(left, y - 5.0, 10.0, 10.0);
                context.set_fill_style_str(ink);
                context.fill_text(name, left + 16.0, y + 4.0)?;
            }
        }
        FigureLegend::Scale { low, high, unit, colors } => {
            let y = f64::from(MARGIN) + 10.0;
            context.fill_text(&unit, left, y)?;
            let step = 160.0 / colors.len().max(1) as f64;
            for (at, color) in colors.iter().enumerate() {
                context.set_fill_style_str(&lexicell_scatter::css(*color));
                context.fill_rect(left + at as f64 * step, y + 8.0, step + 0.5, 12.0);
            }
            context.set_fill_style_str(ink);
            context.fill_text(&format!("{low:.2} to {high:.2}"), left, y + 36.0)?;
        }
    }
    Ok(())
}

fn write_graph(
    context: &OffscreenCanvasRenderingContext2d,
    map: &Map,
    ink: &str,
) -> Result<(), JsValue> {
    let graph = overlay(map);
    let dashes = |lengths: &[f64]| lengths.iter().copied().map(JsValue::from).collect::<Array>();
    let paint = |is_marked: bool| if is_marked { MARKED } else { ink };
    for stroke in &graph.strokes {
        let [from, to] = stroke.ends.map(|[x, y]| [f64::from(x), f64::from(y + MARGIN)]);
        context.begin_path();
        context.set_line_width(f64::from(stroke.width));
        context.set_global_alpha(0.75);
        context.set_stroke_style_str(paint(stroke.is_marked));
        context.set_line_dash(&dashes(if stroke.is_dashed { &[6.0, 4.0] } else { &[] }))?;
        context.move_to(from[0], from[1]);
        context.line_to(to[0], to[1]);
        context.stroke();
    }
    context.set_global_alpha(1.0);
    context.set_line_width(2.5);
    for disc in &graph.discs {
        let [x, y] = disc.at.map(f64::from);
        context.begin_path();
        context.arc(
            x,
            y + f64::from(MARGIN),
            f64::from(disc.radius),
            0.0,
            std::f64::consts::TAU,
        )?;
        context.set_fill_style_str(&lexicell_scatter::css(map.points.background));
        context.fill();
        context.set_stroke_style_str(paint(disc.is_marked));
        context.set_line_dash(&dashes(if disc.is_hollow { &[3.0, 3.0] } else { &[] }))?;
        context.stroke();
    }
    Ok(())
}

fn title(task: &Task, session: &Session) -> Result<String, Stop> {
    session
        .map
        .layout
        .filter(|_| !session.map.points.positions.is_empty())
        .map(|layout| match &session.map.beside {
            None => layout_name(session, layout),
            Some(beside) => format!(
                "{} (left) and {} (right)",
                layout_name(session, layout),
                layout_name(session, beside.layout)
            ),
        })
        .ok_or_else(|| {
            task.failure(FailureKind::MissingInput, "There is no map to save yet.").into()
        })
}

fn legend(legend: &Legend) -> FigureLegend {
    match legend {
        Legend::Plain => FigureLegend::None,
        Legend::Classes(classes) => FigureLegend::Classes(
            classes.iter().map(|class| (class.name.clone(), rgb(&class.color))).collect(),
        ),
        Legend::Scale { low, high, unit, colors, .. } => FigureLegend::Scale {
            low: *low,
            high: *high,
            unit: unit.clone(),
            colors: colors.iter().map(|color| rgb(color)).collect(),
        },
    }
}

fn rgb(color: &str) -> Rgb {
    let part = |at: usize| {
        color.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok()).unwrap_or(0)
    };
    [part(1), part(3), part(5)]
}
