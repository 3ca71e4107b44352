"""The simulated gateway: who may see which page of which site under which firmware."""

from __future__ import annotations

import time
from dataclasses import replace

from . import commands
from .access import NOBODY, DigestGate, TokenGate, Visit
from .firmware import Absence, Firmware
from .obedience import Obedience
from .pages import (
    OPEN,
    PAGES,
    Page,
    View,
    absent,
    find,
    frame,
    is_denied,
    level,
    moved,
    render,
    token_wanted,
)
from .server import Answer
from .site import Site
from .wire import Message, Reply

_GARBAGE = b"\xff\xfe\x80Digest\x9d\xf8\xc3\x28"
_DIGEST_BODY = b'{"status":401,"error":"","info":"Authentication required","moreInfo":""}'
_NO_COMMAND = Reply.of_json({"error": "405 - Method Not Allowed"}, 405)
_CHECK = "/auth/check_jwt"


class SimulatedGateway:
    """A gateway whose truth is a :class:`Site` and whose manners are a :class:`Firmware`."""

    def __init__(self, site: Site, firmware: Firmware, *, speed: float = 0.0) -> None:
        """Join truth and firmware; at ``speed`` 1 the site's clock runs with the real one."""
        self.site = site
        self.speed = speed
        self.obedience = Obedience()
        self.digest = DigestGate(site.serial)
        self.tokens = TokenGate(site.serial, lambda: self.now)
        self._firmware = firmware
        self._followed = time.monotonic()

    @property
    def firmware(self) -> Firmware:
        """The firmware that runs now."""
        return self._firmware

    @firmware.setter
    def firmware(self, firmware: Firmware) -> None:
        """Update the firmware, as gateways do at night without notice."""
        self._firmware = firmware
        self.site.interval_s = firmware.interval_s
        self.tokens.forget_sessions()

    @property
    def now(self) -> float:
        """The site's clock."""
        return self.site.now

    @property
    def speaks_tls(self) -> bool:
        """From firmware 7 on."""
        return self.firmware.tokens

    @property
    def speaks_http(self) -> bool:
        """Until firmware 8.3.5286 closes port 80."""
        return self.firmware.port_80 != "closed"

    def follow_real_time(self) -> None:
        """Let the site live through the time since the last call, at ``speed``."""
        begin, self._followed = self._followed, time.monotonic()
        if self.speed:
            self.site.advance((self._followed - begin) * self.speed)

    def pages(self) -> dict[str, bytes]:
        """Return the body of every page of this moment, as an installer would see it."""
        bodies: dict[str, bytes] = {}
        for target in self._targets():
            path, _, query = target.partition("?")
            view = View(self.site, self.firmware, path, query)
            page = find(self.firmware, path)
            if page and not page.is_stream and not is_denied(page, view):
                reply = render(page, view)
                if reply.status == 200:
                    bodies[target] = reply.body
        return bodies

    def answer(self, message: Message) -> Answer:
        """Answer a request as this firmware does."""
        self.follow_real_time()
        answer = self._answer(message)
        keeps = answer.keep_open and self.firmware.keep_alive
        return replace(answer, keep_open=keeps)

    def _answer(self, message: Message) -> Answer:
        if message.scheme == "http" and self.firmware.tokens:
            host = message.headers.get("host", "")
            lost = self.firmware.port_80 == "redirect-localhost"
            return Answer(moved(f"https://{'localhost' if lost else host}{message.target}"))
        if message.path == _CHECK and self.firmware.tokens:
            reply = self.tokens.check(message)
            return Answer(reply or token_wanted(self.firmware), Visit(0, "token"))
        command = commands.find(message.method, message.path)
        page = find(self.firmware, command.page if command else message.path)
        view = View(self.site, self.firmware, message.path, message.query)
        if self.firmware.tokens:
            return self._answer_token(message, page, view)
        return self._answer_digest(message, page, view)

    def _answer_token(self, message: Message, page: Page | None, view: View) -> Answer:
        required = self.firmware.cookie_required
        visit = self.tokens.visit(message, cookie_required=required)
        if page and level(page, view) == OPEN:
            return self._serve(message, page, view, visit)
        wanted = level(page, view) if page else 1
        if visit.level < wanted or (page and is_denied(page, view)):
            return Answer(token_wanted(self.firmware), visit)
        if page is None:
            return Answer(absent(self.firmware, message.path), visit)
        return self._serve(message, page, view, visit)

    def _answer_digest(self, message: Message, page: Page | None, view: View) -> Answer:
        if page is None:
            reply = absent(self.firmware, message.path)
            challenged = self.firmware.absence(message.path) in (
                Absence.CHALLENGE,
                Absence.UNAUTHORIZED,
            )
            if reply.status == 401 and challenged:
                reply = replace(reply, headers=(self.digest.challenge(),))
            return Answer(reply)
        if page.open_to_digest:
            return self._serve(message, page, view, NOBODY)
        visit = self.digest.visit(message)
        if visit.level >= self._digest_level(page, view):
            return self._serve(message, page, view, visit)
        return self._challenge(visit)

    def _serve(self, message: Message, page: Page, view: View, visit: Visit) -> Answer:
        """Show a page, or take a command, for somebody who may."""
        if page.is_stream:
            return Answer(render(page, view), visit, frame=lambda: frame(view))
        if message.method in {"GET", "HEAD"}:
            return Answer(render(page, view), visit)
        command = commands.find(message.method, message.path)
        if command is None:
            return Answer(_NO_COMMAND, visit)
        behaviour = self.obedience.take(command.path)
        reply, fault = commands.carry_out(self.site, command, message, behaviour)
        return Answer(reply, visit, fault=fault)

    def _digest_level(self, page: Page, view: View) -> int:
        needs_installer = page.path.endswith("/inverters") and (
            self.firmware.installer_for_inverters
        )
        return 6 if needs_installer else level(page, view)

    def _challenge(self, visit: Visit) -> Answer:
        refused = visit is not NOBODY
        header = self.digest.challenge()
        if refused and self.firmware.garbage_challenge:
            header = ("WWW-Authenticate", _GARBAGE)
        reply = Reply(401, _DIGEST_BODY, "application/json", (header,))
        return Answer(reply, visit, hang_up_silently=self.firmware.close_after_challenge)

    def _targets(self) -> list[str]:
        paths = [page.path for page in PAGES if "*" not in page.path]
        paths += [f"/ivp/meters/readings/{meter.eid}" for meter in self.site.meters]
        return [*dict.fromkeys(paths), "/production.json?details=1", "/inventory.json?deleted=1"]
