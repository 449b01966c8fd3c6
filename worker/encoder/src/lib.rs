//! Tokenizer and BERT, on WebGPU kernels or on candle.
