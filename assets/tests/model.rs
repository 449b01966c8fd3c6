//! Any BERT folder is converted: both of PyTorch's forms, old names, a vocabulary without tokenizer.json.

#[path = "support/scratch.rs"]
mod support;

use std::{collections::BTreeMap, fs, path::Path};

use lexicell_assets::model::{self, read_checkpoint};
use lexicell_encoder::{CpuEncoder, Pooling, TextTokenizer, TokenBatch, TokenizerSource};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use support::{Scratch, golden};

#[derive(serde::Deserialize)]
struct Expected {
    shape: Vec<usize>,
    values: Vec<f32>,
}

#[test]
fn checkpoints_of_both_forms_give_what_torch_gives() {
    let json = fs::read(golden("torch").join("values.json")).expect("golden values");
    let expected: BTreeMap<String, Expected> =
        serde_json::from_slice(&json).expect("golden values");
    for name in ["zip.bin", "legacy.bin", "nested.bin"] {
        let tensors = read_checkpoint(&golden("torch").join(name)).expect("a checkpoint");
        assert_eq!(tensors.len(), expected.len(), "{name}");
        for tensor in tensors {
            let expected = &expected[&tensor.name];
            assert_eq!(tensor.shape, expected.shape, "{name} {}", tensor.name);
            assert_eq!(tensor.values, expected.values, "{name} {}", tensor.name);
        }
    }
}

#[test]
fn damaged_checkpoints_are_errors() {
    let scratch = Scratch::new("torch");
    let path = scratch.path().join("pytorch_model.bin");
    for name in ["zip.bin", "legacy.bin"] {
        let whole = fs::read(golden("torch").join(name)).expect("a checkpoint");
        for length in (0..whole.len()).step_by(37) {
            fs::write(&path, &whole[..length]).expect("a cut file");
            let error = read_checkpoint(&path).expect_err("a cut checkpoint").to_string();
            assert!(error.contains("pytorch_model.bin"), "{error}");
        }
    }
    fs::write(&path, b"<!doctype html><title>Sign in</title>").expect("a page");
    assert!(
        read_checkpoint(&path).expect_err("a page").to_string().contains("no PyTorch checkpoint")
    );
}

/// Numbers that differ from each other, small enough for a deep model.
fn numbers(n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / (1u64 << 24) as f32 * 0.08 - 0.04).to_le_bytes()
        })
        .collect()
}

/// A folder of a random model with the names of a 2019 checkpoint.
fn random_model(folder: &Path, d: usize, layers: usize, vocabulary: &[&str]) {
    let inner = 4 * d;
    let mut shapes = vec![
        ("bert.embeddings.word_embeddings.weight".to_owned(), vec![vocabulary.len(), d]),
        ("bert.embeddings.position_embeddings.weight".to_owned(), vec![512, d]),
        ("bert.embeddings.token_type_embeddings.weight".to_owned(), vec![2, d]),
        ("bert.embeddings.LayerNorm.gamma".to_owned(), vec![d]),
        ("bert.embeddings.LayerNorm.beta".to_owned(), vec![d]),
        ("bert.pooler.dense.weight".to_owned(), vec![d, d]),
        ("cls.predictions.bias".to_owned(), vec![vocabulary.len()]),
    ];
    for layer in 0..layers {
        let mut add = |name: &str, shape: Vec<usize>| {
            shapes.push((format!("bert.encoder.layer.{layer}.{name}"), shape))
        };
        for part in [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ] {
            add(&format!("{part}.weight"), vec![d, d]);
            add(&format!("{part}.bias"), vec![d]);
        }
        add("intermediate.dense.weight", vec![inner, d]);
        add("intermediate.dense.bias", vec![inner]);
        add("output.dense.weight", vec![d, inner]);
        add("output.dense.bias", vec![d]);
        for part in ["attention.output", "output"] {
            add(&format!("{part}.LayerNorm.gamma"), vec![d]);
            add(&format!("{part}.LayerNorm.beta"), vec![d]);
        }
    }
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .enumerate()
        .map(|(i, (name, shape))| {
            let bytes = numbers(shape.iter().product(), i as u64 + 1);
            (name, shape, bytes)
        })
        .collect();
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor"))
        })
        .collect();
    fs::create_dir_all(folder).expect("a folder");
    fs::write(
        folder.join("model.safetensors"),
        safetensors::serialize(views, None).expect("a file"),
    )
    .expect("a file");
    fs::write(folder.join("vocab.txt"), vocabulary.join("\n") + "\n").expect("a file");
    let config = serde_json::json!({
        "model_type": "bert", "hidden_size": d, "num_hidden_layers": layers, "num_attention_heads": 12,
        "intermediate_size": inner, "vocab_size": vocabulary.len(), "max_position_embeddings": 512,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
    });
    fs::write(folder.join("config.json"), config.to_string()).expect("a file");
}

