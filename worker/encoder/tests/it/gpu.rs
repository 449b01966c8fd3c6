//! The GPU encoder on a real adapter, against transformers and the CPU.
//!
//! Without an adapter the tests say that they are skipped; with GPU_TESTS=required they fail.

use crate::reference::{
    Tensors, assert_close, awkward_tokens, cosine, minilm, random, texts, tiny,
};
use lexicell_encoder::{
    CpuEncoder, EncoderError, GpuEncoder, Model, Pooling, Precision, TokenBatch,
};
use lexicell_kernels::Gpu;
use pollster::block_on;

fn gpu() -> Option<Gpu> {
    match block_on(Gpu::request()) {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var("GPU_TESTS").as_deref() == Ok("required") => panic!("{error}"),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn clock() -> f64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64())
}

fn encoder(gpu: &Gpu, model: &Model, precision: Precision) -> GpuEncoder {
    GpuEncoder::new(gpu, model, precision, clock).expect("weights on the device")
}

/// Least cosine between rows.
fn least_cosine(found: &[f32], expected: &[f32], d: usize) -> f64 {
    assert_eq!(found.len(), expected.len());
    found
        .chunks_exact(d)
        .zip(expected.chunks_exact(d))
        .map(|(a, b)| cosine(a, b))
        .fold(1.0, f64::min)
}

#[test]
fn the_tiny_model_equals_transformers() {
    let Some(gpu) = gpu() else { return };
    let (model, expected) = (tiny(), Tensors::read("tiny/expected.safetensors"));
    let mut encoder = encoder(&gpu, &model, Precision::F32);
    let ids: Vec<Vec<u32>> = awkward_tokens().into_iter().map(|tokens| tokens.uncased).collect();
    for (name, pooling) in [("mean", Pooling::Mean), ("cls", Pooling::Cls)] {
        let vectors = block_on(encoder.encode(&TokenBatch::pack(&ids), pooling)).expect("vectors");
        assert_close(&vectors, &expected.f32(name), 1e-4, name);
    }
    for text in [2, 3, 9] {
        let states = block_on(states(&mut encoder, &ids[text])).concat();
        assert_close(&states, &expected.f32(&format!("hidden_{text}")), 1e-4, "hidden states");
    }
    // Its weights are halves already.
    let mut halves = self::encoder(&gpu, &model, Precision::F16);
    let vectors = block_on(halves.encode(&TokenBatch::pack(&ids), Pooling::Mean)).expect("vectors");
    assert_close(&vectors, &expected.f32("mean"), 1e-4, "means by half-precision weights");
}

/// Hidden states of one text after the embeddings and after each layer.
async fn states(encoder: &mut GpuEncoder, ids: &[u32]) -> Vec<Vec<f32>> {
    let mut status =
        encoder.begin(&TokenBatch::pack(&[ids]), Pooling::Mean).expect("a valid batch");
    let mut states = Vec::new();
    encoder.set_submission_limit(1.0);
    while !status.is_finished() {
        let before = status;
        status = encoder.advance().await.expect("a batch under way");
        // The second pass is the norm of the embeddings.
        if status.work_done == 2 || status.layers_done > before.layers_done {
            states.push(encoder.hidden_states().await.expect("hidden states"));
        }
    }
    states
}

#[test]
fn neighbours_never_change_an_embedding() {
    let Some(gpu) = gpu() else { return };
    let mut encoder = encoder(&gpu, &tiny(), Precision::F32);
    let ids: Vec<Vec<u32>> = awkward_tokens().into_iter().map(|tokens| tokens.uncased).collect();
    let together =
        block_on(encoder.encode(&TokenBatch::pack(&ids), Pooling::Mean)).expect("vectors");
    for (ids, together) in ids.iter().zip(together.chunks_exact(64)) {
        let alone =
            block_on(encoder.encode(&TokenBatch::pack(&[ids]), Pooling::Mean)).expect("a vector");
        assert_close(&alone, together, 2e-6, "alone and together");
    }
}

