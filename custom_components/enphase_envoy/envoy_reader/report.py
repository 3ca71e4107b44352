"""What helps to find a fault, for diagnostics."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from .pages.quirks import QUIRKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .exchange.session import Session
    from .exchange.tokens import Token
    from .known.knowledge import Knowledge
    from .known.page_records import Absence, PageRecord
    from .models import Snapshot
    from .profile import GatewayProfile

_DAY_S: Final = 86_400
_EVIDENCE: Final = {quirk.name: quirk.evidence for quirk in QUIRKS}


def describe(
    known: Knowledge,
    snapshot: Snapshot | None,
    session: Session,
    rebased: Mapping[str, float],
) -> dict[str, Any]:
    """Return what is known and what has been made of it, JSON-able; nothing in it is redacted.

    ``pages`` is by path, in the format that the simulator replays.
    """
    now = known.now
    return {
        "profile": _profile(known.profile),
        **_results(snapshot),
        "rebased": dict(rebased),
        "rivals": known.rivals.to_json(),
        "token": session.token and _token(session.token, now),
        "cloud_problem": str(session.cloud_problem.problem) if session.cloud_problem else None,
        "pages": {
            path: _page(record, now, known.period_s(record.endpoint))
            for path, record in known.records.items()
            if record.has_answered or record.lacking or record.failures
        },
    }


def _profile(profile: GatewayProfile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    described = asdict(profile)
    described["meters"] = [
        {"kind": str(meter.kind), "phases": meter.phases, "split": meter.split}
        for meter in profile.meters
    ]
    described["contradicted"] = sorted(profile.contradicted)
    described["shown"] = sorted(profile.shown)
    return described


def _results(snapshot: Snapshot | None) -> dict[str, Any]:
    return {
        "sources": dict(snapshot.sources) if snapshot else {},
        "quirks": {name: _EVIDENCE[name] for name in snapshot.quirks} if snapshot else {},
        "held": dict(snapshot.held) if snapshot else {},
        "grid": dict(snapshot.grid_witnesses) if snapshot else {},
        "controls": {key: asdict(state) for key, state in snapshot.commands.items()}
        if snapshot
        else {},
        "health": {str(section): str(health) for section, health in snapshot.health.items()}
        if snapshot
        else {},
    }


def _token(token: Token, now: float) -> dict[str, Any]:
    return {"kind": str(token.kind), "days_left": round((token.expires_at - now) / _DAY_S, 1)}


def _page(record: PageRecord, now: float, period_s: float | None) -> dict[str, Any]:
    return {
        "status": record.status,
        "content_type": record.content_type,
        "seconds": round(record.seconds, 3),
        "size": len(record.body),
        "asked_every_s": period_s,
        "answered_s_ago": _seconds(now, record.answered_at),
        "of_earlier_firmware": record.outdated,
        "failures": record.failures,
        "failing_for_s": _seconds(now, record.failing_since),
        "asked_again_in_s": _seconds(record.due_at, now) if record.due_at else None,
        "absence": _absence(record.absence, now),
        "error": record.error,
        "body": record.body.decode(errors="replace"),
    }


def _absence(absence: Absence | None, now: float) -> dict[str, Any] | None:
    if absence is None:
        return None
    return {
        "since_s": _seconds(now, absence.since),
        "believed_for_s": round(absence.wait_s, 1),
        "while_nothing_else_answered": absence.doubtful,
    }


def _seconds(later: float, earlier: float | None) -> float | None:
    return None if earlier is None else round(later - earlier, 1)
