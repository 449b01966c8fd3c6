"""Reference vectors for the encoder, from transformers (PyTorch, f32, eager attention).

    LEXICELL_MODEL_DIR=<all-MiniLM-L6-v2 folder> python generate.py    (without the variable: all but minilm*)

Needs torch, transformers, tokenizers, safetensors and numpy, and NCBI's gene summaries: the file
`data/genes/derived_gene_summary_9606_10090.tsv.gz` in the folder that LEXICELL_SHARED names (default: `../shared`
beside the repository). Writes, beside itself:

    texts.json.gz            512 NCBI gene summaries (public domain), the first three short
    minilm.safetensors       masked means of the first 64 as f32; number of tokens and FNV-1a hash of the token ids of
                             all; every eighth dimension of the hidden states of the first three
    minilm_f16_{a,b}.safetensors   masked means of the other 448 as f16
    tiny/                    a BERT with random weights (f16, `bert.` prefix): config.json, vocab.txt (uncased),
                             model.safetensors, and expected.safetensors: token ids, hidden states, mean and [CLS]
    tokens.json              token ids of awkward texts, for tiny/vocab.txt and for a cased vocabulary

Every text is tokenised and run alone, so no padding is involved.
"""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import BertWordPieceTokenizer
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizer

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("LEXICELL_SHARED", HERE.parents[2].parent / "shared"))
N_TEXTS, N_F32, N_LAYERWISE, STRIDE, MAX_TOKENS = 512, 64, 3, 8, 256

AWKWARD = [
    "",
    "   ",
    "TNF-α/β receptor (p55, CD120a); 3′-UTR.",
    "Ångström naïve café Ünïcödé é",
    "基因 gene 表达",
    "mRNA\u200b with\u00a0odd\tspaces\r\nand\x07control",
    "[CLS] gene [SEP] [MASK] [UNK]",
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4,
    "IL2RA|CD25 -> NF-κB; p<0.05, 10^-6 (~3.2×)",
    "İstanbul ǅ ﬁ ß 𝔤𝔢𝔫𝔢 🧬",
    "don't won't 'quoted' \"double\"",
    "The protein encoded by this gene " * 20,
]


def read_texts():
    path = SHARED / "data/genes/derived_gene_summary_9606_10090.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    texts = list(dict.fromkeys(row[3] for row in rows[1:] if len(row) > 3 and len(row[3]) > 40))
    rng = np.random.default_rng(7)
    short = [text for text in texts if 80 < len(text) < 130]
    chosen = [short[i] for i in rng.choice(len(short), N_LAYERWISE, replace=False)]
    rest = [text for text in texts if text not in chosen]
    return chosen + [rest[i] for i in rng.choice(len(rest), N_TEXTS - N_LAYERWISE, replace=False)]


def fnv1a(ids):
    value = 0xCBF29CE484222325
    for token in ids:
        for byte in int(token).to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return np.uint64(value).astype(np.int64)


@torch.no_grad()
def run(model, ids):
    output = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
    return [state[0].numpy() for state in output.hidden_states]


def minilm(texts):
    folder = os.environ["LEXICELL_MODEL_DIR"]
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"] for text in texts]
    states = [run(model, tokens) for tokens in ids]
    means = np.stack([state[-1].astype(np.float64).mean(0) for state in states])
    tensors = {
        "mean": means[:N_F32].astype(np.float32),
        "n_tokens": np.array([len(tokens) for tokens in ids], np.int32),
        "ids_hash": np.array([fnv1a(tokens) for tokens in ids]),
    }
    for i in range(N_LAYERWISE):
        tensors[f"hidden_{i}"] = np.ascontiguousarray(np.stack(states[i])[:, :, ::STRIDE])
    save_file(tensors, HERE / "minilm.safetensors")
    half = N_F32 + (N_TEXTS - N_F32) // 2
    save_file({"mean": means[N_F32:half].astype(np.float16)}, HERE / "minilm_f16_a.safetensors")
    save_file({"mean": means[half:].astype(np.float16)}, HERE / "minilm_f16_b.safetensors")


def train_vocabulary(texts, lowercase, folder):
    trainer = BertWordPieceTokenizer(lowercase=lowercase)
    trainer.train_from_iterator(texts + AWKWARD[2:5], vocab_size=320, limit_alphabet=120, show_progress=False)
    pieces = sorted(trainer.get_vocab().items(), key=lambda item: item[1])
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in pieces), encoding="utf-8")
    tokenizer = BertTokenizer(vocab=dict(pieces), do_lower_case=lowercase)
    assert len(tokenizer) == len(pieces)
    return tokenizer


def tiny(texts):
    folder = HERE / "tiny"
    tokenizer = train_vocabulary(texts, True, folder)
    cased = train_vocabulary(texts, False, HERE / "cased")
    max_tokens = 64
    torch.manual_seed(11)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=128, max_position_embeddings=max_tokens, initializer_range=0.2, layer_norm_eps=1e-12,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        for parameter in model.parameters():  # biases and norms too: their defaults, 0 and 1, would test nothing
            parameter.add_(0.1 * torch.randn_like(parameter))
            parameter.copy_(parameter.half().float())
    weights = {f"bert.{name}": value.half().numpy() for name, value in model.state_dict().items()}
    weights = {name: value for name, value in weights.items() if "position_ids" not in name}
    save_file(weights, folder / "model.safetensors")
    keys = ["model_type", "hidden_act", "hidden_size", "num_hidden_layers", "num_attention_heads",
            "intermediate_size", "vocab_size", "max_position_embeddings", "layer_norm_eps"]
    (folder / "config.json").write_text(json.dumps({key: getattr(config, key) for key in keys}, indent=1) + "\n")
    inputs = AWKWARD + texts[:8]
    encode = lambda tokenizer, text: tokenizer(text, truncation=True, max_length=max_tokens)["input_ids"]
    ids = [encode(tokenizer, text) for text in inputs]
    states = [run(model, tokens) for tokens in ids]
    tensors = {
        "mean": np.stack([state[-1].mean(0) for state in states]),
        "cls": np.stack([state[-1][0] for state in states]),
    }
    for i in [2, 3, 9]:
        tensors[f"hidden_{i}"] = np.stack(states[i])
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()},
              folder / "expected.safetensors")
    tokens = [{"text": text, "uncased": tokens, "cased": encode(cased, text)} for text, tokens in zip(inputs, ids)]
    lines = ",\n".join(json.dumps(entry) for entry in tokens)
    (HERE / "tokens.json").write_text(f"[\n{lines}\n]\n")


def main():
    torch.set_num_threads(1)
    texts = read_texts()
    with open(HERE / "texts.json.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(json.dumps(texts, ensure_ascii=False).encode())
    tiny(texts)
    if "LEXICELL_MODEL_DIR" in os.environ:
        minilm(texts)


if __name__ == "__main__":
    main()
