// Draws each cell as a disc: coverage = clamp(radius - distance + 1/2, 0, 1) in device pixels.
// places: [n_points] data position and packed RGBA; one quad of 6 vertices each. CPU twin: cpu::draw_points.

struct Params {
    center: vec2f,   // data point at the middle
    zoom: f32,       // device pixels in a data unit
    radius: f32,     // device pixels
    size: vec2f,     // device pixels
    unused: vec2f,
}

@group(0) @binding(0) var<uniform> params: Params;

struct Corner {
    @builtin(position) clip: vec4f,
    @location(0) offset: vec2f,  // device pixels from the middle of the disc
    @location(1) color: vec4f,
}

@vertex
fn vertex(@builtin(vertex_index) corner: u32, @location(0) place: vec2f, @location(1) color: vec4f) -> Corner {
    let left = f32(corner % 2u == 0u);
    let top = f32(corner <= 1u || corner == 3u);
    let reach = params.radius + 1.0;
    let offset = vec2f(1.0 - 2.0 * left, 2.0 * top - 1.0) * reach;
    let pixels = (place - params.center) * params.zoom + offset;
    return Corner(vec4f(pixels * 2.0 / params.size, 0.0, 1.0), offset, color);
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
    let coverage = clamp(params.radius - length(corner.offset) + 0.5, 0.0, 1.0);
    let alpha = corner.color.a * coverage;
    return vec4f(corner.color.rgb * alpha, alpha);
}
