//! The CPU encoder and the tokenizer against transformers.

use crate::reference::{
    Tensors, assert_close, awkward_tokens, cosine, minilm, texts, tiny, tokenizer,
};
use lexicell_encoder::{CpuEncoder, EmbedJob, Model, Pooling, TokenBatch, plan_batches};

/// Hidden states of one text after the embeddings and after each layer.
fn states(encoder: &mut CpuEncoder, ids: &[u32]) -> Vec<Vec<f32>> {
    let mut status =
        encoder.begin(&TokenBatch::pack(&[ids]), Pooling::Mean).expect("a valid batch");
    // One step embeds a text of at most 96 tokens.
    let mut states = Vec::new();
    while !status.is_finished() {
        let before = status.layers_done;
        status = encoder.advance(1).expect("a batch under way");
        if states.is_empty() || status.layers_done > before {
            states.push(encoder.hidden_states().to_vec());
        }
    }
    states
}

#[test]
fn awkward_texts_have_the_reference_tokens() {
    let (uncased, cased) = (tokenizer("tiny/vocab.txt"), tokenizer("cased/vocab.txt"));
    for expected in awkward_tokens() {
        assert_eq!(
            uncased.encode(&expected.text).expect("tokens"),
            expected.uncased,
            "{:?}",
            expected.text
        );
        assert_eq!(
            cased.encode(&expected.text).expect("tokens"),
            expected.cased,
            "{:?}",
            expected.text
        );
    }
}

#[test]
fn the_tiny_model_equals_transformers() {
    let model = tiny();
    let expected = Tensors::read("tiny/expected.safetensors");
    let mut encoder = CpuEncoder::new(&model).expect("an encoder");
    let ids: Vec<Vec<u32>> = awkward_tokens().into_iter().map(|tokens| tokens.uncased).collect();
    for (name, pooling) in [("mean", Pooling::Mean), ("cls", Pooling::Cls)] {
        let vectors = encoder.encode(&TokenBatch::pack(&ids), pooling).expect("vectors");
        assert_close(&vectors, &expected.f32(name), 2e-5, name);
    }
    for text in [2, 3, 9] {
        let states = states(&mut encoder, &ids[text]).concat();
        assert_close(&states, &expected.f32(&format!("hidden_{text}")), 2e-5, "hidden states");
    }
}

#[test]
fn minilm_equals_transformers_on_512_descriptions() {
    let Some(model) = minilm() else { return };
    let expected = Tensors::read("minilm.safetensors");
    let ids = tokens_equal_to(&model, &expected);
    let mut encoder = CpuEncoder::new(&model).expect("an encoder");
    let vectors = embed(&mut encoder, &ids);
    let mut reference = expected.f32("mean");
    assert_close(&vectors[..reference.len()], &reference, 1e-5, "the first 64 means");
    reference.extend(Tensors::read("minilm_f16_a.safetensors").f32("mean"));
    reference.extend(Tensors::read("minilm_f16_b.safetensors").f32("mean"));
    let cosines =
        vectors.chunks_exact(384).zip(reference.chunks_exact(384)).map(|(a, b)| cosine(a, b));
    let least = cosines.fold(1.0, f64::min);
    eprintln!("CPU, 512 descriptions: least cosine with transformers {least:.8}");
    assert!(reference.len() == 512 * 384 && least >= 0.9999, "least cosine {least}");
}

#[test]
fn minilm_equals_transformers_layer_by_layer() {
    let Some(model) = minilm() else { return };
    let expected = Tensors::read("minilm.safetensors");
    let mut encoder = CpuEncoder::new(&model).expect("an encoder");
    for (text, description) in texts().iter().take(3).enumerate() {
        let ids = model.tokenizer.encode(description).expect("tokens");
        let found: Vec<f32> = states(&mut encoder, &ids).concat().into_iter().step_by(8).collect();
        assert_close(&found, &expected.f32(&format!("hidden_{text}")), 5e-5, "hidden states");
    }
}

#[test]
fn a_job_gives_each_text_its_own_vector() {
    let model = tiny();
    let texts: Vec<String> = awkward_tokens().into_iter().map(|tokens| tokens.text).collect();
    let mut encoder = CpuEncoder::new(&model).expect("an encoder");
    let mut job = EmbedJob::new(texts.clone(), model.dimension(), 100);
    assert!(job.batch().is_none(), "no batch before all is tokenized");
    while job.tokenize(&model.tokenizer, 3).expect("tokens") > 0 {
        assert!(job.batch().is_none());
    }
    assert!(job.accept(&[0.0; 3]).is_err(), "vectors of another length are refused");
    let mut batches = 0;
    while let Some(batch) = job.batch() {
        assert!(batch.tokens.n_tokens() <= 100);
        let vectors = encoder.encode(batch.tokens, Pooling::Mean).expect("vectors");
        let progress = job.accept(&vectors).expect("the batch's vectors");
        if batches == 2 {
            job.set_max_tokens_per_batch(70);
        }
        assert!(
            progress.texts_done <= texts.len() && progress.tokens_done <= progress.tokens_total
        );
        batches += 1;
    }
    let progress = job.progress();
    assert!(batches > 1);
    assert_eq!((progress.texts_done, progress.tokens_done), (texts.len(), progress.tokens_total));
    let expected = Tensors::read("tiny/expected.safetensors").f32("mean");
    assert_close(&job.into_vectors(), &expected, 2e-5, "means");
}

fn embed(encoder: &mut CpuEncoder, ids: &[Vec<u32>]) -> Vec<f32> {
    let d = encoder.dimension();
    let mut vectors = vec![0.0; ids.len() * d];
    let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
    for texts in plan_batches(&lengths, 4_096) {
        let batch =
            TokenBatch::pack(&texts.iter().map(|&text| ids[text].as_slice()).collect::<Vec<_>>());
        let found = encoder.encode(&batch, Pooling::Mean).expect("vectors");
        for (text, found) in texts.into_iter().zip(found.chunks_exact(d)) {
            vectors[text * d..][..d].copy_from_slice(found);
        }
    }
    vectors
}

/// Tokenizes the 512 texts and checks number and hash of the ids of each.
fn tokens_equal_to(model: &Model, expected: &Tensors) -> Vec<Vec<u32>> {
    let (lengths, hashes) = (expected.i32("n_tokens"), expected.i64("ids_hash"));
    let texts = texts();
    assert_eq!(texts.len(), 512);
    let checked = texts.iter().zip(lengths).zip(hashes).map(|((text, length), hash)| {
        let ids = model.tokenizer.encode(text).expect("tokens");
        assert_eq!(ids.len(), length as usize, "{text}");
        let fnv1a = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let found = ids.iter().flat_map(|id| id.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, fnv1a);
        assert_eq!(found as i64, hash, "{text}");
        ids
    });
    checked.collect()
}
