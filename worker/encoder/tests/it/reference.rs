//! Golden files and models for the tests.

use flate2::read::GzDecoder;
use lexicell_encoder::{Model, ModelFiles, TextTokenizer, TokenizerSource};
use safetensors::SafeTensors;
use std::fs;
use std::path::{Path, PathBuf};

/// Token ids that transformers gives for a text, by each vocabulary.
#[derive(serde::Deserialize)]
pub(crate) struct AwkwardTokens {
    pub(crate) text: String,
    pub(crate) uncased: Vec<u32>,
    pub(crate) cased: Vec<u32>,
}

/// A golden safetensors file.
pub(crate) struct Tensors(Vec<u8>);

impl Tensors {
    pub(crate) fn read(name: &str) -> Self {
        Self(golden(name))
    }

    pub(crate) fn f32(&self, name: &str) -> Vec<f32> {
        let (dtype, bytes) = self.bytes(name);
        match dtype {
            safetensors::Dtype::F16 => bytes
                .chunks_exact(2)
                .map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            _ => bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        }
    }

    pub(crate) fn i32(&self, name: &str) -> Vec<i32> {
        let bytes = self.bytes(name).1;
        bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }

    pub(crate) fn i64(&self, name: &str) -> Vec<i64> {
        let bytes = self.bytes(name).1;
        bytes
            .chunks_exact(8)
            .map(|b| i64::from_le_bytes(b.try_into().expect("eight bytes")))
            .collect()
    }

    fn bytes(&self, name: &str) -> (safetensors::Dtype, &[u8]) {
        let file = SafeTensors::deserialize(&self.0).expect("a safetensors file");
        let tensor = file.tensor(name).expect(name);
        (tensor.dtype(), tensor.data())
    }
}

pub(crate) fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/golden/encoder")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn awkward_tokens() -> Vec<AwkwardTokens> {
    serde_json::from_slice(&golden("tokens.json")).expect("tokens.json")
}

/// 512 NCBI gene summaries.
pub(crate) fn texts() -> Vec<String> {
    serde_json::from_reader(GzDecoder::new(golden("texts.json.gz").as_slice()))
        .expect("texts.json.gz")
}

pub(crate) fn tokenizer(vocabulary: &str) -> TextTokenizer {
    TextTokenizer::new(TokenizerSource::Vocabulary(&golden(vocabulary)), None, 64)
        .expect("a tokenizer")
}

/// The BERT with random weights that is committed.
pub(crate) fn tiny() -> Model {
    Model::load(ModelFiles {
        config: &golden("tiny/config.json"),
        weights: golden("tiny/model.safetensors"),
        tokenizer: TokenizerSource::Vocabulary(&golden("tiny/vocab.txt")),
        tokenizer_config: None,
        sentence_config: None,
        pooling_config: None,
    })
    .expect("the tiny model")
}

/// all-MiniLM-L6-v2, where this machine has it: the folder that `LEXICELL_MODEL_DIR` names, in f32.
pub(crate) fn minilm() -> Option<Model> {
    let Some(folder) = std::env::var_os("LEXICELL_MODEL_DIR").map(PathBuf::from) else {
        eprintln!("skipped: LEXICELL_MODEL_DIR does not name a folder with all-MiniLM-L6-v2");
        return None;
    };
    let read =
        |name: &str| fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let model = Model::load(ModelFiles {
        config: &read("config.json"),
        weights: read("model.safetensors"),
        tokenizer: TokenizerSource::Json(&read("tokenizer.json")),
        tokenizer_config: None,
        sentence_config: Some(br#"{"max_seq_length": 256}"#),
        pooling_config: None,
    });
    Some(model.expect("a valid model folder"))
}

pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let error = |(found, expected): (&f32, &f32)| (found - expected).abs();
    let largest = found.iter().zip(expected).map(error).fold(0.0, f32::max);
    assert!(
        found.iter().all(|x| x.is_finite()) && largest <= tolerance,
        "{what}: largest error {largest}"
    );
}

/// A BERT whose weights come from a generator with a fixed seed, standard deviation about 0.06 (0.3 for the tables).
pub(crate) fn random(
    d: usize,
    layers: usize,
    heads: usize,
    intermediate: usize,
    vocab: usize,
) -> Model {
    let config = format!(
        r#"{{"model_type":"bert","hidden_act":"gelu","hidden_size":{d},"num_hidden_layers":{layers},
        "num_attention_heads":{heads},"intermediate_size":{intermediate},"vocab_size":{vocab},
        "max_position_embeddings":128,"type_vocab_size":1}}"#
    );
    let mut shapes: Vec<(String, Vec<usize>, f32)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![vocab, d], 1.0),
        ("embeddings.position_embeddings.weight".to_owned(), vec![128, d], 1.0),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![1, d], 1.0),
        // The names that checkpoints converted from TensorFlow have.
        ("embeddings.LayerNorm.gamma".to_owned(), vec![d], 1.0),
        ("embeddings.LayerNorm.beta".to_owned(), vec![d], 1.0),
    ];
    for layer in 0..layers {
        let dense = [
            ("attention.self.query", d, d),
            ("attention.self.key", d, d),
            ("attention.self.value", d, d),
            ("attention.output.dense", d, d),
            ("intermediate.dense", intermediate, d),
            ("output.dense", d, intermediate),
        ];
        for (name, outputs, inputs) in dense {
            let name = format!("encoder.layer.{layer}.{name}");
            shapes.push((format!("{name}.weight"), vec![outputs, inputs], 0.2));
            shapes.push((format!("{name}.bias"), vec![outputs], 0.2));
        }
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![d], 1.0));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![d], 1.0));
        }
    }
    let mut state = 1_u32;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    };
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape, width)| {
            let n: usize = shape.iter().product();
            let bytes = (0..n).flat_map(|_| (uniform() * width).to_le_bytes()).collect();
            (format!("bert.{name}"), shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
        (name, view.expect("bytes of that shape"))
    });
    Model::load(ModelFiles {
        config: config.as_bytes(),
        weights: safetensors::serialize(views, None).expect("serializable tensors"),
        tokenizer: TokenizerSource::Vocabulary(b"[UNK]\n[CLS]\n[SEP]\ngene\n"),
        tokenizer_config: None,
        sentence_config: None,
        pooling_config: None,
    })
    .expect("a valid model")
}
