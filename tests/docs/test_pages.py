"""What the documentation says exists, is so called, and is all there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from prometheus_client import generate_latest

from orchestrator import environment, settings
from orchestrator.api import metrics
from orchestrator.api.app import api
from orchestrator.core.agents import AgentSpec
from orchestrator.core.boards import BoardSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.parse_board import read_board
from orchestrator.core.parse_steps import COMMON
from orchestrator.core.tree import Tree
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.http_settings import Rules
from orchestrator.supervisor import up, usage
from tests.docs.pages import PAGES, anchors, blocks, links
from tests.running import PROJECT

OWN_COMMANDS = {"up", "test"}
"""Those that manage.py carries out without Django."""
NEIGHBOURS = {"kind": ("gate",), "name": ("callable", "menu", "run"), "noun": ("agents",), "case": ("pipeline",),
              "pattern": ("contract", "hierarchy"), "rule": ("keep", "rules"), "how": ("best",),
              "view": ("rounds",)}  # fmt: skip
"""Something there is of every kind CONTRIBUTING names with <…>."""
PATHLIKE = re.compile(r"`((?:orchestrator|dashboard|tests|docs|static|templates|examples)/[\w./<>-]*)`")
CALL = re.compile(r"python3 manage\.py ([^`|\n]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_all_that_an_agent_holds_in_its_hand_is_in_the_table_and_no_more() -> None:
    text = (PROJECT / "docs" / "concepts.md").read_text()
    table = text.partition("a `Context`:")[2].partition("\n\nWhat it logs")[0]
    assert {*re.findall(r"`ctx\.(\w+)", table)} == {name for name in vars(Context) if not name.startswith("_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    for path in PATHLIKE.findall(page.read_text()):
        if page.parent.name == "decisions" and "…" in path:
            continue
        tried = [re.sub(r"<\w+>", neighbour, path) for neighbour in sum(NEIGHBOURS.values(), ())]
        assert any((PROJECT / one).exists() for one in tried), path


def spoken_of(page: Path) -> list[str]:
    """Return every call of manage.py on a page, in code and in words."""
    return [call.split("#")[0].strip() for call in CALL.findall(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists_and_takes_what_it_is_given(page: Path) -> None:
    for call in spoken_of(page):
        name, *rest = shlex.split(call.split("&&")[0].rstrip(")"))
        assert name in get_commands() or name in OWN_COMMANDS, call
        if name == "up":
            up.read(rest)
        elif name not in OWN_COMMANDS and not any(word.isupper() or "…" in word for word in rest):
            load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(rest)


def test_the_readme_lists_every_command_of_ours() -> None:
    ours = {path.stem for path in (PROJECT / "orchestrator/management/commands").glob("[a-z]*.py")}
    said = (PROJECT / "README.md").read_text()
    inner = {"prepare", "decide"}
    assert {name for name in ours - inner if f"{name}" not in said} == set()


def test_what_manage_says_without_a_command_are_the_commands_there_are() -> None:
    ours = {path.stem for path in (PROJECT / "orchestrator/management/commands").glob("[a-z]*.py")}
    said = {name for line in usage.COMMANDS for name in re.findall(r"(?:^|, )([a-z]+)", line)}
    assert said | {"prepare", "decide"} == ours | OWN_COMMANDS
    assert usage.text().count("\n  ") == len(usage.COMMANDS)


def test_every_setting_is_documented_and_no_other() -> None:
    text = (PROJECT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"`(SIGNALBOX_\w+|DATABASE_URL|REDIS_URL)`", text))
    assert settings.SECRET_KEY
    assert documented == environment.known | {"SIGNALBOX_BOOTSTRAP"}


def test_settings_that_other_pages_name_are_documented() -> None:
    known = environment.known | {"SIGNALBOX_BOOTSTRAP"}
    told = {
        "SIGNALBOX_REQUEST_ID",
        "SIGNALBOX_CORRELATION_ID",
        "SIGNALBOX_RUN_ID",
        "SIGNALBOX_STEP",
        "SIGNALBOX_ATTEMPT",
    }
    for page in PAGES:
        assert set(re.findall(r"\bSIGNALBOX_\w+", page.read_text())) <= known | told, page.name


def test_every_metric_is_documented_and_no_other() -> None:
    metrics.observe("GET", "tried", 200, 0.1)
    found = metrics.Metrics(
        runs={}, queue={}, used={}, approvals=metrics.Waiting(count=0, oldest_seconds=0), workers=0, slots=0,
        attempts={}, timers=metrics.Waiting(count=0, oldest_seconds=0),
    )  # fmt: skip
    names = {family.name for family in metrics.Counted(found).collect()} | {"signalbox_request_seconds"}
    assert "signalbox_request_seconds" in generate_latest(metrics.OWN).decode()
    text = (PROJECT / "docs" / "watching.md").read_text().replace("_total{", "{")
    assert set(re.findall(r"^\|.*", text, re.M)) != set()
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(signalbox_\w+)", rows)) == names


def test_the_api_page_names_only_calls_there_are() -> None:
    described: Any = api.get_openapi_schema()
    paths = {
        re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1")): calls for path, calls in described["paths"].items()
    }
    text = (PROJECT / "docs" / "api.md").read_text()
    calls = re.findall(r"`(GET|POST|PUT) (/[^`?]*)[^`]*`", text)
    assert len(calls) >= 15
    for method, path in calls:
        assert method.lower() in paths[re.sub(r"\{\w+\}", "{}", path)], (method, path)


def test_concepts_names_every_kind_of_step_and_every_runtime() -> None:
    text = (PROJECT / "docs" / "concepts.md").read_text()
    steps = text.partition("## Steps")[2].partition("## Gates")[0]
    assert set(re.findall(r"^\| (\w+) \|", steps, re.M)) - {"kind"} == set(KINDS)
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == set(Catalogue(roots=[]).names)
    assert all(f"`{word}`" in steps for word in COMMON if word != "id")


def test_the_chooser_leads_to_every_pattern() -> None:
    """A pattern nobody is led to is not used."""
    folder = PROJECT / "docs" / "patterns"
    text = (folder / "index.md").read_text()
    assert {path.name for path in folder.glob("*.md")} - {"index.md"} <= set(links(folder / "index.md"))
    rows = text.partition("## What each costs")[0]
    assert [number for number in range(1, 15) if f"(P{number})" not in rows] == []


def anybody(text: str) -> dict[str, AgentSpec]:
    """Return an agent, with no contract, for every word that could name one, or what it can do."""
    names = re.findall(r"[a-z][a-z0-9-]*", text)
    return {name: AgentSpec(name=name, role="", runtime="scripted", capabilities=(name,)) for name in names}


def yaml_blocks() -> list[tuple[str, str]]:
    found = [(page, block.text) for page in PAGES for block in blocks(str(page)) if block.language == "yaml"]
    return [(page.name, text) for page, text in found]


@pytest.mark.parametrize(("page", "text"), yaml_blocks(), ids=lambda one: one[:30].split("\n")[0])
def test_every_definition_reads_without_a_problem(page: str, text: str) -> None:
    if isinstance(yaml.safe_load(text), list):  # steps alone
        text = f"workflow: page\nsteps:\n{text}"
    tree: Tree = read_text(text)
    value = yaml.safe_load(text)
    if "workflow" in value:
        read = read_workflow(tree, anybody(text))
        assert isinstance(read, Workflow), read
    elif "agent" in value:
        catalogue = Catalogue(roots=[], http=Rules(names=("RISK_TOKEN", "RISK_SECRET")))
        assert not isinstance(read_agent(tree, catalogue), tuple), read_agent(tree, catalogue)
    elif "board" in value:
        board = read_board(tree)
        assert isinstance(board, BoardSpec), board
    else:
        assert "scrape_configs" in value, page


def test_the_agent_of_the_readme_is_one() -> None:
    (text,) = [block.text for block in blocks("README.md") if block.language == "python"]
    found: dict[str, Any] = {"__name__": "tests.docs.readme"}
    exec(compile(text, "README.md", "exec"), found)
    assert callable(found["word_counter"])
