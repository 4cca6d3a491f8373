"""That a fold which would alter finished runs is caught: each of these changes fails the golden histories (R7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core import book, fold
from orchestrator.core.events import AttemptEnded, AttemptQueued, StepEnded, StepsOpened, SubtreeCancelled
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.status import RunStatus
from orchestrator.store import rows
from tests.histories.test_histories import FILES, check_fold, check_rows, load

Change = Callable[[pytest.MonkeyPatch], None]


def counting(fact: type, **counts: int) -> Change:
    """Have the run count something else when this fact happens."""

    def change(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(fold._RUN_CHANGES, fact, lambda book, fact: counts)

    return change


def forgetful(kind: str) -> Change:
    """Have a kind remember nothing."""
    return lambda patch: patch.setattr(type(KINDS[kind]), "fold", lambda self, state, fact: state)


def never_waits(patch: pytest.MonkeyPatch) -> None:
    before = fold._shown
    patch.setattr(
        fold,
        "_shown",
        lambda run, changes: RunStatus.RUNNING if (is_ := before(run, changes)) == RunStatus.WAITING else is_,
    )


def no_reasons(patch: pytest.MonkeyPatch) -> None:
    before = fold._move
    patch.setattr(fold, "_move", lambda state, status, **more: before(state, status, **{**more, "reason": ""}))


def nothing_is_given_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book, "after_sweep", lambda state, top, at: state)


def no_times(patch: pytest.MonkeyPatch) -> None:
    before = fold._next
    patch.setattr(fold, "_next", lambda state, fact, at: replace(before(state, fact, at), ended_at=None))


def no_notes(patch: pytest.MonkeyPatch) -> None:
    before = rows.attempt_row
    patch.setattr(rows, "attempt_row", lambda *given: (*before(*given)[:9], "", *before(*given)[10:]))


def no_roles(patch: pytest.MonkeyPatch) -> None:
    before = rows.gate_row
    patch.setattr(rows, "gate_row", lambda *given: (*before(*given)[:8], "viewer", *before(*given)[9:]))


CHANGES: dict[str, Change] = {
    "attempts that end cost nothing": counting(AttemptEnded),
    "retries are not counted": counting(AttemptQueued, active=1),
    "ended steps are not counted": counting(StepEnded),
    "items are not counted": counting(StepsOpened),
    "what is given up is not counted": counting(SubtreeCancelled),
    **{f"{kind} remembers nothing": forgetful(kind) for kind in KINDS},
    "a run never waits": never_waits, "reasons are dropped": no_reasons, "nothing is given up": nothing_is_given_up,
    "steps end at no time": no_times, "attempts keep no note": no_notes, "anybody may decide": no_roles,
}  # fmt: skip


def is_altered(file: Path) -> bool:
    """Tell whether a history reads differently now."""
    history = load(file)
    try:
        check_fold(history)
        check_rows(history)
    except Exception:  # noqa: BLE001 - to raise is to read differently, too
        return True
    return False


def test_unchanged_all_histories_read_as_they_did() -> None:
    assert not any(map(is_altered, FILES))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_alters_a_finished_run_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    CHANGES[name](monkeypatch)
    assert any(map(is_altered, FILES))
