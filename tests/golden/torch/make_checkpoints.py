"""Writes small PyTorch checkpoints in both of PyTorch's forms, and what they hold as JSON.

Run with a Python that has torch.
"""
import json
from collections import OrderedDict
from pathlib import Path

import torch

HERE = Path(__file__).parent
torch.manual_seed(0)
base = torch.randn(4, 3)
state = OrderedDict(
    [
        ("embeddings.word_embeddings.weight", torch.nn.Parameter(base)),
        ("shared_transposed", base.t()),
        ("slice", base[1:3, 1:]),
        ("half", torch.randn(5).half()),
        ("bfloat16", torch.randn(5).bfloat16()),
        ("double", torch.randn(2, 2, dtype=torch.float64)),
        ("scalar", torch.tensor(2.5)),
        ("embeddings.position_ids", torch.arange(6).expand((1, -1))),
    ]
)
torch.save(state, HERE / "zip.bin")
torch.save(state, HERE / "legacy.bin", _use_new_zipfile_serialization=False)
torch.save({"state_dict": state, "epoch": 3}, HERE / "nested.bin")
values = {
    name: {"shape": list(tensor.shape), "values": tensor.detach().float().flatten().tolist()}
    for name, tensor in state.items()
    if tensor.is_floating_point()
}
(HERE / "values.json").write_text(json.dumps(values, indent=1) + "\n")
