"""Pages for what went wrong outside a view: no such address, not allowed, a stale form, a fault of ours, no database.

They ask the database nothing, as it may be what is away.
"""

from __future__ import annotations

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from dashboard.door import alone
from orchestrator.core.errors import BrokenError, DatabaseAway, RejectedError, RejectedForbidden, RejectedMissing

STALE = """The page was open since before you signed in, or the browser keeps no cookies, so nothing was done.
Go back, reload the page and send it again."""
log = logging.getLogger(__name__)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that there is not."""
    return alone(request, RejectedMissing("There is no page at this address. It may have been mistyped or cut off."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what Django itself does not allow."""
    return alone(request, RejectedForbidden("This is not allowed for you."))


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a request that cannot be read."""
    return alone(request, RejectedError("The request could not be read, so nothing was done."), 400)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer for a form whose token is not that of the session."""
    log.info("%s %s: %s", request.method, request.path, reason)
    return alone(request, RejectedForbidden(STALE))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, which the log has in full; or for a database that is away."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return alone(request, DatabaseAway())
    return alone(
        request, BrokenError("A fault of Signalbox, not of what you did. The log of the web server says more.")
    )
