"""Store and restore what is known of a gateway: pages, doubts about them, chosen sources.

Damaged parts of the stored data are ignored.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from ..counters.json_fields import number
from ..errors import EnvoyResponseError, EnvoyUnsupportedError
from ..memory import section
from ..profile import ConsumptionSource, GatewayProfile, ProductionSource
from .page_records import Absence

if TYPE_CHECKING:
    from collections.abc import Collection
    from enum import StrEnum

    from ..memory import JsonValue, Memory
    from .knowledge import Knowledge
    from .page_records import PageRecord


def save_pages(known: Knowledge, memory: Memory, answered: Collection[str]) -> None:
    """Store the pages that have just answered, the doubts about all pages and the sources."""
    kept = section(memory, "pages")
    for path in answered:
        kept[path] = _to_json(known.records[path])
    for path, record in known.records.items():
        if not record.has_answered:
            kept.pop(path, None)  # of an earlier firmware, which had this page
    kept.pop("lacking", None)  # of version 1.0.0
    kept["doubts"] = {
        path: _doubts_to_json(record) for path, record in known.records.items() if _doubted(record)
    }
    memory.data["rivals"] = known.rivals.to_json()
    known.changed = False
    if known.settled is not None:
        memory.data["sources"] = _sources_to_json(known.settled)


def restore_pages(known: Knowledge, memory: Memory) -> None:
    """Restore what an earlier run stored, unless it is from another gateway than expected."""
    kept = section(memory, "pages")
    for path, record in known.records.items():
        _take_over(known, record, kept.get(path))
    lacking, doubts = kept.get("lacking"), kept.get("doubts")
    for missed in lacking if isinstance(lacking, list) else ():  # of version 1.0.0
        missing = known.records.get(str(missed))
        if missing is not None:
            missing.absence = Absence(since=known.now)
    for path, row in doubts.items() if isinstance(doubts, dict) else ():
        if path in known.records and isinstance(row, dict):
            _take_over_doubts(known.records[path], row, known.now)
    known.rivals.take_over(memory.data.get("rivals"))
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


def _doubted(record: PageRecord) -> bool:
    never_answered = not record.has_answered and record.failing_since is not None
    return record.outdated or record.lacking or never_answered


def _doubts_to_json(record: PageRecord) -> dict[str, JsonValue]:
    """Return what is known of a page that refuses, fails or is of an earlier firmware.

    A restart must neither reset these doubts nor make an absence more certain.
    """
    absence: dict[str, JsonValue] | None = asdict(record.absence) if record.absence else None
    return {
        "outdated": record.outdated,
        "failures": record.failures,
        "failing_since": record.failing_since,
        "error": record.error,
        "due_at": record.due_at,
        "absence": absence,
    }


def _take_over_doubts(record: PageRecord, row: dict[str, JsonValue], now: float) -> None:
    record.outdated = record.has_answered and row.get("outdated") is True
    error, kept = row.get("error"), row.get("absence")
    record.error = error if isinstance(error, str) else ""
    since = number(row.get("failing_since"))
    record.failing_since = None if since is None else min(since, now)
    record.failures = int(number(row.get("failures")) or 0) if record.failing_since else 0
    if isinstance(kept, dict) and not record.has_answered:
        since, wait_s = number(kept.get("since")), number(kept.get("wait_s"))
        if since is not None and wait_s is not None:
            doubtful = kept.get("doubtful") is True
            record.absence = Absence(since=since, wait_s=wait_s, doubtful=doubtful)
            # A clock that was set back must not prolong it.
            record.due_at = min(number(row.get("due_at")) or 0, now + wait_s)


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
