//! `tokenizer.json` of a `vocab.txt`.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{AssetError, Result, store};

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Writes the tokenizer that a `vocab.txt` stands for, with the options of `tokenizer_config.json`.
///
/// Without `do_lower_case` the vocabulary decides: text is lower-cased if no piece has an upper-case
/// letter (BioBERT, which is cased, comes without the option).
pub(super) fn from_vocabulary(path: &Path, config: Option<&[u8]>) -> Result<Vec<u8>> {
    let wrong = |detail: String| AssetError::content(path, detail);
    let text =
        String::from_utf8(store::read_whole(path)?).map_err(|error| wrong(error.to_string()))?;
    let config: Value = match config {
        Some(json) => serde_json::from_slice(json)
            .map_err(|error| wrong(format!("tokenizer_config.json: {error}")))?,
        None => Value::Null,
    };
    let mut vocabulary = Map::new();
    for (id, piece) in text.lines().enumerate() {
        if vocabulary.insert(piece.trim_end().to_owned(), json!(id)).is_some() {
            return Err(AssetError::Line {
                path: path.to_owned(),
                line: id as u64 + 1,
                detail: format!("{piece:?} appears twice"),
            });
        }
    }
    let id = |token: &str| {
        vocabulary.get(token).cloned().ok_or_else(|| wrong(format!("has no {token}")))
    };
    let (cls, sep) = (id("[CLS]")?, id("[SEP]")?);
    id("[UNK]")?;
    let cased = vocabulary
        .keys()
        .any(|piece| !piece.starts_with('[') && piece.chars().any(char::is_uppercase));
    let lowercase = config["do_lower_case"].as_bool().unwrap_or(!cased);
    let added: Vec<Value> = SPECIAL
        .iter()
        .filter_map(|token| vocabulary.get(*token).map(|id| (token, id)))
        .map(|(token, id)| {
            json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let special = |token: &str| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let tokenizer = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": config["tokenize_chinese_chars"].as_bool().unwrap_or(true),
            "strip_accents": config["strip_accents"].as_bool(),
            "lowercase": lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]")],
            "pair": [
                special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]"),
                {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
            ],
            "special_tokens": {
                "[CLS]": {"id": "[CLS]", "ids": [cls], "tokens": ["[CLS]"]},
                "[SEP]": {"id": "[SEP]", "ids": [sep], "tokens": ["[SEP]"]},
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    });
    serde_json::to_vec(&tokenizer).map_err(|error| wrong(error.to_string()))
}
