// One step of AdamW, in place. CPU twin: cpu::adamw.
//
//   m = β₁ m + (1 - β₁) g;  v = β₂ v + (1 - β₂) g²
//   x = (1 - η λ) x - η / (1 - β₁ᵗ) m / (√v / √(1 - β₂ᵗ) + ε)
//
// weights (x), gradient (g), first_moment (m), second_moment (v): [n]. Loshchilov, Hutter 2019, arXiv
// 1711.05101, as torch.optim.AdamW computes it.

struct Params {
    n: u32,
    keep: f32, // 1 - η λ
    rest1: f32, // 1 - β₁
    beta2: f32,
    rest2: f32, // 1 - β₂
    step: f32, // η / (1 - β₁ᵗ)
    correction: f32, // 1 / √(1 - β₂ᵗ)
    epsilon: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(3) var<storage, read_write> second_moment: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let at = 64u * (group.x + group.y * groups.x) + thread;
    if (at >= params.n) {
        return;
    }
    let g = gradient[at];
    let m = first_moment[at] + params.rest1 * (g - first_moment[at]);
    let v = params.beta2 * second_moment[at] + params.rest2 * g * g;
    first_moment[at] = m;
    second_moment[at] = v;
    let direction = m / (sqrt(v) * params.correction + params.epsilon);
    weights[at] = params.keep * weights[at] - params.step * direction;
}
