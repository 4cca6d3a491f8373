"""What a drill looks like on the page of a workflow: a table of steps and faults, each cell in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.drill.catches import By
from orchestrator.core.drill.faults import MEANS, Fault
from orchestrator.core.drill.report import WORDS, Cell, Ending, Report, Verdict, counted

LAMPS = {"succeeded": "succeeded", "degraded": "succeeded", "waits": "waiting"}
"""How a dry run ended, to the status its lamp is coloured by; all others have failed."""
MARKS = {Verdict.CAUGHT: "✓", Verdict.ENDS: "■", Verdict.MISSED: "✗", Verdict.APART: "–", Verdict.UNREACHED: "·"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One cell as it is shown."""

    cell: Cell
    mark: str
    words: str
    lamp: str
    """The status it is coloured by; empty where nothing was run."""
    once_lamp: str
    """The same for when the fault happens once only."""
    caught_by: tuple[str, ...]
    """What took the fault up; that the run failed is said by its end."""

    @property
    def is_quiet(self) -> bool:
        """Tell whether there is nothing to look at."""
        return self.cell.verdict in (Verdict.APART, Verdict.UNREACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step."""

    step: str
    agent: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A drill as it is shown."""

    report: Report
    faults: tuple[tuple[Fault, str], ...]
    """Each with what it means."""
    lines: tuple[Line, ...]
    lamp: str
    """Of the run without a fault."""
    counts: tuple[tuple[str, str, int], ...]
    """Mark, words and how many cells, for each verdict there is."""


def table(report: Report) -> Table:
    """Lay a drill out."""
    lines = tuple(Line(step=row.step, agent=row.agent, boxes=_boxes(row.cells)) for row in report.rows)
    counts = tuple((MARKS[one], counted(one, found), found) for one in Verdict if (found := report.count(one)))
    return Table(report=report, faults=tuple((one, MEANS[one]) for one in report.faults), lines=lines,
                 lamp=lamp(report.clean), counts=counts)  # fmt: skip


def lamp(ending: Ending | None) -> str:
    """Return the status an end is coloured by."""
    return "" if ending is None else LAMPS.get(ending.how, "failed")


def _boxes(cells: Sequence[Cell]) -> tuple[Box, ...]:
    return tuple(
        Box(cell=one, mark=MARKS[one.verdict], words=WORDS[one.verdict], lamp=lamp(one.ending),
            once_lamp=lamp(one.once), caught_by=tuple(str(each) for each in one.caught_by if each.by != By.FAILED))
        for one in cells
    )  # fmt: skip