const UNCASED: [&str; 12] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "gene", "##s", "protein", "encode", ",", "(", ")",
];
const CASED: [&str; 9] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Gene", "gene", "##s", "é"];

#[test]
fn a_random_model_of_bert_base_shape_is_converted_and_runs() {
    let scratch = Scratch::new("base");
    random_model(scratch.path(), 768, 12, &UNCASED);
    let converted = model::convert(scratch.path()).expect("a model");
    let out = scratch.path().join("out");
    converted.write(&out).expect("a folder");
    let bytes = fs::read(out.join("model.safetensors")).expect("weights");
    let weights = SafeTensors::deserialize(&bytes).expect("weights");
    assert_eq!(weights.len(), 5 + 12 * 16, "pooler and heads are left out");
    let norm =
        weights.tensor("encoder.layer.11.output.LayerNorm.weight").expect("a normalised name");
    assert_eq!((norm.dtype(), norm.shape()), (Dtype::F16, &[768][..]));
    assert_eq!(
        model::convert(scratch.path()).expect("again"),
        converted,
        "the same bytes every time"
    );

    let loaded = model::Converted::read(&out).expect("the folder").load("base").expect("a model");
    assert_eq!((loaded.dimension(), loaded.config.num_hidden_layers), (768, 12));
    let ids = loaded.tokenizer.encode("Genes encode proteins").expect("tokens");
    let vectors = CpuEncoder::new(&loaded)
        .expect("an encoder")
        .encode(&TokenBatch::pack(&[ids]), Pooling::Mean)
        .expect("a vector");
    assert!(
        vectors.len() == 768
            && vectors.iter().all(|v| v.is_finite())
            && vectors.iter().any(|v| *v != 0.0)
    );
}

#[test]
fn a_vocabulary_becomes_the_tokenizer_that_it_stands_for() {
    let text = "Genes (gene, GENE) encode é É proteins";
    for (vocabulary, config) in [
        (&UNCASED[..], None),
        (&CASED[..], None),
        (&CASED[..], Some(r#"{"do_lower_case": true}"#)),
        (&CASED[..], Some(r#"{"do_lower_case": true, "strip_accents": false}"#)),
    ] {
        let scratch = Scratch::new("vocabulary");
        random_model(scratch.path(), 24, 1, vocabulary);
        if let Some(config) = config {
            fs::write(scratch.path().join("tokenizer_config.json"), config).expect("a file");
        }
        let loaded =
            model::convert(scratch.path()).expect("a model").load("tiny").expect("a model");
        let bytes = fs::read(scratch.path().join("vocab.txt")).expect("a vocabulary");
        let direct =
            TextTokenizer::new(TokenizerSource::Vocabulary(&bytes), config.map(str::as_bytes), 512);
        assert_eq!(
            loaded.tokenizer.encode(text).expect("tokens"),
            direct.expect("a tokenizer").encode(text).expect("tokens"),
            "{vocabulary:?} {config:?}"
        );
    }
}

#[test]
fn folders_that_cannot_be_converted_say_what_is_missing() {
    let scratch = Scratch::new("bad");
    let error = |folder: &Path| model::convert(folder).expect_err("a bad folder").to_string();
    assert!(error(scratch.path()).contains("config.json"));
    random_model(scratch.path(), 24, 1, &UNCASED);
    fs::remove_file(scratch.path().join("vocab.txt")).expect("removal");
    assert!(error(scratch.path()).contains("vocab.txt"));
    fs::write(scratch.path().join("vocab.txt"), "a\nb\na\n").expect("a file");
    assert!(error(scratch.path()).contains("vocab.txt, line 3: \"a\" appears twice"));
    fs::write(scratch.path().join("vocab.txt"), "a\nb\n").expect("a file");
    assert!(error(scratch.path()).contains("has no [CLS]"));
    fs::remove_file(scratch.path().join("model.safetensors")).expect("removal");
    assert!(error(scratch.path()).contains("neither model.safetensors nor pytorch_model.bin"));
}
