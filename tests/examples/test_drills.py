"""Every shipped example is drilled (R10): each fault is caught or ends the run in words; the engine never stumbles."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.report import Verdict
from orchestrator.models import Event, Run, WorkflowVersion
from orchestrator.services import people
from orchestrator.services.drills import drill_workflow
from orchestrator.store import library
from tests.shipped import BOARD, shipped

NAMES = [one for one in shipped() if one != BOARD]


@pytest.fixture
def loaded(transactional_db: None) -> None:
    library._agent.cache_clear()
    library._workflow.cache_clear()
    call_command("apply", "examples", stdout=StringIO())


def test_no_fault_of_a_shipped_example_goes_unnoticed(loaded: None) -> None:
    me = people.shell_account()
    names = WorkflowVersion.objects.filter(is_current=True).values_list("name", flat=True)
    reports = {name: drill_workflow(me, name) for name in names}
    assert {*NAMES} <= {*reports}
    assert {name: one.clean.words for name, one in reports.items() if one.clean.how != "succeeded"} == {}
    cells = [(name, cell) for name, one in reports.items() for cell in one.cells]
    assert [(name, one.step, one.said) for name, one in cells if one.verdict == Verdict.MISSED] == []
    mute = [
        (name, one.step) for name, one in cells if one.verdict == Verdict.ENDS and not (one.ending and one.ending.words)
    ]
    assert mute == []
    assert {one.fault for _, one in cells if one.verdict == Verdict.CAUGHT} == {*Fault}, (
        "each of them is caught somewhere"
    )
    assert not Run.objects.exists()
    assert not Event.objects.exists()
