"""A run that was started before a pattern's next version finishes on the old one, though its process was replaced."""

from __future__ import annotations

import pytest

from orchestrator.core.patterns.catalogue import PARSERS
from orchestrator.core.patterns.contract import PatternParser
from orchestrator.models import Step, User, WorkflowVersion
from orchestrator.services import people, runs
from orchestrator.store import library
from tests import driven
from tests.core.test_written_out import Twice

FLOW = """
workflow: doubled
steps:
  - {id: a, twice: adviser}
  - {id: b, twice: adviser}
"""


def test_a_run_finishes_as_it_was_begun(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = Twice()
    monkeypatch.setitem(PARSERS, "twice", PatternParser(pattern))
    driven.agent("adviser")
    name = driven.workflow(people.shell_account(), FLOW)
    run_id = runs.start(operator, name, None).run_id
    pattern.times = 3
    library._workflow.cache_clear()  # another process reads it anew
    driven.finish(run_id, operator)
    paths = set(Step.objects.filter(run_id=run_id).values_list("path", flat=True))
    assert {"b/Call_0", "b/Call_1"} <= paths
    assert "b/Call_2" not in paths
    driven.workflow(people.shell_account(), FLOW)
    assert WorkflowVersion.objects.filter(name=name).count() == 2, "applied again it is another version"
    newer = driven.finish(runs.start(operator, name, None).run_id, operator)
    assert Step.objects.filter(run_id=newer.id, path="b/Call_2").exists()
