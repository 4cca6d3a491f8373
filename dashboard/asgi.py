"""The one entry for servers: pages to Django, sockets to Channels, and sockets only from our own pages."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")

import django
from django.core.handlers.asgi import ASGIHandler

django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs the apps loaded
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs the apps loaded
from channels.security.websocket import WebsocketDenier  # noqa: E402 - needs the apps loaded
from django.conf import settings  # noqa: E402 - needs the apps loaded
from django.http.request import split_domain_port, validate_host  # noqa: E402 - needs the apps loaded

from dashboard.patience import Patience  # noqa: E402 - needs the apps loaded
from dashboard.routing import websocket_urlpatterns  # noqa: E402 - needs the apps loaded
from orchestrator import logs  # noqa: E402 - needs the apps loaded


class Pages(ASGIHandler):
    """Django, with a request answered in one go in its thread: every change of threads is a wait for the processor."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Put the middleware together as for WSGI, and step into the thread before the first instead of in each."""
        super().load_middleware()
        self._middleware_chain: Any = self.adapt_method_mode(True, self._middleware_chain, False)


class SameOrigin:
    """Lets a socket in only if it was opened by a page of this host and port, or of a trusted origin."""

    def __init__(self, application: Any) -> None:
        """Stand before an application."""
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the socket on or deny it."""
        headers = {name.lower(): value.decode("latin1") for name, value in scope["headers"]}
        accepted = may_open(headers.get(b"origin", ""), headers.get(b"host", ""))
        application = self.application if accepted else WebsocketDenier()
        with logs.bound(correlation_id=logs.accepted(headers.get(b"x-request-id", ""))):
            await application(scope, receive, send)


def may_open(origin: str, host: str) -> bool:
    """Tell whether a page of `origin` may open a socket to `host`."""
    if origin.rstrip("/") in settings.CSRF_TRUSTED_ORIGINS:
        return True
    # The host is checked too: a name that someone else points at this machine is not ours.
    known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return known and urlsplit(origin).netloc.lower() == host.lower()


application = ProtocolTypeRouter(
    {"http": Patience(Pages()), "websocket": SameOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))}
)
