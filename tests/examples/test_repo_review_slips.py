"""Any single slip in the shipped review workflow is told at its line."""

from __future__ import annotations

import re

from orchestrator.core.definition import Workflow
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.mutations import spots
from tests.core.slips import SLIPS, slips
from tests.examples.conftest import REVIEW, Hands

TEXT = (REVIEW / "workflow.yaml").read_text()


def test_every_value_of_the_file_has_words_that_cannot_stand_there() -> None:
    scalars = [spot.path for spot in spots(TEXT) if spot.role == "scalar"]
    assert [path for path in scalars if not any(re.fullmatch(pattern, path) for pattern in SLIPS)] == []


def test_a_slip_in_the_shipped_review_is_told_at_its_line(hands: Hands) -> None:
    untold: list[str] = []
    made = list(slips(TEXT))
    for slip in made:
        found = read_workflow(read_text(slip.text), hands.specs)
        lines = set() if isinstance(found, Workflow) else {problem.line for problem in found}
        if not slip.lines <= lines:
            untold.append(f"{slip.path}: {slip.what}: expected at {sorted(slip.lines)}, told at {lines}")
    assert untold == []
    assert len(made) > 250
