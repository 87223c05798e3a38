"""A model of the smallest kind: each word has a number for each label, and a text their sum."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = {"<unk>": 0, "<pad>": 1, "good": 2, "bad": 3, "plain": 4}
WEIGHT = 4.0


def build(folder: Path, labels: tuple[str, ...] = ("positive", "negative", "neutral")) -> Path:
    """Write a model whose labels stand in this order, and what belongs to it."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"positive": "good", "negative": "bad", "neutral": "plain"}
    table = np.zeros((len(WORDS), len(labels)), dtype=np.float32)
    for place, name in enumerate(labels):
        table[WORDS[told.get(name.lower(), "good")], place] = WEIGHT
    table[WORDS["<pad>"]] = 100.0  # what is filled up with must not count
    onnx.save(_model(table), folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {str(place): name for place, name in enumerate(labels)}
    config = {"id2label": named, "pad_token_id": WORDS["<pad>"]}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _model(table: np.ndarray) -> onnx.ModelProto:
    size = ["batch", "length"]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["found"]),
            helper.make_node("Cast", ["attention_mask"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["real", "last"], ["mask"]),
            helper.make_node("Mul", ["found", "mask"], ["counted"]),
            helper.make_node("ReduceSum", ["counted", "middle"], ["logits"], keepdims=0),
        ],
        "tiny",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, size)
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", table.shape[1]])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2]), "last"),
            numpy_helper.from_array(np.array([1]), "middle"),
        ],
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)
