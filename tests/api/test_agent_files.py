"""Agents over HTTP as files: loaded with errors at their lines, compared with what was seen, rolled back (A1)."""

from __future__ import annotations

from orchestrator.models import AgentVersion
from tests.api.conftest import Caller

TEXT = "agent: mailer\nrole: Answers mail.\nruntime: scripted\nsettings: {outcomes: [{ok: 1}]}\n"


def test_an_agent_is_loaded_shown_and_rolled_back(builder: Caller, viewer: Caller) -> None:
    """A1."""
    first = builder.put("/agents/mailer", TEXT)
    assert (first.status, first.body["version"], first.body["text"]) == (201, 1, TEXT)
    assert builder.put("/agents/mailer?seen=1", TEXT + "# the same\n").status == 200
    assert builder.put("/agents/mailer?seen=1", TEXT + "timeout: 3s\n").body["version"] == 2
    assert [one["version"] for one in viewer.get("/agents/mailer/versions").body["items"]] == [2, 1]
    back = builder.post("/agents/mailer/rollback", {"version": 1, "seen": 2})
    assert (back.status, back.body["version"], back.body["is_current"]) == (201, 3, True)
    assert viewer.get("/agents/mailer").body["version"] == 3
    assert "timeout: 3s" in viewer.get("/agents/mailer/file", version=2).body["text"]
    assert viewer.get("/agents/mailer/file", version=9).status == 404


def test_who_has_seen_an_older_version_is_told_the_current_one(builder: Caller) -> None:
    builder.put("/agents/mailer", TEXT)
    late = builder.put("/agents/mailer?seen=0", TEXT + "timeout: 3s\n")
    assert (late.status, late.body["current"]["version"]) == (409, 1)
    assert AgentVersion.objects.count() == 1


def test_every_error_of_a_file_comes_at_once_with_path_and_line(builder: Caller) -> None:
    got = builder.put("/agents/mailer", TEXT + "timeot: 3s\nlimits: 4\n")
    assert got.status == 422
    assert {(one["line"], one["path"]) for one in got.body["errors"]} == {(5, "timeot"), (6, "limits")}


def test_only_builders_load_agents_and_roll_them_back(builder: Caller, operator: Caller) -> None:
    builder.put("/agents/mailer", TEXT)
    assert operator.put("/agents/mailer", TEXT + "timeout: 3s\n").status == 403
    assert operator.post("/agents/mailer/rollback", {"version": 1}).status == 403
