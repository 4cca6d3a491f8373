"""What a drill found: one cell for each step and fault, in the same words on pages, over HTTP and in the shell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from orchestrator.core.drill.catches import Catch
from orchestrator.core.drill.faults import Fault
from orchestrator.core.outcomes import Json


class Verdict(StrEnum):
    """What is to be thought of a cell."""

    CAUGHT = "caught"  # the run goes on: it comes to its end, whole or degraded, or a person is asked
    ENDS = "ends"  # the run fails, and says why
    MISSED = "missed"  # it goes on without end, or succeeds with a value nobody should have taken
    APART = "apart"  # the fault can't happen there
    UNREACHED = "unreached"  # with this input the run does not come there


WORDS: dict[Verdict, str] = {
    Verdict.CAUGHT: "caught", Verdict.ENDS: "ends the run, with a reason", Verdict.MISSED: "NOT caught",
    Verdict.APART: "does not apply", Verdict.UNREACHED: "not reached",
}  # fmt: skip
_OF_MANY = {Verdict.ENDS: "end the run, with a reason", Verdict.APART: "do not apply"}


def counted(verdict: Verdict, count: int) -> str:
    """Say a verdict of so many cells: `caught`, `end the run, with a reason`."""
    return WORDS[verdict] if count == 1 else _OF_MANY.get(verdict, WORDS[verdict])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one dry run came to its end."""

    how: str
    """succeeded, degraded, failed, waits (for a person) or endless."""
    words: str = ""
    """The reason, where it is not a plain success."""
    attempts: int = 0
    seconds: float = 0.0
    """Virtual time."""

    @property
    def is_good(self) -> bool:
        """Tell whether it came to a result."""
        return self.how in ("succeeded", "degraded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fault in one step."""

    step: str
    fault: Fault
    verdict: Verdict
    words: str = ""
    """Why it does not apply, or what was missed."""
    caught_by: tuple[Catch, ...] = ()
    """What took it up, in order, when it lasted."""
    ending: Ending | None = None
    once: Ending | None = None
    """How the run ends when it happens once only, or once a person has answered; None where that is the same."""

    @property
    def said(self) -> str:
        """Say the cell in one sentence."""
        return self.words or ", then ".join(str(one) for one in self.caught_by) or WORDS[self.verdict]

    @property
    def once_words(self) -> str:
        """Say when it ends so: `once only`."""
        return "once answered" if self.fault == Fault.ESCALATE else "once only"

    def as_once_of(self, lasting: Cell) -> Cell:
        """Return the cell of what lasts, with how the run ends when it happens once."""
        return replace(lasting, once=self.ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step with its cells."""

    step: str
    agent: str
    """Who does it; empty for a gate."""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """See the module."""

    workflow: str
    version: str
    seed: int
    input: Json
    clean: Ending
    """The dry run without a fault."""
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    """What to know of it: gates that were passed by rule, steps that were left out."""
    runs: int = 0
    """Dry runs it took."""
    faults: tuple[Fault, ...] = field(default=tuple(Fault))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return all cells, row by row."""
        return tuple(cell for row in self.rows for cell in row.cells)

    def count(self, verdict: Verdict) -> int:
        """Return how many cells have a verdict."""
        return sum(cell.verdict == verdict for cell in self.cells)

    @property
    def is_good(self) -> bool:
        """Tell whether the clean run came to a result and everything was caught or ended with a reason."""
        return self.clean.is_good and not self.count(Verdict.MISSED)

    @property
    def words(self) -> str:
        """Sum it up in one sentence."""
        parts = [f"{found} {counted(one, found)}" for one in Verdict if (found := self.count(one))]
        return f"{len(self.cells)} cells: {', '.join(parts)}" if parts else "there is nothing to drill"


def as_json(report: Report) -> dict[str, Json]:
    """Return what programs read of a drill, over HTTP and in the shell."""
    rows: list[Json] = [
        {"step": row.step, "agent": row.agent, "cells": [_cell(one) for one in row.cells]} for row in report.rows
    ]
    return {
        "workflow": report.workflow, "version": report.version, "seed": report.seed, "input": report.input,
        "good": report.is_good, "words": report.words, "clean": _ending(report.clean), "rows": rows,
        "notes": list[Json](report.notes), "runs": report.runs,
    }  # fmt: skip


def _cell(one: Cell) -> dict[str, Json]:
    caught: list[Json] = [{"by": each.by.value, "words": each.words, "times": each.times} for each in one.caught_by]
    return {
        "fault": one.fault.value, "verdict": one.verdict.value, "said": one.said, "caught_by": caught,
        "ending": None if one.ending is None else _ending(one.ending),
        "once": None if one.once is None else _ending(one.once),
    }  # fmt: skip


def _ending(one: Ending) -> dict[str, Json]:
    return {"how": one.how, "words": one.words, "attempts": one.attempts, "seconds": one.seconds}
