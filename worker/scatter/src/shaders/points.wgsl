// Draws each cell as a disc: coverage = clamp(radius - distance + 1/2, 0, 1) in device pixels.
// points: [n_points] data position and packed RGBA; one triangle each, in one draw without instances, since
// adapters are slow at many small ones (a software adapter by tens of times). CPU twin: cpu::draw_points.

struct Params {
    center: vec2f,   // data point at the middle
    zoom: f32,       // device pixels in a data unit
    radius: f32,     // device pixels
    size: vec2f,     // device pixels
    unused: vec2f,
}

struct Point {
    x: f32,
    y: f32,
    color: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> points: array<Point>;

struct Corner {
    @builtin(position) clip: vec4f,
    @location(0) offset: vec2f,  // device pixels from the middle of the disc
    @location(1) color: vec4f,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    let point = points[index / 3u];
    let corner = index % 3u;
    let reach = params.radius + 1.0;
    // The triangle whose inscribed circle has that radius: corners at twice the radius, a third of a turn apart.
    let offset = array(vec2f(0.0, 2.0), vec2f(-sqrt(3.0), -1.0), vec2f(sqrt(3.0), -1.0))[corner] * reach;
    let pixels = (vec2f(point.x, point.y) - params.center) * params.zoom + offset;
    return Corner(vec4f(pixels * 2.0 / params.size, 0.0, 1.0), offset, unpack4x8unorm(point.color));
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
    let coverage = clamp(params.radius - length(corner.offset) + 0.5, 0.0, 1.0);
    let alpha = corner.color.a * coverage;
    return vec4f(corner.color.rgb * alpha, alpha);
}
