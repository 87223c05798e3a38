"""What stands before the first element of a feed, made harmless.

feedparser looks there for the charset with a pattern that takes the cube of a line's length, and
for entities with one that takes the square of empty lines: some kilobytes would keep it busy for
hours, and everything else with it.
"""

from __future__ import annotations

import json
import re
from email.message import Message

from listener.collect.charsets import is_foreign, is_wide
from listener.errors import ParseError

_FIRST = re.compile(rb"<\w")
_ENCODING = re.compile(rb"\bencoding\s*=\s*[\"']([^\"'<>]{0,100})[\"']")
_MAINFRAME = "<?xm".encode("cp037")
_LONGEST, _LONGEST_LINE = 100_000, 1_000  # bytes


def tamed(body: bytes, media_type: str) -> tuple[bytes, str]:
    """Return a feed and its media type so that they can be given to feedparser.

    Raises ParseError for what only can be meant to keep it busy.
    """
    if body.startswith(_MAINFRAME):  # feedparser would read it
        raise ParseError("it is neither RSS, Atom nor JSON Feed")
    width = json.detect_encoding(body)
    if not width.startswith("utf-8"):
        body = body.decode(width, "replace").encode("utf-8", "replace")
    at = first.start() if (first := _FIRST.search(body)) else len(body)
    head, rest = _in_lines(body[:at]), body[at:]
    declared = [_charset(media_type), *(name.decode("latin-1") for name in _ENCODING.findall(head))]
    if any(map(is_foreign, declared)):
        raise ParseError("it declares a charset that is none of the web")
    if not width.startswith("utf-8") or any(map(is_wide, declared)):
        head = _ENCODING.sub(b"", head)  # some write UTF-16 and send UTF-8
        media_type = f"{media_type.partition(';')[0]}; charset=utf-8"
    return head + rest, media_type


def _in_lines(head: bytes) -> bytes:
    """Return it without empty lines, and the declaration on a line of its own."""
    if len(head) > _LONGEST:
        raise ParseError("too much stands before its first element")
    lines = [line.strip() for line in head.replace(b"?>", b"?>\n", 1).split(b"\n")]
    lines = [line for line in lines if line]
    if lines and len(lines[0]) > _LONGEST_LINE and b"<?" in lines[0][:10]:
        raise ParseError("its declaration does not end")
    return b"".join(line + b"\n" for line in lines)


def _charset(media_type: str) -> str:
    header = Message()
    header["content-type"] = media_type
    return str(header.get_param("charset", ""))
