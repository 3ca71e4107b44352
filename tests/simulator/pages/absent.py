"""How gateways say no: pages that do not exist, and tokens that are missing (3.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..firmware import Absence
from ..wire import Reply

if TYPE_CHECKING:
    from ..firmware import Firmware

_PAGE_NOT_FOUND = b"""    <!DOCTYPE html PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html><head><title>Envoy</title></head>
    <body><h2>Page Not Found</h2><p>There is no such page.</p></body></html>
"""
_ERROR = b'{ "error" : "404 - Not Found" }'
_FORMS = {
    Absence.ERROR: Reply(404, _ERROR, "application/json; charset=ISO-8859-4"),
    Absence.ERR: Reply(404, b'{ "err": "404 - Not Found" }'),
    Absence.ERROR_200: Reply(200, _ERROR),
    Absence.HTML: Reply(200, _PAGE_NOT_FOUND, "text/html", chunked=True),
    Absence.CHALLENGE: Reply(401, b"Error: 401", "text/plain"),
    Absence.UNAUTHORIZED: Reply(
        401, b"<html><body><h2>401 Unauthorized</h2></body></html>\n", "text/html"
    ),
    Absence.MOVED: Reply(301, b"", "text/html", (("Location", b"/error?locale=en"),)),
    Absence.BAD_REQUEST: Reply(400, b"<html>Bad Request</html>\n", "text/html"),
    Absence.GONE: Reply(410, b"<html>Gone</html>\n", "text/html"),
    Absence.BROKEN: Reply(500, b"<html>Internal Server Error</html>\n", "text/html"),
}


def absent(firmware: Firmware, path: str) -> Reply:
    """Answer for a page that this gateway does not have."""
    form = firmware.absence(path)
    reply = _FORMS[form]
    if form is Absence.HTML and firmware.version.startswith("D"):
        return replace(reply, content_type="application/json")
    return reply


def token_wanted(firmware: Firmware) -> Reply:
    """Answer for a token that is missing, expired or not enough (firmware 7 and later)."""
    body = f"""<html>
<head><title>401 Authorization Required</title></head>
<body><center><h1>401 Authorization Required</h1></center>
<script>window.location.href = "{firmware.login_page}";</script>
</body></html>
"""
    return Reply(401, body.encode(), "text/html")


def moved(location: str) -> Reply:
    """Answer on port 80 of a gateway that speaks https."""
    body = b"<html><head><title>301 Moved Permanently</title></head></html>\n"
    return Reply(301, body, "text/html", (("Location", location.encode()),))
