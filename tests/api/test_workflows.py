"""Workflows and agents over HTTP: loading a version, and every error with its path and line."""

from __future__ import annotations

import json

from orchestrator.models import AgentVersion, AuditEntry, WorkflowVersion
from tests.api.conftest import LETTERS, Caller


def test_a_workflow_is_loaded_from_yaml_or_json_and_the_same_content_is_the_same_version(builder: Caller) -> None:
    first = builder.put("/workflows/letters", LETTERS)
    again = builder.put("/workflows/letters", LETTERS + "\n# a comment changes nothing\n")
    as_json = builder.put("/workflows/letters", json.dumps(first.body["source"]))
    assert (first.status, again.status, as_json.status) == (201, 200, 200)
    assert first.body["version"] == again.body["version"] == as_json.body["version"]
    assert WorkflowVersion.objects.count() == 1


def test_a_new_content_becomes_current_and_the_old_one_stays(builder: Caller, viewer: Caller) -> None:
    old = builder.put("/workflows/letters", LETTERS).body["version"]
    new = builder.put("/workflows/letters", LETTERS.replace("Sign the", "Sign this")).body["version"]
    assert viewer.get("/workflows/letters").body["version"] == new
    assert viewer.get("/workflows/letters", version=old).body["is_current"] is False
    assert [one["version"] for one in viewer.get("/workflows/letters/versions").body["items"]] == [new, old]
    assert [one["name"] for one in viewer.get("/workflows").body["items"]] == ["letters"]
    assert builder.put("/workflows/letters", LETTERS).status == 200
    assert viewer.get("/workflows/letters").body["version"] == old
    assert WorkflowVersion.objects.filter(is_current=True).count() == 1


def test_only_a_builder_loads_a_workflow(operator: Caller, viewer: Caller) -> None:
    for caller in (operator, viewer):
        got = caller.put("/workflows/letters", LETTERS)
        assert got.status == 403
        assert "role builder" in got.body["detail"]
    assert not WorkflowVersion.objects.exists()
    assert not AuditEntry.objects.filter(verb="apply").exists()


def test_every_error_of_a_file_comes_at_once_with_path_line_and_hint(builder: Caller) -> None:
    broken = "workflow: letters\nsteps:\n  - id: a\n    agent: nobody\n  - id: a\n    gte: {title: x}\n"
    got = builder.put("/workflows/letters", broken)
    assert got.status == 422
    assert got.headers["Content-Type"] == "application/problem+json"
    found = {(error["line"], error["path"]) for error in got.body["errors"]}
    assert {(4, "steps[0].agent"), (5, "steps[1].id")} <= found
    assert {line for line, _ in found} >= {4, 5, 6}
    assert not WorkflowVersion.objects.exists()


def test_a_file_with_another_name_than_its_address_is_refused(builder: Caller) -> None:
    got = builder.put("/workflows/other", LETTERS)
    assert got.status == 422
    assert got.body["errors"][0]["path"] == "workflow"


def test_files_that_are_none_are_refused_without_a_crash(builder: Caller) -> None:
    """S26."""
    for data in (
        "",
        "{",
        "- x",
        "\t- :",
        "a: &a [*a]",
        "!!python/object/apply:os.system [ls]",
        b"\xff\xfe",
        "[" * 9999,
    ):
        got = builder.send("PUT", "/workflows/x", data, content_type="application/yaml")
        assert got.status in (400, 422), data
        assert got.headers["Content-Type"] == "application/problem+json"
    got = builder.send("PUT", "/workflows/x", "x" * 600_000, content_type="application/yaml")
    assert got.status == 413


def test_agents_are_listed_with_their_contracts_and_unknown_figures_are_null(viewer: Caller) -> None:
    AgentVersion.objects.create(name="writer", version=1, digest="d", spec={"name": "writer", "role": "Writes."})
    (listed,) = viewer.get("/agents").body["items"]
    assert listed == viewer.get("/agents/writer").body
    assert (listed["contract"]["role"], listed["success_rate"], listed["queued"]) == ("Writes.", None, 0)
    assert viewer.get("/agents/nobody").status == 404
    assert viewer.get("/workflows/nothing").status == 404
