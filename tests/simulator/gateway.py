"""The simulated gateway: who may see which page of which site under which firmware."""

from __future__ import annotations

import time
from dataclasses import replace

from .access import NOBODY, DigestGate, TokenGate, Visit
from .firmware import Absence, Firmware
from .pages import (
    OPEN,
    PAGES,
    Page,
    View,
    absent,
    find,
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
_CHECK = "/auth/check_jwt"


class SimulatedGateway:
    """A gateway whose truth is a :class:`Site` and whose manners are a :class:`Firmware`."""

    def __init__(self, site: Site, firmware: Firmware, *, speed: float = 0.0) -> None:
        """Join truth and firmware; at ``speed`` 1 the site's clock runs with the real one."""
        self.site = site
        self.speed = speed
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
            if page and not is_denied(page, view):
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
        page = find(self.firmware, message.path)
        view = View(self.site, self.firmware, message.path, message.query)
        if self.firmware.tokens:
            return self._answer_token(message, page, view)
        return self._answer_digest(message, page, view)

    def _answer_token(self, message: Message, page: Page | None, view: View) -> Answer:
        required = self.firmware.cookie_required
        visit = self.tokens.visit(message, cookie_required=required)
        if page and level(page, view) == OPEN:
            return Answer(render(page, view), visit)
        wanted = level(page, view) if page else 1
        if visit.level < wanted or (page and is_denied(page, view)):
            return Answer(token_wanted(self.firmware), visit)
        return Answer(render(page, view) if page else absent(self.firmware, message.path), visit)

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
            return Answer(render(page, view))
        visit = self.digest.visit(message)
        if visit.level >= self._digest_level(page, view):
            return Answer(render(page, view), visit)
        return self._challenge(visit)

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
