"""Emoji and emoticons, which mean the same in every language here."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from listener.analysis.roles import Role

_FILE = Path(__file__).parent / "lexicons" / "emoji.toml"
_EMOJI = "[\u2049\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff]"


def _read() -> tuple[dict[str, Role], str]:
    """Return what each sign does, and a regular expression for any sign."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    ironic = tables.pop("irony").split()
    roles = {
        sign: Role(valence=float(intensity))
        for table in tables.values()
        for intensity, signs in table.items()
        for sign in signs.split()
    }
    for sign in ironic:
        roles[sign] = replace(roles.get(sign, Role()), ironic=True)
    typed = sorted((sign for sign in roles if sign[0].isascii()), key=len, reverse=True)
    return roles, rf"{_EMOJI}|(?:{'|'.join(map(_written, typed))})"


def _written(sign: str) -> str:
    """Return what finds an emoticon: ":p" begins no word, ":/" no address, ":)))" is ":)".

    And "/s", by which people end what they do not mean, stands alone: not "km/s".
    """
    if sign.startswith("/"):
        return rf"(?<!\S){re.escape(sign)}(?!\S)"
    if sign[-1].isalnum():
        return re.escape(sign) + r"(?!\w)"
    if sign[-1] in "()":
        return re.escape(sign) + re.escape(sign[-1]) + "{0,20}"
    return re.escape(sign) + ("(?!/)" if sign[-1] == "/" else "")


def role(sign: str) -> Role | None:
    """Return what an emoji or emoticon does."""
    return _SIGNS.get(sign) or _SIGNS.get(_MORE.sub(r"\1", sign))


_MORE = re.compile(r"([()])\1+$")
_SIGNS, SIGN = _read()
