"""Content-Encoding undone within a limit: a few kilobytes can unpack to gigabytes."""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli  # type: ignore[import-untyped]

ACCEPTED = "gzip, deflate, br"


class Undecodable(Exception):
    """A body that cannot be had: too large, broken, or encoded in a way that was not offered."""


class Decoder(Protocol):
    """Undoes one encoding piece by piece, never giving more than `limit` bytes at once."""

    def decode(self, data: bytes, limit: int) -> bytes: ...


class Identity:
    def decode(self, data: bytes, limit: int) -> bytes:  # noqa: ARG002
        return data


class Zlib:
    """gzip, and deflate in both its readings: RFC 9110 says zlib, some servers send it raw."""

    def __init__(self, *, gzip: bool) -> None:
        self._first = not gzip
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)

    def decode(self, data: bytes, limit: int) -> bytes:
        first, self._first = self._first, False
        try:
            return self._inflate.decompress(data, limit)
        except zlib.error:
            if not first:
                raise
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inflate.decompress(data, limit)


class Brotli:
    def __init__(self) -> None:
        self._unpack = brotli.Decompressor()

    def decode(self, data: bytes, limit: int) -> bytes:
        return bytes(self._unpack.process(data, output_buffer_limit=limit))


def decoder(encoding: str) -> Decoder:
    """Return what undoes a Content-Encoding header; raises Undecodable."""
    match encoding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Zlib(gzip=True)
        case "deflate":
            return Zlib(gzip=False)
        case "br":
            return Brotli()
        case "zstd" | "compress" | "x-compress" | "dcb" | "dcz":
            raise Undecodable("an encoding that was not asked for")
        case several if "," in several:
            raise Undecodable("an encoding that was not asked for")
        case _:
            return Identity()  # "utf-8", "none": a mistake, which browsers pass over


def too_large(limit: int) -> Undecodable:
    """Return the error for a body of more than `limit` bytes."""
    return Undecodable(f"larger than {limit / 1_000_000:g} MB")


class Body:
    """Collects an encoded body, at most `limit` decoded bytes; raises Undecodable."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._decoder = decoder(encoding)
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        try:
            # Asking for one byte more than allowed tells "full" from "too large".
            piece = self._decoder.decode(data, self._limit - self._size + 1)
        except (zlib.error, brotli.error) as exc:
            raise Undecodable("broken compression") from exc
        self._size += len(piece)
        if self._size > self._limit:
            raise too_large(self._limit)
        self._pieces.append(piece)

    def whole(self) -> bytes:
        return b"".join(self._pieces)
