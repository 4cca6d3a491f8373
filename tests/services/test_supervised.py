"""Supervised work in the database: what a supervisor can't mend is answered in the inbox; books and rows agree (P4)."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.models import Event, Gate, Run, Step, User
from orchestrator.queries import gates as inbox
from orchestrator.services import gates, runs
from orchestrator.store.verify import findings
from orchestrator.wiring import driver, store
from tests import cast, driven

TEXT: Json = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
DRAFT = """
workflow: drafts
input: {type: object}
steps:
  - id: draft
    handoff:
      agents: [writer, other]
      check: [{name: long enough, check: size(output.text) > 5, why: say more}]
      retries: 0
      escalate: {title: Is this enough?}
"""
POOL = """
workflow: pool
input: {type: object}
steps:
  - id: letters
    supervise: {over: input.items, as: letter, agents: [writer, other], check: {said: "output.text != ''"}}
"""


@pytest.fixture(autouse=True)
def _agents(transactional_db: None) -> None:
    for name in ("writer", "other"):
        driven.agent(name, returns=TEXT)


@pytest.fixture
def asked(operator: User) -> Gate:
    """Return the question a person is asked about a draft that two agents wrote too short."""
    driven.workflow(cast.person("builder"), DRAFT)
    run = runs.start(operator, "drafts", {})
    for _ in range(2):
        [claimed] = driven.claim()
        driven.tell(claimed, {"text": "no"})
    [gate] = inbox.gates(operator, run_id=run.run_id).items
    return gate


def test_an_escalation_is_answered_in_the_inbox(operator: User, asked: Gate) -> None:
    """P4: what nobody could mend stands in the inbox with the work and the checks; the answer is the result."""
    assert (asked.title, asked.path, asked.shown) == (
        "Is this enough?", "draft/Person",
        {"output": {"text": "no"}, "failed": ["long enough"], "why": "long enough (say more)"},
    )  # fmt: skip
    gates.decide(operator, asked.pk, "approve", {"output": {"text": "long enough now"}}, "mine")
    run = Run.objects.get()
    assert (run.status, run.output) == ("succeeded", {"text": "long enough now"})
    assert list(findings(store(), driver().actor.library, run.id)) == []


def test_an_approval_as_it_is_marks_the_run(operator: User, asked: Gate) -> None:
    """R12."""
    gates.decide(operator, asked.pk, "approve")
    assert Step.objects.get(path="draft").degraded == "accepted at the gate although long enough failed"


def test_a_change_of_another_kind_is_refused_at_once(operator: User, asked: Gate) -> None:
    with pytest.raises(RejectedError):
        gates.decide(operator, asked.pk, "approve", {"output": "just text"})
    assert Gate.objects.get(pk=asked.pk).status == "open"


def test_a_pool_in_the_database_is_its_events(operator: User) -> None:
    """P4, R7: verify finds rows, queue and events of a pool in agreement while it works and at its end."""
    driven.workflow(cast.person("builder"), POOL)
    run_id = runs.start(operator, "pool", {"items": list(range(9))}).run_id
    for said in ("x", "", "", "x"):
        for claimed in driven.claim(2):
            driven.tell(claimed, {"text": said})
        assert list(findings(store(), driver().actor.library, run_id)) == []
    while claims := driven.claim(4):
        for claimed in claims:
            driven.tell(claimed, {"text": "x"})
    driven.work_off()
    run = Run.objects.get()
    assert (run.status, run.output) == ("succeeded", [{"text": "x"}] * 9)
    assert Event.objects.filter(run_id=run_id, type="work.moved").exists()
    assert list(findings(store(), driver().actor.library, run_id)) == []


@pytest.mark.parametrize("claimed", [1, 2])
def test_only_what_no_worker_has_taken_is_taken_away(operator: User, claimed: int) -> None:
    """A claim is seen at once, though its start is told later."""
    driven.workflow(cast.person("builder"), POOL.replace("check:", "slots: {least: 2, most: 2}, retries: 0, check:"))
    runs.start(operator, "pool", {"items": list(range(12))})
    for one in driven.claim(4):
        if one.agent == "writer":
            driven.tell(one, {"text": ""})
    claims = [one for one in driven.claim(claimed) if one.agent == "writer"]
    assert len(claims) == claimed
    driven.tell(claims[0], {"text": ""})
    taken = [event.data["item"] for event in Event.objects.filter(type="work.taken")]
    assert len(taken) == 2 - claimed
    if claimed == 2:
        assert driven.tell(claims[1], {"text": "x"}).status == 200
