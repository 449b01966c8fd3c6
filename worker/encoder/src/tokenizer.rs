//! WordPiece tokenizer of a BERT model folder.

use crate::EncoderError;
use crate::word_pieces::{Processing, WordPieces};
use serde::Deserialize;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, TruncationParams};

/// The file that states the vocabulary.
#[derive(Debug, Clone, Copy)]
pub enum TokenizerSource<'a> {
    /// Bytes of `tokenizer.json`.
    Json(&'a [u8]),
    /// Bytes of `vocab.txt`, one WordPiece a line.
    Vocabulary(&'a [u8]),
}

/// What `tokenizer_config.json` may say about a `vocab.txt`.
#[derive(Debug, Default, Deserialize)]
struct TokenizerConfig {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
}

/// Turns a text into token ids, `[CLS]` first and `[SEP]` last, truncated to `max_tokens`, never padded.
#[derive(Debug, Clone)]
pub struct TextTokenizer {
    tokenizer: WordPieces,
    max_tokens: usize,
}

impl TextTokenizer {
    /// Builds the tokenizer of a model folder; `config_json` is its `tokenizer_config.json`, if it has one.
    ///
    /// `tokenizer.json` states everything itself. A `vocab.txt` does not say whether text is lower-cased: that is
    /// `do_lower_case` of `config_json`, and without it, whether the vocabulary has no upper-case letter. (Folders such
    /// as BioBERT's, which is cased, come without `tokenizer_config.json`.)
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`] or [`EncoderError::Json`] when a file does not have the expected form.
    pub fn new(
        source: TokenizerSource<'_>,
        config_json: Option<&[u8]>,
        max_tokens: usize,
    ) -> Result<Self, EncoderError> {
        let mut tokenizer = match source {
            TokenizerSource::Json(json) => from_json(json)?,
            TokenizerSource::Vocabulary(vocabulary) => from_vocabulary(vocabulary, config_json)?,
        };
        tokenizer.with_padding(None);
        let mut tokenizer = Self { tokenizer, max_tokens };
        tokenizer.set_max_tokens(max_tokens)?;
        Ok(tokenizer)
    }

    /// Longest token sequence that [`encode`](Self::encode) returns.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Changes the length to which texts are truncated.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`] when not even `[CLS]`, one token and `[SEP]` fit.
    pub fn set_max_tokens(&mut self, max_tokens: usize) -> Result<(), EncoderError> {
        if max_tokens < 3 {
            return Err(unusable(
                "tokenizer",
                format!("max_tokens must be at least 3, found {max_tokens}"),
            ));
        }
        let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
        self.tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| unusable("tokenizer", error.to_string()))?;
        self.max_tokens = max_tokens;
        Ok(())
    }

    /// Largest id that the vocabulary can yield.
    pub fn largest_id(&self) -> u32 {
        self.tokenizer.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// Token ids of `text`; an empty text is `[CLS] [SEP]`.
    ///
    /// # Errors
    /// [`EncoderError::Tokenization`], with text number 0.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let failed = |message: String| EncoderError::Tokenization { text: 0, message };
        let encoding =
            self.tokenizer.encode_fast(text, true).map_err(|error| failed(error.to_string()))?;
        match encoding.get_ids() {
            [] => Err(failed("no token, not even [CLS]".to_owned())),
            ids => Ok(ids.to_vec()),
        }
    }
}

fn from_json(json: &[u8]) -> Result<WordPieces, EncoderError> {
    serde_json::from_slice(json).map_err(|error| {
        let expected = "expected a BERT tokenizer (WordPiece, BertNormalizer, BertPreTokenizer)";
        unusable("tokenizer.json", format!("{expected}, found: {error}"))
    })
}

fn from_vocabulary(
    vocabulary: &[u8],
    config_json: Option<&[u8]>,
) -> Result<WordPieces, EncoderError> {
    const FILE: &str = "vocab.txt";
    let text =
        std::str::from_utf8(vocabulary).map_err(|error| unusable(FILE, error.to_string()))?;
    let config: TokenizerConfig = match config_json {
        Some(json) => serde_json::from_slice(json)
            .map_err(|source| EncoderError::Json { file: "tokenizer_config.json", source })?,
        None => TokenizerConfig::default(),
    };
    let lowercase = config.do_lower_case.unwrap_or_else(|| is_uncased(text));
    let pieces = WordPiece::read_bytes(vocabulary)
        .and_then(|vocabulary| WordPiece::builder().vocab(vocabulary).build())
        .map_err(|error| unusable(FILE, error.to_string()))?;
    let mut tokenizer = WordPieces::new(pieces);
    let special = |token: &str| {
        let id = tokenizer.token_to_id(token);
        id.map(|id| (token.to_owned(), id))
            .ok_or_else(|| unusable(FILE, format!("it has no line {token}")))
    };
    special("[UNK]")?;
    let processing = BertProcessing::new(special("[SEP]")?, special("[CLS]")?);
    let chinese = config.tokenize_chinese_chars.unwrap_or(true);
    let normalizer = BertNormalizer::new(true, chinese, config.strip_accents, lowercase);
    tokenizer
        .with_normalizer(Some(normalizer))
        .map_err(|error| unusable(FILE, error.to_string()))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    let whole = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].into_iter();
    let whole = whole.filter(|token| tokenizer.token_to_id(token).is_some());
    let whole: Vec<AddedToken> = whole.map(|token| AddedToken::from(token, true)).collect();
    tokenizer.add_special_tokens(whole).map_err(|error| unusable(FILE, error.to_string()))?;
    tokenizer.with_post_processor(Some(Processing::Bert(processing)));
    Ok(tokenizer)
}

