"""Says on the console what a drill found."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.drill.report import WORDS, Cell, Ending, Report, Verdict

MARKS = {Verdict.CAUGHT: "✓", Verdict.ENDS: "▪", Verdict.MISSED: "✗", Verdict.APART: "–", Verdict.UNREACHED: "·"}


def told(report: Report) -> Iterator[str]:
    """Say it, step by step."""
    yield f"{report.workflow} {report.version[:7]}, {report.runs} dry runs"
    yield from (f"  {note}" for note in report.notes)
    yield f"without a fault: {_ended(report.clean)}"
    for row in report.rows:
        yield f"{row.step} ({row.agent or 'gate'})"
        yield from (line for cell in row.cells for line in _cell(cell))
    yield report.words


def _cell(cell: Cell) -> Iterator[str]:
    said = "" if cell.said == WORDS[cell.verdict] else f": {cell.said}"
    yield f"  {MARKS[cell.verdict]} {cell.fault.value:<10} {WORDS[cell.verdict]}{said}"
    if cell.ending is not None and cell.verdict != Verdict.APART:
        once = f"; {cell.once_words}: {cell.once.how}" if cell.once is not None else ""
        yield f"      {_ended(cell.ending, brief=cell.verdict == Verdict.ENDS)}{once}"


def _ended(one: Ending, *, brief: bool = False) -> str:
    """Say how a dry run ended and what it took; the reason is left out where it was said already."""
    words = f", {one.words}" if one.words and not brief else ""
    return f"{one.how}{words} · {one.attempts} attempt{'s'[: one.attempts != 1]}, {one.seconds:g} s of virtual time"
