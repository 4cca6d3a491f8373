"""`manage.py token`: an API token for a script, printed once. What a token may do is its account's role."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import RejectedError
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.models import Role
from orchestrator.services import people, tokens


class Command(BaseCommand):
    """Prints one token."""

    help = "Print a new API token for the account NAME; it is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "name", help="name of the script, whose account is made if there is none, or of a person who has this role"
        )
        parser.add_argument("--role", required=True, choices=Role.values, help="what the script may do")
        parser.add_argument("--days", type=int, help="how long it works; until it is revoked if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the token."""
        migrate_if_behind()
        try:
            owner = people.token_account(options["name"], options["role"])
            _, text = tokens.create(people.shell_account(), owner, options["name"], options["days"])
        except RejectedError as error:
            raise CommandError(error.detail) from error
        except ValidationError as error:
            raise CommandError(f"{options['name']!r} cannot be a name: {'; '.join(error.messages)}") from error
        self.stdout.write(text)
