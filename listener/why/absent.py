"""Why a post is not in the archive, in words."""

from __future__ import annotations

from collections.abc import Sequence

from listener.store import Store
from listener.store.rows import at
from listener.why.speech import Speech


def absent(store: Store, name: str, names: Sequence[str], speech: Speech) -> str:
    """Tell what is known of a post that is not kept; `names` is all it may be known by."""
    for known in names:
        row = store.row(
            "SELECT at, erased FROM tombstones WHERE hash = ?", (store.posts.tombstone(known),)
        )
        if row is not None:
            if row["erased"]:
                text = speech.gettext(
                    "%(name)s was erased on request, %(time)s. Nothing is told of it"
                )
            else:
                text = speech.gettext("%(name)s was kept as long as [keep] says, until %(time)s")
            return text % {"name": name, "time": speech.when(at(row["at"]))}
    oldest = store.search.extent().oldest
    if oldest is None:
        text = speech.gettext("%(name)s: the archive is still empty")
    else:
        text = speech.gettext(
            "%(name)s is not in the archive, which goes back to %(time)s: no source has shown it"
        )
    return text % {"name": name, "time": speech.when(oldest) if oldest else ""}
