use super::*;
use crate::{BertConfig, ModelFiles, TokenizerSource};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

/// A BERT of two layers with weights from a fixed formula.
fn small_model() -> Model {
    let config = br#"{"model_type":"bert","hidden_act":"gelu","hidden_size":40,"num_hidden_layers":2,
        "num_attention_heads":4,"intermediate_size":72,"vocab_size":11,"max_position_embeddings":256}"#;
    let vocabulary = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nf\n";
    let parsed = BertConfig::from_json(config).expect("a valid config");
    let tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> =
        crate::weights::expected_tensors(&parsed)
            .into_iter()
            .enumerate()
            .map(|(seed, (name, shape))| {
                let n: usize = shape.iter().product();
                let value =
                    |i: usize| ((i * 7_919 + seed * 104_729) % 2_003) as f32 / 2_003.0 - 0.5;
                let bytes = (0..n).flat_map(|i| (value(i) * 0.5).to_le_bytes()).collect();
                (name, (shape, bytes))
            })
            .collect();
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes of that shape"))
    });
    let weights = safetensors::serialize(views, None).expect("serializable tensors");
    Model::load(ModelFiles {
        config,
        weights,
        tokenizer: TokenizerSource::Vocabulary(vocabulary),
        tokenizer_config: None,
        sentence_config: None,
        pooling_config: None,
    })
    .expect("a valid model")
}

fn texts() -> Vec<Vec<u32>> {
    let lengths = [1, 2, 7, 48, 49, 95, 97, 200, 256, 5];
    lengths.iter().map(|&n| (0..n).map(|i| ((i * i + n) % 11) as u32).collect()).collect()
}

#[test]
fn neighbours_never_change_an_embedding() {
    let mut encoder = CpuEncoder::new(&small_model()).expect("an encoder");
    for pooling in [Pooling::Mean, Pooling::Cls] {
        let together = encoder.encode(&TokenBatch::pack(&texts()), pooling).expect("vectors");
        for (text, together) in texts().into_iter().zip(together.chunks_exact(40)) {
            let alone = encoder.encode(&TokenBatch::pack(&[text]), pooling).expect("a vector");
            assert_eq!(alone, together);
        }
    }
}

#[test]
fn steps_and_threads_never_change_an_embedding() {
    let mut encoder = CpuEncoder::new(&small_model()).expect("an encoder");
    let batch = TokenBatch::pack(&texts());
    let whole = encoder.encode(&batch, Pooling::Mean).expect("vectors");
    let mut clone = encoder.clone();
    let stepwise = std::thread::spawn(move || {
        let mut status = clone.begin(&batch, Pooling::Mean).expect("a valid batch");
        let mut steps = 0;
        while !status.is_finished() {
            assert!(clone.finish().is_err(), "an unfinished batch has no vectors");
            let before = status;
            status = clone.advance(1).expect("a batch under way");
            assert!(
                status.work_done > before.work_done && status.layers_done >= before.layers_done
            );
            steps += 1;
        }
        assert!(steps > 50, "the smallest steps are small");
        assert_eq!((status.work_done, status.layers_done), (status.work_total, 2));
        clone.finish().expect("vectors")
    });
    assert_eq!(stepwise.join().expect("no panic"), whole);
}

#[test]
fn every_tile_gives_the_same_vectors() {
    let model = small_model();
    let batch = TokenBatch::pack(&texts());
    let fast =
        CpuEncoder::new(&model).and_then(|mut encoder| encoder.encode(&batch, Pooling::Mean));
    let plain = CpuEncoder::with_tile(&model, Tile::portable())
        .and_then(|mut encoder| encoder.encode(&batch, Pooling::Mean));
    for (fast, plain) in fast.expect("vectors").iter().zip(plain.expect("vectors")) {
        assert!((fast - plain).abs() < 2e-5, "{fast} {plain}");
    }
}

#[test]
fn refuses_what_is_not_a_batch() {
    let mut encoder = CpuEncoder::new(&small_model()).expect("an encoder");
    assert!(matches!(encoder.advance(1), Err(EncoderError::NoBatch)));
    assert!(matches!(encoder.finish(), Err(EncoderError::NoBatch)));
    let too_large = TokenBatch::pack(&[[11_u32]]);
    assert!(matches!(
        encoder.encode(&too_large, Pooling::Mean),
        Err(EncoderError::InvalidBatch { .. })
    ));
    let none = TokenBatch::pack::<Vec<u32>>(&[]);
    assert_eq!(encoder.encode(&none, Pooling::Mean).expect("no vectors"), Vec::<f32>::new());
}
