"""A message with everything, to send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from listener.messages import Attachment, Message, Person

ANA = Person(name="Ana Lefèvre", email="ana@example.org", language="fr", timezone="Europe/Paris")


def message(**changes: object) -> Message:
    whole = Message(
        key="digest:Ana by mail:2025-11-21",
        person=ANA,
        created=datetime(2025, 11, 21, 7, 0, tzinfo=UTC),
        subject="Décathlon\u202f: 12 mentions, dont 2 à risque · synthèse du 21 novembre",
        text="Bonjour, voilà.\n.\nFin\n",
        html='<p>Voilà <img src="cid:chart.png" alt="Un graphique"></p>',
        unsubscribe="mailto:veille@example.org?subject=unsubscribe%20" + "D%C3%A9cathlon%20" * 8,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


CHART = Attachment(name="chart.png", media_type="image/png", content=b"\x89PNG\r\n", inline=True)
REPORT = Attachment(name="report.html", media_type="text/html", content="<p>é</p>".encode())
