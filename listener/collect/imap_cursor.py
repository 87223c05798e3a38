"""How far a mailbox has been read.

UIDs ascend in the order of arrival and are never given again, as long as UIDVALIDITY stays the
same (RFC 3501, 2.3.1.1); so nothing can arrive behind us. When it changes, UIDs mean nothing any
more: what arrived lately is read again, and known by its Message-IDs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

_MOST = 2**32  # UIDs and UIDVALIDITY are smaller


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """validity     what the UIDs belong to; 0: not known yet
    uid          all mails up to it were read
    since        everything that arrived on that day or later was read up to `uid`, or is to be
    catching_up  mails above `uid` count only if they arrived since then
    unmarked     UIDs of mails that are stored, and were perhaps not marked or moved yet
    """

    validity: int
    uid: int
    since: date
    catching_up: bool = True
    unmarked: tuple[int, ...] = ()

    @classmethod
    def at_first(cls, since: date) -> Place:
        return cls(validity=0, uid=0, since=since)

    @classmethod
    def read(cls, cursor: Mapping[str, str], source: str) -> Place | None:
        """Return the place a cursor tells of; None when it is of another question, or garbage."""
        validity, uid = _number(cursor.get("validity")), _number(cursor.get("uid"))
        try:
            since = date.fromisoformat(cursor.get("since", ""))
        except ValueError:
            return None
        if cursor.get("source") != source or validity is None or uid is None:
            return None
        unmarked = [_number(part) for part in cursor.get("unmarked", "").split(",")]
        return cls(
            validity=validity,
            uid=uid,
            since=since,
            catching_up=cursor.get("caught_up") != "yes",
            unmarked=tuple(number for number in unmarked if number),
        )

    def cursor(self, source: str) -> dict[str, str]:
        kept = {
            "source": source,
            "validity": str(self.validity),
            "uid": str(self.uid),
            "since": self.since.isoformat(),
            "caught_up": "" if self.catching_up else "yes",
            "unmarked": ",".join(map(str, self.unmarked)),
        }
        return {name: value for name, value in kept.items() if value}

    def within(self, validity: int, overlap: timedelta) -> Place:
        """Return where to go on in a folder as it is now; anew, if its UIDs were given anew."""
        if self.validity == validity:
            return self
        if self.validity == 0:
            return replace(self, validity=validity)
        back = self.since if self.catching_up else self.since - overlap
        return Place(validity=validity, uid=0, since=back)

    def caught_up(self, following: int | None, today: date) -> Place:
        """Return the place after a whole pass.

        following  the UID that the next mail was to get when the pass began; not all servers say
        """
        if following is None and self.uid == 0:
            return replace(self, unmarked=())  # an empty folder, of which we know no UID
        uid = max(self.uid, (following or 1) - 1)
        return replace(self, uid=uid, since=today, catching_up=False, unmarked=())


def _number(text: str | None) -> int | None:
    found = re.fullmatch(r"[0-9]{1,10}", text or "")
    return int(found[0]) if found and int(found[0]) < _MOST else None
