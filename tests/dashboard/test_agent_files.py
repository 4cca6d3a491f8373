"""Agents written on pages: a new one, a new version with errors at their lines, two writers, rolling back (A1)."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.core.agents import AgentSpec
from orchestrator.models import AgentVersion, Team, User
from orchestrator.services import agents
from tests.dashboard.conftest import person, signed_in

TEXT = "agent: mailer\nrole: Answers mail.\nruntime: scripted\nsettings: {outcomes: [{ok: 1}]}\n"


@pytest.fixture
def builder(team: Team) -> User:
    return person("builder", "builder", team)


@pytest.fixture
def client(builder: User) -> Client:
    return signed_in(builder)


def send(client: Client, text: str, seen: int, name: str = "mailer", act: str = "apply") -> tuple[int, str]:
    address = f"/agents/{name}/apply/" if name else "/agents/+apply/"
    got = client.post(address, {"text": text.replace("\n", "\r\n"), "seen": seen, "act": act})
    return got.status_code, got.content.decode()


def test_a_new_agent_begins_with_an_example_that_can_be_applied_as_it_stands(client: Client) -> None:
    """A1."""
    html = client.get("/agents/+new/").content.decode()
    assert "agent: my-agent" in html
    text = html.split("<textarea")[1].split(">\n")[1].split("</textarea>")[0]
    assert send(client, text, 0, "")[0] == 303
    assert AgentVersion.objects.get().spec["runtime"] == "human"
    assert "New agent" in client.get("/agents/").content.decode()


def test_errors_stand_at_their_lines_and_nothing_typed_is_lost(client: Client) -> None:
    status, html = send(client, TEXT + "timeot: <3s>\n", 0, "")
    assert (status, "Line 5" in html, "did you mean" in html, "timeot: &lt;3s&gt;" in html) == (422, True, True, True)
    assert not AgentVersion.objects.exists()


def test_checking_changes_nothing(client: Client) -> None:
    assert "Nothing is wrong with it" in send(client, TEXT, 0, "", "check")[1]
    assert not AgentVersion.objects.exists()


def test_who_was_slower_sees_what_the_other_made_and_may_apply_it_on_top(client: Client) -> None:
    send(client, TEXT, 0, "")
    send(client, TEXT + "timeout: 3s\n", 1)
    status, html = send(client, TEXT + "timeout: 4s\n", 1)
    assert (status, "Someone was faster" in html, 'name="seen" value="2"' in html) == (409, True, True)
    assert "From version 2 to what you typed" in html
    assert send(client, TEXT + "timeout: 4s\n", 2)[0] == 303
    assert AgentVersion.objects.get(is_current=True).version == 3


def test_an_earlier_version_is_rolled_back_to_from_its_differences(client: Client) -> None:
    """A1."""
    send(client, TEXT, 0, "")
    send(client, TEXT + "timeout: 3s\n", 1)
    assert "Roll back to version 1" in client.get("/agents/mailer/?version=1").content.decode()
    assert client.post("/agents/mailer/rollback/", {"version": 1, "seen": 2}).status_code == 303
    page = client.get("/agents/mailer/").content.decode()
    assert "Version 3 is current now; it is as version 1 was." in page
    assert client.post("/agents/mailer/rollback/", {"version": 2, "seen": 2}).status_code == 409


def test_an_agent_in_python_is_not_edited_but_says_where_it_lives(client: Client, builder: User) -> None:
    agents.keep(builder, AgentSpec(name="adder", role="Adds.", runtime="callable", settings={"target": "shop.x:add"}))
    html = client.get("/agents/adder/edit/").content.decode()
    assert ("shop/x.py (shop.x:add)" in html, "<textarea" in html) == (True, False)


def test_only_builders_see_and_do_it(client: Client, operator_client: Client) -> None:
    send(client, TEXT, 0, "")
    page = operator_client.get("/agents/mailer/").content.decode()
    assert ">Edit<" not in page
    for address in ("/agents/+new/", "/agents/mailer/edit/"):
        assert operator_client.get(address).status_code == 403
    assert send(operator_client, TEXT, 1)[0] == 403
    assert operator_client.post("/agents/mailer/rollback/", {"version": 1}).status_code == 403
