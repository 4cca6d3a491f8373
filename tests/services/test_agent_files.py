"""Agents written in the browser and over HTTP: kept, compared with what was seen, rolled back (A1)."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from django.db import connection, transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Example, Lane, Tool, content_of
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.parse_agent import read_agent
from orchestrator.files.agent_text import OF_TOOL, PLAIN, WHO, written
from orchestrator.files.yaml_text import read_text
from orchestrator.models import AgentVersion, AuditEntry, Run, User
from orchestrator.services import agent_files, agents, runs, workflows
from tests import cast

TEXT = """# It answers the mail.
agent: %s
role: Answers mail.
runtime: scripted
settings: {outcomes: [{ok: 1}]}
"""
FULL = AgentSpec(
    name="full", role="Does everything.", runtime="llm", lane=Lane.SLOW, settings={"model": "test:small", "heat": 1},
    input_schema={"type": "object"}, output_schema={"type": "string"}, capabilities=("write",), timeout_seconds=90.0,
    owner="ops", calls=("other",), instructions="Be brief.\nBe right.", actions=7, probe="one",
    tools=(Tool(name="pay", python="shop.tools:pay", repeatable=True, most=2),
           Tool(mcp="http://x", only=("a", "b"), repeatable=True, cache_seconds=90.0)),
    budget={"call": {"usd": 0.5}, "day": {"tokens": 1000.0}},
    limits={"concurrency": 2.0, "calls": 60.0, "seconds": 60.0},
    cache_seconds=300.0, examples=(Example(name="one", input={"a": [1, None]}, expect=("output != ''",)),),
)  # fmt: skip


@pytest.fixture
def builder(transactional_db: None) -> User:
    return cast.person("builder")


def test_a_text_becomes_the_next_version_and_is_kept_as_it_was_written(builder: User) -> None:
    """A1."""
    text = TEXT % "mailer"
    applied = agent_files.apply(builder, text, "mailer", seen=0)
    assert (applied.version.version, applied.is_new, applied.version.text) == (1, True, text)
    again = agent_files.apply(builder, text.replace("It answers", "He answers"), "mailer", seen=1)
    assert (again.version.version, again.is_new, "He answers" in again.version.text) == (1, False, True)
    other = agent_files.apply(builder, text.replace("Answers mail", "Answers all mail"), "mailer", seen=1)
    assert (other.version.version, AgentVersion.objects.filter(is_current=True).get().version) == (2, 2)


def test_what_is_wrong_is_said_at_its_line(builder: User) -> None:
    with pytest.raises(RejectedError) as refused:
        agent_files.apply(builder, (TEXT % "Mailer") + "timeot: 3s\n", "mailer")
    assert [(one.line, one.path) for one in refused.value.problems] == [(2, "agent"), (6, "timeot")]
    with pytest.raises(RejectedError) as refused:
        agent_files.apply(builder, TEXT % "other", "mailer")
    assert "make them the same" in str(refused.value.problems[0])
    assert not AgentVersion.objects.exists()


def test_only_builders_write_agents(builder: User) -> None:
    for verb in (lambda who: agent_files.apply(who, TEXT % "a"), lambda who: agent_files.rollback(who, "a", 1)):
        with pytest.raises(RejectedForbidden):
            verb(cast.person("operator", f"operator-{id(verb)}"))


def test_who_has_seen_an_older_version_keeps_nothing_and_learns_the_current_one(builder: User) -> None:
    agent_files.apply(builder, TEXT % "mailer", seen=0)
    for seen in (0, 2):
        with pytest.raises(RejectedConflict) as refused:
            agent_files.apply(builder, (TEXT % "mailer") + "timeout: 3s\n", "mailer", seen=seen)
        assert refused.value.extra["current"]["version"] == 1
    assert AgentVersion.objects.count() == 1


def test_of_many_who_write_at_once_one_is_kept_and_the_others_are_told(builder: User) -> None:
    agent_files.apply(builder, TEXT % "mailer", seen=0)
    said: list[str] = []

    def write(number: int) -> None:
        try:
            agent_files.apply(builder, (TEXT % "mailer") + f"timeout: {number + 1}s\n", "mailer", seen=1)
            said.append("kept")
        except RejectedConflict:
            said.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["kept", *["told"] * 5]
    assert AgentVersion.objects.filter(name="mailer").count() == 2
    assert AgentVersion.objects.filter(name="mailer", is_current=True).get().version == 2


def test_an_old_version_becomes_current_again_as_the_next_one_and_runs_keep_theirs(
    builder: User, redis_url: str
) -> None:
    """A1: revisions with roll-back; runs pin versions."""
    agent_files.apply(builder, TEXT % "sorter", seen=0)
    agent_files.apply(builder, (TEXT % "sorter") + "timeout: 3s\n", seen=1)
    workflows.apply(builder, "workflow: sorting\ninput: {type: object}\nsteps: [{id: a, agent: sorter}]\n")
    run = Run.objects.get(pk=runs.start(builder, "sorting", {}).run_id)
    back = agent_files.rollback(builder, "sorter", 1, seen=2).version
    assert (back.version, back.is_current, back.text) == (3, True, TEXT % "sorter")
    assert back.digest == AgentVersion.objects.get(name="sorter", version=1).digest
    assert Run.objects.get(pk=run.pk).agents == {"sorter": 2}
    entry = AuditEntry.objects.get(verb="rollback")
    assert (entry.noun_id, entry.data) == ("sorter", {"to": 1, "version": 3})


def test_a_roll_back_that_leads_nowhere_is_refused_in_words(builder: User) -> None:
    agent_files.apply(builder, TEXT % "mailer", seen=0)
    with pytest.raises(RejectedError) as refused:
        agent_files.rollback(builder, "mailer", 9)
    assert "there are: 1" in str(refused.value.problems[0])
    with pytest.raises(RejectedConflict):
        agent_files.rollback(builder, "mailer", 1)
    with pytest.raises(RejectedMissing):
        agent_files.rollback(builder, "nobody", 1)


def test_code_is_not_named_in_the_browser(builder: User) -> None:
    with pytest.raises(RejectedError) as refused:
        agent_files.apply(builder, "agent: a\nrole: R.\nruntime: callable\nsettings: {target: 'os:system'}\n")
    assert (refused.value.problems[0].path, refused.value.problems[0].line) == ("runtime", 3)
    tool = (TEXT % "mailer") + "tools: [{python: 'os:system'}]\n"
    with pytest.raises(RejectedError) as refused:
        agent_files.apply(builder, tool)
    assert "'os:system' is code" in str(refused.value.problems[0])
    spec = read_agent(read_text(tool), wiring.runtimes())
    assert isinstance(spec, AgentSpec)
    with transaction.atomic():
        agents.keep(builder, spec)  # as the shell does
    assert agent_files.apply(builder, tool + "timeout: 3s\n", seen=1).version.version == 2


def test_an_agent_in_python_says_where_it_lives(builder: User) -> None:
    spec = AgentSpec(name="adder", role="Adds.", runtime="callable", settings={"target": "shop.agents:add"})
    with transaction.atomic():
        row = agents.keep(builder, spec).version
    assert "shop/agents.py (shop.agents:add)" in agent_files.why_not_here(row)


def test_a_contract_written_as_a_file_reads_as_the_same_contract() -> None:
    read = read_agent(read_text(written(FULL)), None)
    assert isinstance(read, AgentSpec), read
    assert content_of(read) == content_of(FULL)
    risky = (Tool(name="pay", python="shop.tools:pay", risky=True, role="admin", group="heads", not_starter=True,
                  deadline_seconds=3600.0, most=2), Tool(mcp="http://x", key_env="X_KEY", risky=True))  # fmt: skip
    other = dataclasses.replace(FULL, tools=risky, cache_seconds=0.0)
    again = read_agent(read_text(written(other)), None)
    assert isinstance(again, AgentSpec), again
    assert content_of(again) == content_of(other)
    assert {one.name for one in dataclasses.fields(Tool)} == {*OF_TOOL, *WHO, "deadline_seconds", "cache_seconds"}
    elsewhere = {"name", "runtime", "version", "settings", "input_schema", "output_schema", "timeout_seconds", "lane",
                 "limits", "cache_seconds"}  # fmt: skip
    fields = {one.name for one in dataclasses.fields(AgentSpec)}
    assert fields == elsewhere | set(PLAIN), "a new field of agents has to be written, too"
