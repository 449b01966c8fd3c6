//! The parts of a BERT tokenizer, by their types.
//!
//! `tokenizers::Tokenizer` accepts every kind of tokenizer and links all of them: byte pairs, unigrams and
//! a second engine for regular expressions, none of which BERT has.

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{Decoder, Encoding, PostProcessor, Result, TokenizerImpl};

/// A tokenizer of the BERT family: WordPiece, with one of the ways to add `[CLS]` and `[SEP]`.
pub(crate) type WordPieces =
    TokenizerImpl<WordPiece, BertNormalizer, BertPreTokenizer, Processing, NeverDecoded>;

/// How the first and the last token are added; MPNet's files name RoBERTa's way.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Processing {
    // Before Bert: what it reads is more, and tags are not looked at.
    Roberta(RobertaProcessing),
    Bert(BertProcessing),
    Template(TemplateProcessing),
}

impl Processing {
    fn inner(&self) -> &dyn PostProcessor {
        match self {
            Self::Roberta(processing) => processing,
            Self::Bert(processing) => processing,
            Self::Template(processing) => processing,
        }
    }
}

impl PostProcessor for Processing {
    fn added_tokens(&self, is_pair: bool) -> usize {
        self.inner().added_tokens(is_pair)
    }

    fn process_encodings(
        &self,
        encodings: Vec<Encoding>,
        add_special_tokens: bool,
    ) -> Result<Vec<Encoding>> {
        self.inner().process_encodings(encodings, add_special_tokens)
    }
}

/// Stands where a decoder is stated: nothing here turns ids into text.
#[derive(Debug, Clone)]
pub(crate) struct NeverDecoded;

impl<'de> Deserialize<'de> for NeverDecoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Decoder for NeverDecoded {
    fn decode_chain(&self, tokens: Vec<String>) -> Result<Vec<String>> {
        Ok(tokens)
    }
}
