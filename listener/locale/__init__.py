"""French and English: the catalogues of what people read. English is the message itself."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

_TRANSLATED = ("fr",)


@lru_cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of a language; one without a catalogue is read in English.

    The `.po` file is compiled in memory, so that there is no second file to keep in step.
    """
    if language not in _TRANSLATED:
        return NullTranslations()
    with Path(__file__).with_name(f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
