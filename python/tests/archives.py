"""What the tests of reports share."""

from __future__ import annotations

from typing import Any

from strongroom.reports import Reports

PDF = b"%PDF-1.7 made up"
#: A rule of the platform that is over as soon as its event was long ago.
OVER = {
    "version": "test/1",
    "rules": [
        {
            "id": "platform-custom",
            "version": 2,
            "regime": "custom",
            "jurisdiction": "*",
            "trigger": "drawn_up",
            "period": "P1Y",
            "anchor": "date",
            "title": "reports of no named regime",
            "reference": {"law": "made up", "source": "made up", "certainty": "policy"},
        }
    ],
}


def opened(url: str, actor: str = "ana", **options: Any) -> Reports:
    return Reports(url, actor=actor, protection="rules-alone", **options)
