"""Every rule keeps its promises: a name no agent can have, a contract, and the same answer each time."""

from __future__ import annotations

import pytest

from orchestrator.core.parse import Reader
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.rules.contract import Rule
from orchestrator.core.tree import from_plain


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_no_agent_can_be_called_like_a_rule(rule: Rule) -> None:
    reader = Reader()
    reader.slug(from_plain(rule.name), "an agent")
    assert reader.problems
    assert (rule.spec.name, rule.spec.runtime) == (rule.name, "rule")


def test_keep_hands_on_what_it_is_given() -> None:
    assert RULES["rule.keep"].run({"a": 1}) == {"a": 1}
