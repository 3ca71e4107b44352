"""What of a gateway outlives a restart: its pages, and the sources that were chosen.

Whatever is damaged is as if it had never been remembered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EnvoyResponseError, EnvoyUnsupportedError
from ..memory import section
from ..profile import ConsumptionSource, GatewayProfile, ProductionSource

if TYPE_CHECKING:
    from collections.abc import Collection
    from enum import StrEnum

    from ..memory import JsonValue, Memory
    from .knowledge import Knowledge
    from .records import PageRecord


def save(known: Knowledge, memory: Memory, fresh: Collection[str]) -> None:
    """Write down the pages that have just answered, and what has been concluded of all."""
    kept = section(memory, "pages")
    for path in fresh:
        kept[path] = _to_json(known.records[path])
    for path, record in known.records.items():
        if not record.has_answered:
            kept.pop(path, None)  # of an earlier firmware, which had this page
    kept["lacking"] = [path for path, record in known.records.items() if record.lacking]
    if known.settled is not None:
        memory.data["sources"] = _sources_to_json(known.settled)


def load(known: Knowledge, memory: Memory) -> None:
    """Take over what an earlier run knew, unless it is of another gateway than expected."""
    kept = section(memory, "pages")
    for path, record in known.records.items():
        _take_over(known, record, kept.get(path))
    lacking = kept.get("lacking")
    for it in lacking if isinstance(lacking, list) else ():
        missing = known.records.get(str(it))
        if missing is not None:
            known.lack(missing.endpoint, "It did not exist when it was last asked")
    known.detect()
    if known.profile is None or known.serial not in (None, known.profile.serial):
        known.forget_pages()
        known.profile = None
        return
    known.profile = _with_sources(known.profile, memory.data.get("sources"))
    known.settled = known.profile


def _to_json(record: PageRecord) -> dict[str, JsonValue]:
    # Every byte has a place in Latin-1, so the text brings back exactly what the gateway sent.
    return {"at": record.answered_at, "body": record.body.decode("latin-1")}


def _take_over(known: Knowledge, record: PageRecord, kept: JsonValue) -> None:
    body = kept.get("body") if isinstance(kept, dict) else None
    if not isinstance(body, str):
        return
    try:
        raw = body.encode("latin-1")
        page = record.endpoint.parse(raw)
    except (EnvoyResponseError, EnvoyUnsupportedError, UnicodeEncodeError):
        return
    known.accept(record.endpoint, page, raw)
    record.remembered = True


def _sources_to_json(profile: GatewayProfile) -> dict[str, JsonValue]:
    return {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
        "v1_credible": profile.v1_credible,
    }


def _with_sources(profile: GatewayProfile, kept: JsonValue) -> GatewayProfile:
    """Return the profile with the sources that an earlier run has chosen, if they make sense."""
    if not isinstance(kept, dict):
        return profile
    production, consumption = kept.get("production"), kept.get("consumption")
    credible = kept.get("v1_credible")
    return replace(
        profile,
        production_from=_word(ProductionSource, production) or profile.production_from,
        consumption_from=_word(ConsumptionSource, consumption) or profile.consumption_from,
        v1_credible=credible if isinstance(credible, bool) else profile.v1_credible,
    )


def _word[WordT: StrEnum](kind: type[WordT], value: JsonValue) -> WordT | None:
    return next((word for word in kind if word == value), None)
