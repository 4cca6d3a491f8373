"""`manage.py person`: accounts for people, from the shell (U4)."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from orchestrator.models import AuditEntry, User
from orchestrator.services import tokens

pytestmark = pytest.mark.django_db


def made(*line: str) -> str:
    said = StringIO()
    call_command("person", *line, "--url", "", stdout=said)
    return said.getvalue().strip()


def test_a_person_gets_a_role_groups_and_a_link_that_signs_in() -> None:
    link = made("ada", "--role", "operator", "--group", "risk-officers", "--group", "heads")
    client = Client()
    assert client.get(link).status_code == 302
    ada = User.objects.get(username="ada")
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert (ada.role, sorted(ada.groups.values_list("name", flat=True))) == ("operator", ["heads", "risk-officers"])
    assert ada.team is not None
    assert AuditEntry.objects.filter(noun="person", noun_id=str(ada.pk)).exists()


def test_the_same_command_changes_role_and_groups() -> None:
    made("ada", "--role", "operator", "--group", "heads")
    made("ada", "--role", "viewer")
    ada = User.objects.get(username="ada")
    assert (ada.role, ada.groups.count()) == ("viewer", 0)


def test_scripts_and_people_do_not_take_each_others_names() -> None:
    call_command("token", "robot", "--role", "viewer", stdout=StringIO())
    with pytest.raises(CommandError, match="account of a script"):
        made("robot", "--role", "admin")
    made("ada", "--role", "viewer")
    with pytest.raises(CommandError, match="account of a person of role viewer"):
        call_command("token", "ada", "--role", "admin", stdout=StringIO())


def test_a_person_gets_a_token_of_their_own_with_the_role_they_have() -> None:
    made("ada", "--role", "operator")
    said = StringIO()
    call_command("token", "ada", "--role", "operator", stdout=said)
    assert tokens.recognise(said.getvalue().strip()) == User.objects.get(username="ada")
    User.objects.filter(username="ada").update(is_active=False)
    with pytest.raises(CommandError, match="account of a person that is closed"):
        call_command("token", "ada", "--role", "operator", stdout=StringIO())


def test_a_name_that_cannot_be_one_is_refused_with_words() -> None:
    with pytest.raises(CommandError, match="cannot be a name"):
        made("two words", "--role", "viewer")
