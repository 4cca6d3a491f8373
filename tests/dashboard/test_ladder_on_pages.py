"""C2: the view of a ladder with levels shows every rung, who was asked, and why it went up."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.models import User
from tests import driven
from tests.dashboard.patterned import all_say, begun, view

pytestmark = pytest.mark.django_db
FLOW = """
workflow: climbing
role: Climbs.
input: {type: object, properties: {difficulty: {type: string}}}
steps:
  - id: l
    ladder:
      agents: {easy: small, medium: middle, hard: large}
      difficulty: input.difficulty
      with: {n: "1"}
      check: {enough: output.n > 5}
"""


def test_the_view_shows_the_rungs_and_why_it_went_up(operator: User, operator_client: Client) -> None:
    for name in ("small", "middle", "large"):
        driven.agent(name, returns=driven.NUMBER)
    run_id = begun(operator, FLOW, {"difficulty": "medium"})
    all_say(middle={"n": 1}, large={"n": 9})
    shown = view(operator_client, run_id, "l")
    assert re.findall(r'data-worker="(\w+)"', shown) == ["small", "middle", "large"]
    assert re.findall(r'data-verdict="(\w+)"', shown) == ["pass", "reroute"], "the latest first"
    assert "Checked: " in shown
    assert shown.count("enough") == 2, "what is checked, and what did not hold"