/// Whether no piece but the bracketed special tokens has an upper-case letter.
fn is_uncased(vocabulary: &str) -> bool {
    vocabulary
        .lines()
        .filter(|piece| !(piece.starts_with('[') && piece.trim_end().ends_with(']')))
        .all(|piece| !piece.chars().any(|c| c.is_ascii_uppercase()))
}

fn unusable(file: &'static str, message: String) -> EncoderError {
    EncoderError::Tokenizer { file, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNCASED: &[u8] = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngene\nbinding\n##s\n,\n";
    const CASED: &[u8] = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngene\nGene\n##s\n,\n";

    fn ids(vocabulary: &[u8], config: Option<&[u8]>, text: &str) -> Vec<u32> {
        let tokenizer = TextTokenizer::new(TokenizerSource::Vocabulary(vocabulary), config, 6)
            .expect("a tokenizer");
        tokenizer.encode(text).expect("tokens")
    }

    #[test]
    fn lower_cases_only_where_the_vocabulary_is_uncased() {
        assert_eq!(ids(UNCASED, None, "Genes, binding"), [2, 5, 7, 8, 6, 3]);
        assert_eq!(ids(CASED, None, "Gene gene"), [2, 6, 5, 3]);
        assert_eq!(ids(CASED, Some(br#"{"do_lower_case": true}"#), "Gene gene"), [2, 5, 5, 3]);
    }

    #[test]
    fn truncates_and_keeps_the_last_token() {
        assert_eq!(ids(UNCASED, None, "gene gene gene gene gene gene gene"), [2, 5, 5, 5, 5, 3]);
        assert_eq!(ids(UNCASED, None, ""), [2, 3]);
        assert_eq!(ids(UNCASED, None, "protein"), [2, 1, 3]);
    }

    #[test]
    fn reads_every_way_of_adding_the_first_and_the_last_token() {
        let ways = [
            r#"{"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]}"#,
            r#"{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1],
                "trim_offsets": true, "add_prefix_space": false}"#,
            r#"{"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                           {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]},
                                   "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}}"#,
        ];
        for way in ways {
            let json = tokenizer_json("WordPiece", way);
            let tokenizer = TextTokenizer::new(TokenizerSource::Json(json.as_bytes()), None, 8)
                .expect("a tokenizer");
            // RoBERTa's way puts </s> at the end of a single text, as BERT's does.
            assert_eq!(tokenizer.encode("Gene").expect("tokens"), [1, 3, 2], "{way}");
        }
    }

    #[test]
    fn refuses_another_kind_of_tokenizer_by_its_name() {
        let json = tokenizer_json("Unigram", "null");
        let error = TextTokenizer::new(TokenizerSource::Json(json.as_bytes()), None, 8);
        let message = error.expect_err("not WordPiece").to_string();
        assert!(message.contains("expected a BERT tokenizer (WordPiece"), "{message}");
        assert!(message.contains("Unigram"), "{message}");
    }

    fn tokenizer_json(model: &str, post_processor: &str) -> String {
        format!(
            r###"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                "normalizer": {{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                                "strip_accents": null, "lowercase": true}},
                "pre_tokenizer": {{"type": "BertPreTokenizer"}}, "post_processor": {post_processor},
                "decoder": {{"type": "WordPiece", "prefix": "##", "cleanup": true}},
                "model": {{"type": "{model}", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                           "max_input_chars_per_word": 100,
                           "vocab": {{"[UNK]": 0, "<s>": 1, "</s>": 2, "gene": 3}}}}}}"###
        )
    }

    #[test]
    fn says_what_a_vocabulary_lacks() {
        let error =
            TextTokenizer::new(TokenizerSource::Vocabulary(b"[UNK]\n[CLS]\ngene\n"), None, 8);
        assert!(
            error
                .expect_err("no [SEP]")
                .to_string()
                .contains("vocab.txt is not usable: it has no line [SEP]")
        );
        let error =
            TextTokenizer::new(TokenizerSource::Json(b"{}"), None, 8).expect_err("no model");
        assert!(error.to_string().contains("tokenizer.json is not usable"));
        let error = TextTokenizer::new(TokenizerSource::Vocabulary(UNCASED), None, 2)
            .expect_err("too short");
        assert!(error.to_string().contains("max_tokens must be at least 3, found 2"));
    }
}
