"""`manage.py person`: an account for a person, made or changed, with a first sign-in link."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import RejectedError
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.commands.signin import running_url
from orchestrator.models import Role
from orchestrator.services import people, signin


class Command(BaseCommand):
    """Makes or changes one account."""

    help = "Make an account for a person, or change its role and groups; print a link that signs in as it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", help="the name it signs in by")
        parser.add_argument("--role", required=True, choices=Role.values, help="what it may do")
        parser.add_argument("--group", action="append", default=[], help="a group that gates may name; may be repeated")
        parser.add_argument("--url", help="address of the web server (default: that of the running `up`)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        migrate_if_behind()
        try:
            person = people.person_account(people.shell_account(), options["name"], options["role"], options["group"])
        except RejectedError as error:
            raise CommandError(error.detail) from error
        except ValidationError as error:
            raise CommandError(f"{options['name']!r} cannot be a name: {'; '.join(error.messages)}") from error
        url = options["url"] if options["url"] is not None else running_url()
        self.stdout.write(f"{url.rstrip('/')}/signin/{signin.create_link(person)}/")
