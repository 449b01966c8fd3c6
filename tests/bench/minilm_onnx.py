"""Writes a BERT sentence encoder as ONNX: the very weights that the page serves, for onnxruntime.

    python minilm_onnx.py config.json model.safetensors OUT_FOLDER

Two graphs of the same function (ids, mask -> masked mean, length 1):
- plain.onnx: standard operators only (opset 20), as an exporter would write them;
- fused.onnx: onnxruntime's own fused operators (Attention, SkipLayerNormalization, BiasGelu), as its
  transformer optimiser would write them.
The benchmark takes whichever is faster.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
# The newest file version that onnxruntime 1.16 and later read.
IR_VERSION = 9
DTYPES = {"F32": np.float32, "F16": np.float16}


def read_safetensors(path):
    """All tensors of a file as float32."""
    blob = Path(path).read_bytes()
    (header_bytes,) = struct.unpack_from("<Q", blob)
    header = json.loads(blob[8 : 8 + header_bytes])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in DTYPES:
            continue
        first, last = entry["data_offsets"]
        values = np.frombuffer(blob[8 + header_bytes + first : 8 + header_bytes + last], DTYPES[entry["dtype"]])
        tensors[name.removeprefix("bert.")] = values.reshape(entry["shape"]).astype(np.float32)
    return tensors


class Graph:
    """Nodes and constants, each value named by what makes it."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def op(self, kind, *inputs, domain="", outputs=1, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{at}" for at in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=names[0], domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name, values):
        if all(held.name != name for held in self.constants):
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, value):
        return self.constant(f"number_{value}", np.array(value, np.float32))


class Encoder:
    """Builds one of the two graphs."""

    def __init__(self, config, weights, fused):
        self.config, self.weights, self.fused = config, weights, fused
        self.graph = Graph()
        self.hidden, self.heads = config["hidden_size"], config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]

    def model(self):
        graph = self.graph
        mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        if self.fused:
            bias = graph.op("Cast", "attention_mask", to=TensorProto.INT32)
        else:
            away = graph.op("Sub", graph.number(1.0), graph.op("Unsqueeze", mask, graph.ints(1, 2)))
            bias = graph.op("Mul", away, graph.number(-10000.0))
        x = self.embeddings()
        for layer in range(self.config["num_hidden_layers"]):
            x = self.layer(x, bias, f"encoder.layer.{layer}.")
        output = self.pooled(x, mask)
        graph.nodes[-1].output[0] = "embedding"
        assert output == graph.nodes[-1].name
        ids = ["batch", "tokens"]
        made = helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ids) for name in ("input_ids", "attention_mask")],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", self.hidden])],
            graph.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(made, opset_imports=opsets if self.fused else opsets[:1], ir_version=IR_VERSION)

    def weight(self, name):
        return self.graph.constant(name, self.weights[name])

    def matrix(self, name):
        """A linear layer's matrix as [in, out]."""
        return self.graph.constant(name + ".weight.T", self.weights[name + ".weight"].T)

    def linear(self, x, name):
        return self.graph.op("Add", self.graph.op("MatMul", x, self.matrix(name)), self.weight(name + ".bias"))

    def norm(self, x, name):
        scale, shift = self.weight(name + ".weight"), self.weight(name + ".bias")
        return self.graph.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=self.epsilon)

    def embeddings(self):
        graph = self.graph
        words = graph.op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        length = graph.op("Slice", graph.op("Shape", "input_ids"), graph.ints(1), graph.ints(2))
        # One segment: its embedding is a constant part of every position's.
        table = self.weights["embeddings.position_embeddings.weight"] + self.weights["embeddings.token_type_embeddings.weight"][0]
        places = graph.op("Slice", graph.constant("positions", table), graph.ints(0), length, graph.ints(0))
        return self.norm(graph.op("Add", words, places), "embeddings.LayerNorm")

    def layer(self, x, bias, at):
        mixed = self.fused_attention(x, bias, at) if self.fused else self.attention(x, bias, at)
        x = self.add_and_norm(mixed, x, at + "attention.output")
        if self.fused:
            inner = self.graph.op("MatMul", x, self.matrix(at + "intermediate.dense"))
            inner = self.graph.op("BiasGelu", inner, self.weight(at + "intermediate.dense.bias"), domain="com.microsoft")
        else:
            inner = self.graph.op("Gelu", self.linear(x, at + "intermediate.dense"), approximate="none")
        return self.add_and_norm(inner, x, at + "output")

    def add_and_norm(self, x, residual, at):
        if not self.fused:
            return self.norm(self.graph.op("Add", self.linear(x, at + ".dense"), residual), at + ".LayerNorm")
        product = self.graph.op("MatMul", x, self.matrix(at + ".dense"))
        parts = [self.weight(at + name) for name in (".LayerNorm.weight", ".LayerNorm.bias", ".dense.bias")]
        return self.graph.op("SkipLayerNormalization", product, residual, *parts, domain="com.microsoft", epsilon=self.epsilon)

    def attention(self, x, bias, at):
        graph, size = self.graph, self.hidden // self.heads
        shape = graph.ints(0, 0, self.heads, size)

        def split(name, order):
            rows = graph.op("Reshape", self.linear(x, f"{at}attention.self.{name}"), shape)
            return graph.op("Transpose", rows, perm=order)

        query, key, value = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
        scores = graph.op("Div", graph.op("MatMul", query, key), graph.number(float(np.sqrt(size))))
        shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
        mixed = graph.op("Transpose", graph.op("MatMul", shares, value), perm=[0, 2, 1, 3])
        return graph.op("Reshape", mixed, graph.ints(0, 0, self.hidden))

    def fused_attention(self, x, mask, at):
        parts = [f"{at}attention.self.{name}" for name in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[part + ".weight"].T for part in parts], axis=1)
        shift = np.concatenate([self.weights[part + ".bias"] for part in parts])
        inputs = [self.graph.constant(at + "qkv.weight", matrix), self.graph.constant(at + "qkv.bias", shift)]
        return self.graph.op("Attention", x, *inputs, mask, domain="com.microsoft", num_heads=self.heads)

    def pooled(self, x, mask):
        graph = self.graph
        weights = graph.op("Unsqueeze", mask, graph.ints(2))
        total = graph.op("ReduceSum", graph.op("Mul", x, weights), graph.ints(1), keepdims=0)
        mean = graph.op("Div", total, graph.op("ReduceSum", weights, graph.ints(1), keepdims=0))
        length = graph.op("ReduceL2", mean, graph.ints(1), keepdims=1)
        return graph.op("Div", mean, length)


def main():
    config, safetensors, out = sys.argv[1:]
    config = json.loads(Path(config).read_text())
    weights = read_safetensors(safetensors)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, fused in (("plain", False), ("fused", True)):
        model = Encoder(config, weights, fused).model()
        if not fused:
            onnx.checker.check_model(model)
        onnx.save(model, folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
