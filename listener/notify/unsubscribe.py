"""How people say that they want no more of these messages."""

from __future__ import annotations

from urllib.parse import quote


def by_mail(contact: str | None, subscription: str) -> str | None:
    """Return a `mailto:` to whoever runs the program (RFC 2369); None without an address.

    One click (RFC 8058) takes a public HTTPS address, which this program does not have.
    """
    if contact is None or "@" not in contact or "/" in contact:
        return None
    return f"mailto:{quote(contact, safe='@+')}?subject={quote(f'unsubscribe {subscription}')}"
