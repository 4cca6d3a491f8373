"""Any single slip in a valid workflow file is told at its line, and several slips are told all at once."""

from __future__ import annotations

import itertools
import random
import re

import pytest
import yaml

from orchestrator.core.definition import Workflow
from orchestrator.core.parse import Problems
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.mutations import Mutation, replace, spots, without
from tests.core.review import AGENTS, WORKFLOW
from tests.core.slips import REQUIRED, SLIPS, slips

SPOTS = spots(WORKFLOW)
VALUES = {spot.path: spot for spot in SPOTS if spot.role != "key"}


def problems(text: str) -> Problems:
    read = read_workflow(read_text(text), AGENTS)
    return () if isinstance(read, Workflow) else read


def lines(found: Problems) -> set[int | None]:
    return {problem.line for problem in found}


def told(found: Problems) -> str:
    return "\n".join(f"{problem.line}: {problem}" for problem in found)


def references(pattern: str) -> set[int]:
    return {spot.line for spot in SPOTS if spot.role == "scalar" and re.search(pattern, spot.text)}


ALL_SLIPS = list(slips(WORKFLOW))


def test_the_workflow_is_valid_as_it_stands() -> None:
    assert problems(WORKFLOW) == ()


def test_every_value_of_the_file_has_words_that_cannot_stand_there() -> None:
    scalars = [spot.path for spot in SPOTS if spot.role == "scalar"]
    uncovered = [path for path in scalars if not any(re.fullmatch(pattern, path) for pattern in SLIPS)]
    assert uncovered == []
    assert len(ALL_SLIPS) > 500


@pytest.mark.parametrize("slip", ALL_SLIPS, ids=lambda slip: f"{slip.path}: {slip.what}")
def test_a_slip_is_told_at_its_line(slip: Mutation) -> None:
    found = problems(slip.text)
    assert slip.lines <= lines(found), told(found)
    assert all(problem.message and problem.line for problem in found)


@pytest.mark.parametrize("path", [spot.path for spot in SPOTS if spot.role == "key"])
def test_a_dropped_key_is_told_at_what_encloses_it(path: str) -> None:
    key = next(spot for spot in SPOTS if spot.role == "key" and spot.path == path)
    mutated = without(WORKFLOW, key)
    assert yaml.safe_load(mutated) != yaml.safe_load(WORKFLOW)
    found = problems(mutated)
    if re.fullmatch(REQUIRED, path):
        holder = path.rpartition(".")[0]
        line = next(spot.name_line for spot in spots(mutated) if spot.path == holder and spot.role != "key")
        assert line in lines(found), told(found)


@pytest.mark.parametrize(
    "path", [spot.path for spot in SPOTS if spot.role == "mapping" and WORKFLOW[spot.begin] not in "[{" and spot.path]
)
def test_a_word_in_place_of_a_block_is_told_at_its_name(path: str) -> None:
    document = yaml.safe_load(WORKFLOW)
    holder, last = _parent(document, path)
    holder[last] = 7
    text = yaml.safe_dump(document, sort_keys=False)
    line = next(spot.name_line for spot in spots(text) if spot.path == path and spot.role != "key")
    assert line in lines(problems(text)), told(problems(text))


def _parent(document: object, path: str) -> tuple[object, str | int]:
    parts = [int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)]
    for part in parts[:-1]:
        document = document[part]
    return document, parts[-1]


@pytest.mark.parametrize("path", [spot.path for spot in SPOTS if spot.role == "scalar" and spot.path.endswith(".id")])
def test_a_renamed_step_is_told_wherever_it_is_referred_to(path: str) -> None:
    spot = VALUES[path]
    expected = references(rf"\bsteps\.{spot.text}\b") | references(rf"^{spot.text}$") - {spot.line}
    found = problems(replace(WORKFLOW, spot, "renamed", "renamed").text)
    assert expected
    assert expected == lines(found), told(found)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("input.properties.path", r"^path$|input\.path"),
        ("input.properties.strict", r"input\.strict"),
        ("steps[5].gate.show.summary", r"^summary$|sign_off\.output\.summary"),
    ],
)
def test_a_renamed_field_is_told_wherever_it_is_referred_to(path: str, pattern: str) -> None:
    key = next(spot for spot in SPOTS if spot.role == "key" and spot.path == path)
    found = problems(replace(WORKFLOW, key, "renamed", "renamed").text)
    assert references(pattern) <= lines(found), told(found)


@pytest.mark.parametrize("path", ["steps[1].map.as", "steps[2].map.as"])
def test_a_renamed_item_is_told_wherever_it_is_referred_to(path: str) -> None:
    spot = VALUES[path]
    found = problems(replace(WORKFLOW, spot, "renamed", "renamed").text)
    assert references(rf"^{spot.text}\.") <= lines(found), told(found)


def test_a_step_called_like_another_is_told_at_the_second() -> None:
    spot = VALUES["steps[4].id"]
    assert spot.line in lines(problems(replace(WORKFLOW, spot, "survey", "same id").text))


def test_a_key_that_stands_twice_is_told_at_the_second() -> None:
    spot = next(spot for spot in SPOTS if spot.role == "key" and spot.path == "steps[0].timeout")
    doubled = WORKFLOW[: spot.begin] + "agent: surveyor\n    " + WORKFLOW[spot.begin :]
    (found,) = problems(doubled)
    assert (found.line, found.path, found.hint) == (
        spot.line,
        "steps[0].agent",
        f"the first is in line {spot.line - 2}",
    )


GIVES_SHAPE = re.compile(r"^(input|workflow|output)|^steps$|\.(id|agent|as|over|map)$|edit|show")
"""Places whose slip leaves the shape of a value unknown: a slip in a name of its fields cannot be seen beside it."""


def independent(slips: list[Mutation]) -> bool:
    apart = all(one.end <= other.begin for one, other in itertools.pairwise(slips))
    steps = {re.sub(r"^(steps\[\d+\]).*", r"\1", slip.path) for slip in slips}
    return apart and len(steps) == len(slips) and not any(GIVES_SHAPE.search(slip.path) for slip in slips)


@pytest.mark.parametrize("seed", range(150))
def test_several_slips_are_told_all_at_once(seed: int) -> None:
    dice = random.Random(seed)
    while True:
        chosen = sorted(dice.sample(ALL_SLIPS, 3), key=lambda slip: slip.begin)
        if independent(chosen):
            break
    text = WORKFLOW
    for slip in reversed(chosen):
        text = text[: slip.begin] + slip.new + text[slip.end :]
    expected = frozenset().union(*(slip.lines for slip in chosen))
    found = problems(text)
    assert expected <= lines(found), f"{[(slip.path, slip.what) for slip in chosen]}\n{told(found)}"
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