#[test]
fn a_model_of_bert_base_shape_equals_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let model = random(768, 2, 12, 3_072, 500);
    let texts: Vec<Vec<u32>> = [1, 5, 40, 66]
        .iter()
        .map(|&n| (0..n).map(|i| (i * i * 7 + n) as u32 % 500).collect())
        .collect();
    let batch = TokenBatch::pack(&texts);
    let expected = CpuEncoder::new(&model)
        .expect("an encoder")
        .encode(&batch, Pooling::Mean)
        .expect("vectors");
    for precision in [Precision::F32, Precision::F16] {
        let mut encoder = encoder(&gpu, &model, precision);
        let found = block_on(encoder.encode(&batch, Pooling::Mean)).expect("vectors");
        let least = least_cosine(&found, &expected, 768);
        eprintln!(
            "BERT-base shape, {precision:?} on {}: least cosine with the CPU {least:.8}",
            gpu.info().name
        );
        assert!(least >= precision.required_cosine());
    }
}

#[test]
fn minilm_equals_transformers_on_64_descriptions() {
    let (Some(gpu), Some(model)) = (gpu(), minilm()) else { return };
    let expected = Tensors::read("minilm.safetensors").f32("mean");
    let ids: Vec<Vec<u32>> =
        texts().iter().take(64).map(|text| model.tokenizer.encode(text).expect("tokens")).collect();
    for (precision, n) in [(Precision::F32, 64), (Precision::F16, 16)] {
        let mut encoder = encoder(&gpu, &model, precision);
        let start = clock();
        let mut found = Vec::new();
        for ids in ids[..n].chunks(8) {
            found.extend(
                block_on(encoder.encode(&TokenBatch::pack(ids), Pooling::Mean)).expect("vectors"),
            );
        }
        let least = least_cosine(&found, &expected[..n * 384], 384);
        let tokens: usize = ids[..n].iter().map(Vec::len).sum();
        let rate = tokens as f64 / (clock() - start);
        let name = &gpu.info().name;
        eprintln!(
            "MiniLM, {n} descriptions, {precision:?} on {name}: least cosine {least:.8}, {rate:.0} tokens/s"
        );
        assert!(least >= precision.required_cosine());
    }
}

#[test]
fn the_self_test_trusts_and_distrusts() {
    let Some(gpu) = gpu() else { return };
    let model = tiny();
    let mut encoder = encoder(&gpu, &model, Precision::F32);
    let mut cpu = CpuEncoder::new(&model).expect("an encoder");
    let cosine = block_on(encoder.self_test(&mut cpu, &model.tokenizer)).expect("a GPU to trust");
    assert!(cosine > 0.999_99);
    // A CPU with other weights stands for a GPU that computes something else.
    let mut other = CpuEncoder::new(&random(64, 2, 2, 128, 320)).expect("an encoder");
    let result = block_on(encoder.self_test(&mut other, &model.tokenizer));
    assert!(matches!(result, Err(EncoderError::SelfTest { .. })), "{result:?}");
}

#[test]
fn refuses_what_is_not_a_batch() {
    let Some(gpu) = gpu() else { return };
    let mut encoder = encoder(&gpu, &tiny(), Precision::F32);
    assert!(matches!(block_on(encoder.advance()), Err(EncoderError::NoBatch)));
    assert!(matches!(block_on(encoder.finish()), Err(EncoderError::NoBatch)));
    let too_large = TokenBatch::pack(&[[320_u32]]);
    let result = block_on(encoder.encode(&too_large, Pooling::Mean));
    assert!(matches!(result, Err(EncoderError::InvalidBatch { .. })));
    let none = TokenBatch::pack::<Vec<u32>>(&[]);
    assert_eq!(
        block_on(encoder.encode(&none, Pooling::Mean)).expect("no vectors"),
        Vec::<f32>::new()
    );
    assert!((64..=8_192).contains(&encoder.tokens_per_batch()));
}
