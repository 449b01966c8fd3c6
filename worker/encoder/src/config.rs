//! `config.json` of a BERT model folder.

use crate::EncoderError;
use serde::Deserialize;

/// Architecture of a BERT encoder, as its `config.json` states it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BertConfig {
    /// Width of the hidden states, d.
    pub hidden_size: usize,
    /// Number of transformer layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer; they divide `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the word embedding table.
    pub vocab_size: usize,
    /// Longest sequence that has position embeddings.
    pub max_position_embeddings: usize,
    /// Rows of the token type table; only type 0 is used.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// ε of every layer norm.
    #[serde(default = "bert_layer_norm_eps")]
    pub layer_norm_eps: f32,
}

/// The keys that must have one particular value for the encoder to be right.
#[derive(Deserialize)]
struct Assumptions {
    model_type: Option<String>,
    architectures: Option<Vec<String>>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
}

impl BertConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// [`EncoderError::Json`] when a key is missing or mistyped, [`EncoderError::UnsupportedConfig`] when the model
    /// is not a BERT with exact GELU and absolute positions.
    pub fn from_json(json: &[u8]) -> Result<Self, EncoderError> {
        let as_error = |source| EncoderError::Json { file: "config.json", source };
        let assumptions: Assumptions = serde_json::from_slice(json).map_err(as_error)?;
        assumptions.check()?;
        let config: Self = serde_json::from_slice(json).map_err(as_error)?;
        config.check()?;
        Ok(config)
    }

    /// Width of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Multiply-adds per token in the dense layers, without attention.
    pub fn dense_work_per_token(&self) -> usize {
        let d = self.hidden_size;
        self.num_hidden_layers * (4 * d * d + 2 * d * self.intermediate_size)
    }

    fn check(&self) -> Result<(), EncoderError> {
        // Far above any published BERT, and low enough that no product of two sizes overflows a 32-bit usize.
        let sizes = [
            ("hidden_size", self.hidden_size, 16_384),
            ("num_hidden_layers", self.num_hidden_layers, 1_024),
            ("num_attention_heads", self.num_attention_heads, 1_024),
            ("intermediate_size", self.intermediate_size, 65_536),
            ("vocab_size", self.vocab_size, 4_000_000),
            ("max_position_embeddings", self.max_position_embeddings, 65_536),
            ("type_vocab_size", self.type_vocab_size, 65_536),
        ];
        for (key, size, largest) in sizes {
            if size == 0 || size > largest {
                return Err(unsupported(key, format!("between 1 and {largest}"), size.to_string()));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let found = format!("{} of hidden_size {}", self.num_attention_heads, self.hidden_size);
            return Err(unsupported(
                "num_attention_heads",
                "a divisor of hidden_size".into(),
                found,
            ));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(unsupported(
                "layer_norm_eps",
                "between 0 and 1".into(),
                self.layer_norm_eps.to_string(),
            ));
        }
        Ok(())
    }
}

impl Assumptions {
    fn check(&self) -> Result<(), EncoderError> {
        // Older folders (BioBERT, SciBERT) have no model_type; their architectures or silence say BERT.
        let architecture = self.architectures.as_ref().and_then(|names| names.first());
        let model_type = self.model_type.as_deref();
        match (model_type, architecture) {
            (Some("bert"), _) | (None, None) => {}
            (None, Some(name)) if name.starts_with("Bert") => {}
            (model_type, architecture) => {
                let found = model_type.or(architecture.map(String::as_str)).unwrap_or_default();
                return Err(unsupported("model_type", "\"bert\"".into(), format!("{found:?}")));
            }
        }
        expect("hidden_act", self.hidden_act.as_deref(), "gelu")?;
        expect("position_embedding_type", self.position_embedding_type.as_deref(), "absolute")
    }
}

fn expect(key: &'static str, found: Option<&str>, expected: &str) -> Result<(), EncoderError> {
    match found {
        Some(found) if found != expected => {
            Err(unsupported(key, format!("{expected:?}"), format!("{found:?}")))
        }
        _ => Ok(()),
    }
}

fn unsupported(key: &'static str, expected: String, found: String) -> EncoderError {
    EncoderError::UnsupportedConfig { key, expected, found }
}

fn two() -> usize {
    2
}

fn bert_layer_norm_eps() -> f32 {
    1e-12
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINI: &str = r#"{"model_type":"bert","hidden_act":"gelu","hidden_size":384,"num_hidden_layers":6,
        "num_attention_heads":12,"intermediate_size":1536,"vocab_size":30522,"max_position_embeddings":512,
        "layer_norm_eps":1e-12}"#;

    #[test]
    fn reads_minilm() {
        let config = BertConfig::from_json(MINI.as_bytes()).expect("a valid config");
        assert_eq!(config.head_dim(), 32);
        assert_eq!(config.dense_work_per_token(), 10_616_832);
    }

    #[test]
    fn reads_a_folder_without_model_type() {
        let old = MINI.replace(r#""model_type":"bert","#, "");
        assert!(BertConfig::from_json(old.as_bytes()).is_ok());
    }

    #[test]
    fn refuses_what_it_does_not_compute() {
        let cases = [
            (r#""bert""#, r#""roberta""#, r#"model_type must be "bert", found "roberta""#),
            (r#""gelu""#, r#""gelu_new""#, r#"hidden_act must be "gelu", found "gelu_new""#),
            (
                "heads\":12",
                "heads\":11",
                "num_attention_heads must be a divisor of hidden_size, found 11",
            ),
            ("size\":384", "size\":0", "hidden_size must be between 1 and 16384, found 0"),
            (r#""hidden_size":384,"#, "", "missing field `hidden_size`"),
        ];
        for (from, to, message) in cases {
            let error =
                BertConfig::from_json(MINI.replacen(from, to, 1).as_bytes()).expect_err(message);
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
