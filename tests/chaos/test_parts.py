"""One process of the embedded tree, killed in the middle of the job while all the others live on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from orchestrator.engine.caretaker import LEASE_SECONDS
from tests.chaos.kills import Plain, events_of
from tests.chaos.review import Operator, faults
from tests.conftest import poll

WITHIN = {"worker": LEASE_SECONDS + 10, "valkey": 30.0, "timers": 10.0, "web": 15.0}
"""Seconds in which the job must be over; the first from S3, the second from S13."""


@pytest.mark.parametrize("name", WITHIN)
def test_the_job_finishes_when_one_part_is_killed(plain: Plain, name: str) -> None:
    """R5: the supervisor brings the part back, and what it had in hand is done."""
    tree, key = plain.tree, f"without {name}"
    operator = Operator(plain.api, tree.data / "shop", key)
    operator.start()
    poll(lambda: events_of(tree, key)[0] > 33, "tools are at work", 20)
    before = tree.child(name)
    os.kill(before, signal.SIGKILL)
    killed = time.monotonic()
    operator.join(WITHIN[name])
    assert not operator.is_alive(), f"{name} was killed and the gate did not come\n{tree.words()}"
    assert not operator.problem, operator.problem
    plain.api.ended(operator.run_id, WITHIN[name])
    seconds = time.monotonic() - killed
    print(f"\n  {name} killed at work: the job was over {seconds:.1f} s later")
    wrong = faults(tree.books, tree.starts, tree.data, operator, plain.counts)
    assert not wrong, "\n".join([f"without {name}, run {operator.run_id}:", *wrong])
    assert seconds < WITHIN[name]
    poll(lambda: tree.child_or_none(name) not in (None, before), f"{name} is back", 20)
