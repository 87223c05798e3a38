"""Keeps everything: one SQLite file, opened here."""

from __future__ import annotations

from listener.store.sqlite import Store, open_store

__all__ = ["Store", "open_store"]
