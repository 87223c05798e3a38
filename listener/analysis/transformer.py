"""A second opinion on sentiment by a transformer that lies in a folder on this machine.

Needs `pip install "listener[transformer]"` (onnxruntime, tokenizers). Nothing is downloaded and
nothing is sent: the folder holds model.onnx, tokenizer.json and config.json, as `optimum` writes
them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.analysis.opinion import Probabilities
from listener.errors import ConfigError

FILES = ("model.onnx", "tokenizer.json", "config.json")
BATCH = 16  # texts at once
LONGEST = 128  # tokens of a text
LETTERS = 4_000  # characters, from which more tokens are not made

# As such models know them: their texts were trained on without names and addresses.
_MADE_PLAIN = ((re.compile(r"@\w+"), "@user"), (re.compile(r"https?:\S+"), "http"))
_LABEL = re.compile(r"(?i)\W*(neg|neu|pos)|([1-5]) stars?")
_PLACES = {"neg": 0, "neu": 1, "pos": 2, "1": 0, "2": 0, "3": 1, "4": 2, "5": 2}


class Transformer:
    """Judges texts in batches; its files are read when the first text comes."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder. Raises ConfigError when it cannot be used."""
        self._folder = folder
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise ConfigError([f"{folder}: there is no {missing[0]}; see docs/scores.md"])
        config = _config(folder / "config.json")
        self._labels = _labels(folder / "config.json", config)
        pad = config.get("pad_token_id")
        self._pad = pad if isinstance(pad, int) else 0
        self._loading = Lock()
        self._loaded: tuple[str, Any, Any] | None = None
        for module in ("onnxruntime", "tokenizers"):
            _import(module)

    @property
    def name(self) -> str:
        """Name of the folder, and which file: "transformer xlm-t 3fa9c1d2"."""
        return self._load()[0]

    def probabilities(self, texts: Sequence[str]) -> list[Probabilities]:
        """Judge texts. Raises ConfigError when the model cannot be run."""
        # Texts of about the same length together: short ones are not filled up to long ones.
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        found: dict[int, Probabilities] = {}
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            answers = self._judged([texts[n][:LETTERS] for n in batch])
            found.update(zip(batch, answers, strict=True))
        return [found[n] for n in range(len(texts))]

    def _judged(self, texts: Sequence[str]) -> list[Probabilities]:
        _, session, tokenizer = self._load()
        encoded = tokenizer.encode_batch([_plain(text) for text in texts])
        given = {
            "input_ids": [one.ids for one in encoded],
            "attention_mask": [one.attention_mask for one in encoded],
            "token_type_ids": [one.type_ids for one in encoded],
        }
        wanted = [one.name for one in session.get_inputs()]
        try:
            (logits,) = session.run(
                [session.get_outputs()[0].name],
                {name: np.array(given[name], dtype=np.int64) for name in wanted},
            )
            rows = np.asarray(logits, dtype=np.float64).reshape(len(texts), len(self._labels))
        except Exception as exc:  # the runtime's errors have no common class but this
            raise ConfigError([f"{self._folder}: cannot be run: {_line(exc)}"]) from exc
        return [self._summed(row) for row in rows]

    def _summed(self, logits: NDArray[np.float64]) -> Probabilities:
        """Return the softmax, the labels of one meaning put together."""
        raised = np.exp(logits - logits.max())
        sums = np.zeros(3)
        np.add.at(sums, self._labels, raised / raised.sum())
        return Probabilities(*sums.tolist())

    def _load(self) -> tuple[str, Any, Any]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._read()
            return self._loaded

    def _read(self) -> tuple[str, Any, Any]:
        path = self._folder / "model.onnx"
        try:
            with path.open("rb") as file:
                which = hashlib.file_digest(file, "blake2b").hexdigest()[:8]
            session = _import("onnxruntime").InferenceSession(
                str(path), providers=["CPUExecutionProvider"]
            )
            tokenizer = _import("tokenizers").Tokenizer.from_file(
                str(self._folder / "tokenizer.json")
            )
            tokenizer.enable_truncation(LONGEST)
            tokenizer.enable_padding(pad_id=self._pad)
        except ConfigError:
            raise
        except Exception as exc:  # the runtime's errors have no common class but this
            raise ConfigError([f"{self._folder}: cannot be loaded: {_line(exc)}"]) from exc
        return f"transformer {self._folder.name} {which}", session, tokenizer


def _plain(text: str) -> str:
    for pattern, stand_in in _MADE_PLAIN:
        text = pattern.sub(stand_in, text)
    return text.encode("utf-8", "replace").decode()  # a lone surrogate is refused


def _config(path: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigError([f"{path}: cannot be read: {_line(exc)}"]) from exc
    return config if isinstance(config, dict) else {}


def _labels(path: Path, config: Mapping[str, Any]) -> list[int]:
    """Return for each of the model's labels which of ours it means, in the model's order."""
    named = config.get("id2label")
    if not isinstance(named, dict) or set(named) != {str(n) for n in range(len(named))}:
        raise ConfigError([f"{path}: holds no id2label"])
    names = [str(named[str(n)]) for n in range(len(named))]
    found = [_LABEL.match(name) for name in names]
    places = [_PLACES[(one[1] or one[2]).lower()] for one in found if one]
    if len(places) < len(names) or not {0, 2} <= set(places):
        what = ", ".join(names)
        raise ConfigError([f"{path}: id2label says {what}, not negative, neutral, positive"])
    return places


def _import(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as exc:
        what = f'[sentiment].model needs {module}: pip install "listener[transformer]"'
        raise ConfigError([what]) from exc


def _line(exc: Exception) -> str:
    return " ".join(str(exc).split())[:200]
