"""Finds and renders what lies in `alerts/` and `reports/`: templates and tables that operators own.

A file of the same name beside the operator's `sources.toml` overrides the shipped one. Templates
are Jinja2 in a sandbox, because they travel between people: a template reads and formats, no more.
"""

from __future__ import annotations

import tomllib
import traceback
from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path, PurePosixPath

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from listener.errors import ConfigError, TemplateError
from listener.locale import translations
from listener.locale.formats import Formats

FOLDERS = ("alerts", "reports")

# Where foreign text could become markup. It is the page that decides, not the part it includes:
# a macro of an unescaped file would hand its words to an escaping page as safe.
_MARKUP = (".html", ".slack", ".svg", ".xml")

# What a template can do wrong beyond Jinja's own errors: adding a word to a number, a missing key.
_RENDERING = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Content:
    """The shipped files, and those of `workspace` (the folder of `sources.toml`) over them."""

    def __init__(self, workspace: Path | None = None) -> None:
        self._shipped = _shipped()
        self._roots = (*([workspace] if workspace else []), self._shipped)
        self._environments: dict[tuple[str, str, bool], jinja2.Environment] = {}

    def names(self) -> tuple[str, ...]:
        """Every shipped file, as `alerts/digest.html`; sorted."""
        files = (path for folder in FOLDERS for path in (self._shipped / folder).rglob("*"))
        return tuple(
            sorted(path.relative_to(self._shipped).as_posix() for path in files if path.is_file())
        )

    def find(self, name: str) -> Path:
        """Return where `name` lies: in the workspace if there, else as shipped."""
        parts = PurePosixPath(name).parts
        if parts[:1] and parts[0] in FOLDERS and ".." not in parts:
            for root in self._roots:
                if (path := root.joinpath(*parts)).is_file():
                    return path
        raise ConfigError([f"{name}: no such file, neither yours nor a shipped one"])

    def read(self, name: str) -> str:
        return _text(self.find(name))

    def tables(self, name: str) -> dict[str, object]:
        """Read a TOML file; the workspace's tables merge over the shipped ones, key by key."""
        self.find(name)
        merged: dict[str, object] = {}
        for root in reversed(self._roots):
            if (path := root / name).is_file():
                merged = _merge(merged, _toml(path))
        return merged

    def render(self, name: str, language: str, timezone: str, /, **context: object) -> str:
        """Render a template for a reader of `language` who lives in `timezone` (an IANA name)."""
        environment = self._environment(language, timezone, name.endswith(_MARKUP))
        try:
            return environment.get_template(name).render(context)
        except jinja2.TemplateSyntaxError as exc:
            raise TemplateError(f"{exc.filename or name}:{exc.lineno}: {exc.message}") from exc
        except jinja2.TemplateNotFound as exc:
            raise TemplateError(f"{self._place(name, exc)}: no template {exc.name}") from exc
        except (jinja2.TemplateError, *_RENDERING) as exc:
            raise TemplateError(f"{self._place(name, exc)}: {exc}") from exc

    def translate(self, language: str) -> NullTranslations:
        """Return the catalogue of a language: `_ = content.translate("fr").gettext`."""
        return translations(language)

    def _environment(self, language: str, timezone: str, escape: bool) -> jinja2.Environment:
        key = (language, timezone, escape)
        if key not in self._environments:
            self._environments[key] = _environment(self._roots, *key)
        return self._environments[key]

    def _place(self, name: str, exc: Exception) -> str:
        """File and line of the innermost template in a traceback; Jinja puts them there."""
        for frame in reversed(traceback.extract_tb(exc.__traceback__)):
            if any(
                Path(frame.filename).is_relative_to(root / folder)
                for root in self._roots
                for folder in FOLDERS
            ):
                return f"{frame.filename}:{frame.lineno}"
        return name


def _shipped() -> Path:
    """Inside the package in a wheel, else the checkout's root."""
    inside = Path(__file__).parent / "_content"
    return inside if inside.is_dir() else Path(__file__).parent.parent


def _environment(
    roots: tuple[Path, ...], language: str, timezone: str, escape: bool
) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(roots),
        autoescape=escape,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(Formats(language, timezone).filters())
    environment.globals["language"] = language
    return environment


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError([f"{path}: cannot be read: {exc}"]) from exc


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError([f"{path}: not valid TOML: {exc}"]) from exc


def _merge(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged
