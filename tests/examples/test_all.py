"""What holds of every shipped example: it fits its agents, says in a sentence what it does, and needs no input."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest

from orchestrator.core.defaults import filled
from tests.examples.conftest import Hands
from tests.examples.reading import EXAMPLES, workflow

NAMES = sorted(file.parent.name for file in EXAMPLES.glob("*/workflow.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_fits_its_agents_and_runs_with_nothing_given(name: str, hands: Hands) -> None:
    read = workflow(name, hands.catalogue)
    assert re.fullmatch(r"[A-Z][^.]*\.", read.role)
    schema = dict(read.input_schema)
    jsonschema_rs.validate(schema, filled(schema, {}))


def test_no_two_examples_have_the_same_name(hands: Hands) -> None:
    names = [workflow(name, hands.catalogue).name for name in NAMES]
    assert len(set(names)) == len(names)
