"""`manage.py signin`: another one-time sign-in link, for whoever can run commands on this machine."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orchestrator.models import User
from orchestrator.services import first_start, signin


class Command(BaseCommand):
    """Prints one link."""

    help = "Print a sign-in link that works once, within ten minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("user", nargs="?", help="name of the account (default: the first admin)")
        parser.add_argument("--url", help="address of the web server (default: that of the running `up`)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the link."""
        url = options["url"] if options["url"] is not None else running_url()
        self.stdout.write(f"{url.rstrip('/')}/signin/{signin.create_link(account(options['user']))}/")


def account(name: str | None) -> User:
    """Find the account, by name if one is given."""
    if name is None:
        return first_start.ensure_admin()
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise CommandError(f"there is no active account named {name!r}")
    return found


def running_url() -> str:
    """Return where `up` serves this data folder; only the path is printed when it does not run."""
    return str(json.loads(settings.PLACES.up.read_text())["url"]) if settings.PLACES.up.exists() else ""
