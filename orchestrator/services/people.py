"""Accounts: of people, of scripts, and of the shell on this machine. Signing people in is in `signin`."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction

from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.problems import Problem
from orchestrator.models import Role, Team, User
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.services.first_start import TEAM, ensure_admin

SCRIPTS = "scripts"
"""The group that tells scripts' accounts from people's."""
SHELL = "shell"


@transaction.atomic
def person_account(actor: object, name: str, role: str, groups: Iterable[str] = ()) -> User:
    """Return the account of a person, made or changed to this role and these groups; never touches a script's."""
    me = require(actor, Verb.MANAGE_PEOPLE)
    _check_role(role)
    found = User.objects.filter(username=name).first() or _made(name, role)
    if found.groups.filter(name=SCRIPTS).exists():
        raise RejectedConflict(f"{name!r} is the account of a script; choose another name for the person.")
    found.role, found.is_active = role, True
    found.save(update_fields=["role", "is_active"])
    found.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups if group != SCRIPTS])
    audit.record(me, "apply", "person", found.pk, {"name": name, "role": role, "groups": list(groups)})
    return found


@transaction.atomic
def script_account(name: str, role: str) -> User:
    """Return the account of a script, made or given this role where needed; never touches a person's."""
    _check_role(role)
    found = User.objects.filter(username=name).first()
    if found is None:
        made = _made(name, role)
        made.groups.add(Group.objects.get_or_create(name=SCRIPTS)[0])
        return made
    if not found.groups.filter(name=SCRIPTS).exists():
        raise RejectedConflict(f"{name!r} is the account of a person; choose another name for the script.")
    if found.role != role or not found.is_active:
        found.role, found.is_active = role, True
        found.save(update_fields=["role", "is_active"])
    return found


def token_account(name: str, role: str) -> User:
    """Return the account a token is for: a person's as it is, where it has this role; else that of a script."""
    person = User.objects.filter(username=name).exclude(groups__name=SCRIPTS).first()
    if person is None:
        return script_account(name, role)
    _check_role(role)
    if person.role != role or not person.is_active:
        has = f"of role {person.role}" if person.is_active else "that is closed"
        raise RejectedConflict(f"{name!r} is the account of a person {has}; choose another name for the script.")
    return person


def shell_account() -> User:
    """Return the account in whose name commands on this machine act."""
    ensure_admin()  # a person's account comes first: sign-in links are made for the oldest admin
    return script_account(SHELL, Role.ADMIN)


def _made(name: str, role: str) -> User:
    team, _ = Team.objects.get_or_create(name=TEAM)
    account = User(username=name, role=role, team=team)
    account.set_unusable_password()
    account.full_clean(exclude=["password"])
    account.save()
    return account


def _check_role(role: str) -> None:
    if role not in Role.values:
        problem = Problem(path="role", message=f"{role[:40]!r} is not a role", hint=f"one of {', '.join(Role.values)}")
        raise RejectedError("There is no such role.", [problem])
