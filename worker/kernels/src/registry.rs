//! The list of kernels: one line each, checked by the compiler.

use crate::ops;

/// A kernel: its shader, the shape of its parameters and how near its CPU twin it must be.
#[derive(Debug)]
pub struct Kernel {
    /// The name of the shader file, the twin and this line.
    pub name: &'static str,
    /// The whole shader: its own file, and before it the files that it shares with its siblings.
    pub wgsl: &'static str,
    /// The files of the shader.
    pub files: &'static [&'static str],
    /// How the shader uses its operands, in the order of their bindings in group 0.
    pub operands: &'static [Access],
    /// Bytes of the `Params` struct, bound as binding 0 of group 1.
    pub params_size: usize,
    /// Tolerated difference from the twin: `atol + rtol · |twin|`.
    pub atol: f32,
    /// Tolerated difference relative to the twin's value.
    pub rtol: f32,
}

/// How a shader uses an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `var<storage, read>`.
    Read,
    /// `var<storage, read_write>`.
    Write,
}

/// Declares the kernels. A missing shader file, a missing twin or missing parameters do not compile.
macro_rules! kernels {
    ($($(#[$doc:meta])* $use:ident {
        $($name:ident ($params:path) [$($access:ident)+] { $($shared:literal,)* atol: $atol:literal, rtol: $rtol:literal })+
    })+) => {
        /// Every kernel.
        pub const ALL: &[&Kernel] = &[$($(&$name),+),+];
        $($(#[$doc])* pub const $use: &[&Kernel] = &[$(&$name),+];)+
        $($(
            #[expect(non_upper_case_globals, reason = "a kernel has one name everywhere")]
            #[doc = concat!("`shaders/", stringify!($name), ".wgsl` and [`crate::cpu::", stringify!($name), "()`].")]
            pub static $name: Kernel = Kernel {
                name: stringify!($name),
                wgsl: concat!(
                    $(include_str!(concat!("shaders/", $shared, ".wgsl")), "\n",)*
                    include_str!(concat!("shaders/", stringify!($name), ".wgsl")),
                ),
                files: &[$(concat!($shared, ".wgsl"),)* concat!(stringify!($name), ".wgsl")],
                operands: &[$(Access::$access),+],
                params_size: size_of::<$params>(),
                atol: $atol,
                rtol: $rtol,
            };
            const _: () = { #[expect(unused_imports, reason = "the twin must exist")] use crate::cpu::$name as _; };
        )+)+
    };
}

// Tolerances: lavapipe and SwiftShader differ from the twins by less than 4e-6. WGSL leaves more room
// (exp, inverseSqrt and division need not be exact, sums may be contracted), and wrong kernels are
// wrong by far more.
kernels! {
    /// What embeds, pools and searches: tested before a device is used.
    INFERENCE {
        embed_tokens (ops::EmbedTokensParams) [Read Read Read Read Read Read Write] { atol: 1e-6, rtol: 1e-6 }
        layer_norm (ops::LayerNormParams) [Read Read Read Read Write] { "group_sum", atol: 2e-5, rtol: 2e-5 }
        matmul (ops::MatmulParams) [Read Read Read Read Write] { "tile", "linear", atol: 2e-5, rtol: 2e-5 }
        matmul_f16 (ops::MatmulParams) [Read Read Read Read Write] { "tile", "linear", atol: 2e-5, rtol: 2e-5 }
        matmul_shader_f16 (ops::MatmulParams) [Read Read Read Read Write] { "enable_f16", "tile", "linear", atol: 2e-5, rtol: 2e-5 }
        matmul_any (ops::MatmulParams) [Read Read Read Read Write] { "tile", "linear", atol: 2e-5, rtol: 2e-5 }
        attention (ops::AttentionParams) [Read Read Write] { atol: 2e-5, rtol: 2e-5 }
        segment_mean (ops::SegmentMeanParams) [Read Read Write] { atol: 1e-5, rtol: 1e-5 }
        l2_normalize (ops::L2NormalizeParams) [Write] { "group_sum", atol: 1e-6, rtol: 1e-5 }
        sparse_pool (ops::SparsePoolParams) [Read Read Read Read Write] { atol: 1e-5, rtol: 1e-5 }
        knn_tile (ops::KnnTileParams) [Read Read Write] { "tile", atol: 1e-5, rtol: 1e-5 }
        topk_merge (ops::TopkMergeParams) [Read Write Write] { atol: 0.0, rtol: 0.0 }
    }
    /// What only training needs: tested before the first training.
    TRAINING {
        gather_rows (ops::GatherRowsParams) [Read Read Write] { atol: 0.0, rtol: 0.0 }
        matmul_backward (ops::MatmulBackwardParams) [Read Read Read Write] { "tile", atol: 2e-5, rtol: 2e-5 }
        column_sums (ops::ColumnSumsParams) [Read Write] { "group_sum", atol: 1e-5, rtol: 1e-5 }
        l2_normalize_backward (ops::L2NormalizeBackwardParams) [Read Write] { "group_sum", atol: 1e-5, rtol: 1e-5 }
        contrastive_rows (ops::ContrastiveRowsParams) [Read Read Write Write] { "group_sum", atol: 1e-5, rtol: 1e-5 }
        contrastive_gradient (ops::ContrastiveGradientParams) [Read Read Read Write] { atol: 1e-6, rtol: 2e-5 }
        adamw (ops::AdamWParams) [Read Write Write Write] { atol: 1e-6, rtol: 1e-5 }
    }
}
