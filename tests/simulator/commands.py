"""Take a command: read the write, behave as the obedience says, plan what happens when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import obedience as how
from . import orders
from .faults import Fault, Hang, Reset
from .obedience import Behaviour
from .orders import CrashedError, Order, RefusedError, Stage
from .site import Site
from .wire import Message, Reply

_HTML = b"<!DOCTYPE html><html><head><title>Envoy</title></head><body></body></html>\n"
_FAULTS: dict[type[Behaviour], Fault] = {
    how.Hangs: Hang(),
    how.BreaksBefore: Reset(),
    how.BreaksAfter: Reset(),
}
_REFUSED = Reply.of_json({"error": "400 - Bad Request"}, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One way to write to a gateway."""

    method: str
    path: str
    read: Callable[[Site, Message], Order]
    page: str
    """The page whose access and existence it shares."""


COMMANDS: tuple[Command, ...] = (
    Command(
        method="POST",
        path="/ivp/ensemble/relay",
        read=orders.relay,
        page="/ivp/ensemble/relay",
    ),
    Command(
        method="POST",
        path="/ivp/ensemble/dry_contacts",
        read=orders.dry_contact,
        page="/ivp/ensemble/dry_contacts",
    ),
    Command(
        method="POST",
        path="/ivp/ss/dry_contact_settings",
        read=orders.dry_contact_settings,
        page="/ivp/ss/dry_contact_settings",
    ),
    Command(
        method="PUT",
        path="/admin/lib/tariff",
        read=orders.tariff,
        page="/admin/lib/tariff",
    ),
    Command(
        method="POST",
        path="/ivp/ss/gen_mode",
        read=orders.generator_mode,
        page="/ivp/ss/gen_mode",
    ),
    Command(
        method="PUT",
        path="/admin/lib/acb_config",
        read=orders.sleep,
        page="/admin/lib/acb_config",
    ),
    Command(
        method="DELETE",
        path="/admin/lib/acb_config",
        read=orders.wake,
        page="/admin/lib/acb_config",
    ),
    Command(
        method="PUT",
        path="/ivp/mod/603980032/mode/power",
        read=orders.production,
        page="/ivp/mod/603980032/mode/power",
    ),
    Command(
        method="POST",
        path="/ivp/ss/dpel",
        read=orders.dynamic_limit,
        page="/ivp/ss/dpel",
    ),
    Command(
        method="POST",
        path="/ivp/livedata/stream",
        read=orders.live_stream,
        page="/ivp/livedata/status",
    ),
)


def find(method: str, path: str) -> Command | None:
    """Return the command that a method and a path stand for; ``.json`` may follow the path."""
    plain = path.removesuffix(".json")
    return next(
        (command for command in COMMANDS if (command.method, command.path) == (method, plain)), None
    )


def carry_out(
    site: Site, command: Command, message: Message, behaviour: Behaviour
) -> tuple[Reply, Fault | None]:
    """Take a command. Return the answer, and what happens to the connection."""
    if isinstance(behaviour, how.Refuses):
        body = _HTML if behaviour.body is None else behaviour.body
        return Reply(behaviour.status, body, "text/html"), None
    try:
        order = command.read(site, message)
    except RefusedError:
        return _REFUSED, None
    except CrashedError:
        return _REFUSED, Reset()
    stages = _stages(site, order, behaviour)
    if stages is not None:
        _obey(site, order, stages, behaviour)
    elif isinstance(behaviour, how.Ignores) and behaviour.keeps_file:
        order.wish()
    site.advance(0)
    fault = _FAULTS.get(type(behaviour))
    html = isinstance(behaviour, how.AnswersHtml)
    return (Reply(200, _HTML, "text/html") if html else order.reply), fault


def _stages(site: Site, order: Order, behaviour: Behaviour) -> tuple[Stage, ...] | None:
    """Return what will happen, and when; ``None`` when the order is not obeyed."""
    match behaviour:
        case how.AtOnce():
            return tuple(replace(stage, after_s=0.0) for stage in order.stages)
        case how.RealTime(stretch):
            return tuple(replace(stage, after_s=stage.after_s * stretch) for stage in order.stages)
        case how.InSteps():
            return order.steps or order.stages
        case how.IgnoresWhileOptimised():
            return None if site.optimised and not order.ends_optimising else order.stages
        case how.Ignores() | how.BreaksBefore() | how.Hangs(False) | how.AnswersHtml(False):
            return None
    return order.stages


def _obey(
    site: Site,
    order: Order,
    stages: tuple[Stage, ...],
    behaviour: Behaviour,
) -> None:
    """Plan an order, in the place of an older one for the same thing."""
    later = f"{order.key} is put back"
    # The cloud restores what it holds, however often the gateway was told otherwise meanwhile.
    restore = site.agenda.find(later) or order.undo
    site.agenda.cancel(order.key)
    site.agenda.cancel(later)
    order.wish()
    for stage in stages:
        if stage.after_s > 0:
            site.agenda.add(site.now + stage.after_s, stage.do, order.key)
        else:
            stage.do()
    if isinstance(behaviour, how.Lies):
        site.contacts_lie = (site.now + behaviour.after_s, site.now + behaviour.seconds)
    if not isinstance(behaviour, how.PutsBack):
        return

    def put_back() -> None:
        site.agenda.cancel(order.key)
        restore()

    site.agenda.add(site.now + behaviour.after_s, put_back, later)
