"""`manage.py web`: pages and sockets by Daphne, on a port or on a socket the parent has opened."""

from __future__ import annotations

import gc
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import get_resolver
from django.utils.module_loading import import_string

from orchestrator.management.serving import WebServer


class Command(BaseCommand):
    """Serves until it is stopped."""

    help = "Serve pages and websockets."
    # `prepare` has checked the installation before any of these start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fd", type=int, help="number of an inherited listening socket, used instead of a port")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the server."""
        # By name, as the setting gives it: the dashboard lies above management.
        application = import_string(settings.ASGI_APPLICATION)
        settle()
        server = WebServer(
            application,
            endpoints=[endpoint(options["host"], options["port"], options["fd"])],
            server_name="signalbox",
            application_close_timeout=1,
            # Behind a proxy that ends TLS, the caller's address is in a header; elsewhere anyone could forge it.
            proxy_forwarded_address_header="X-Forwarded-For" if settings.HTTPS else None,
        )
        server.run()
        if not server.listening_addresses:
            raise CommandError(f"could not listen on {options['host']}, port {options['port']}: is it taken?")


def settle() -> None:
    """Take what stays for good out of garbage collection: looking through it held up a page for 75 ms now and then."""
    _ = get_resolver().reverse_dict  # loads all views
    gc.collect()
    gc.freeze()


def endpoint(host: str, port: int, fd: int | None) -> str:
    """Describe where to listen in Twisted's words."""
    if fd is not None:
        return f"fd:fileno={fd}"
    escaped = host.strip("[]").replace(":", r"\:")
    return f"tcp:port={port}:interface={escaped}"
