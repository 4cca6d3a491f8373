"""Judges one cell of a drill: what took the fault up, how the run ended, and whether that is good enough."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.asking import ASK
from orchestrator.core.drill.applies import outcome, rival, told_in
from orchestrator.core.drill.catches import By, Catch, catches
from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.report import Cell, Ending, Verdict
from orchestrator.core.ids import StepPath, ancestors, parent
from orchestrator.core.people import FORM
from orchestrator.core.status import RunStatus
from orchestrator.engine.drill.dry import Trace
from orchestrator.engine.drill.hands import Asked

PASSES = "what fits its contract passes: it is not asked again"
ONE_ANSWER = "its contract lets it say one thing only"
UNHEARD = "another step speaks for its branch, and what is made up for that one does not change"
SAME_END = "it is caught; later the run fails as it does without the fault"
UNNOTICED = "the run succeeds as if nothing had happened"
SWALLOWED = "the outcome is another one, and nothing tells that it was contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A dry run with a fault, beside the one without."""

    asked: Asked
    fault: Fault
    clean: Trace
    trace: Trace


def ending(trace: Trace) -> Ending:
    """Say how a dry run ended."""
    how, words = _how(trace)
    return Ending(how=how, words=words, attempts=trace.count, seconds=round(trace.seconds, 3))


def _how(trace: Trace) -> tuple[str, str]:
    if trace.cut:
        return "endless", trace.cut
    if trace.waits:
        return "waits", f"for a person, at '{trace.waits.removesuffix(f'/{FORM}').removesuffix(f'/{ASK}')}'"
    if trace.status != RunStatus.SUCCEEDED:
        return trace.status.value, trace.reason
    return "degraded" if trace.degraded else "succeeded", trace.degraded


def judged(one: Tried) -> Cell:
    """Judge a dry run."""
    found = catches(one.trace.told, one.clean.told, {**one.clean.nodes, **one.trace.nodes})
    if one.fault == Fault.CONFLICT:
        found = (*found, *_merged(one))
    verdict, words = _verdict(one, found)
    if verdict == Verdict.ENDS:
        found = (*found, Catch(by=By.FAILED, words=f"the run fails: {one.trace.reason}"))
    step = one.asked.place.removesuffix(f"/{FORM}")
    return Cell(step=step, fault=one.fault, verdict=verdict, words=words, caught_by=found, ending=ending(one.trace))


def _verdict(one: Tried, found: tuple[Catch, ...]) -> tuple[Verdict, str]:
    trace = one.trace
    if trace.broke:
        return Verdict.MISSED, f"the engine stumbled: {trace.broke}"
    if trace.cut:
        return Verdict.MISSED, trace.cut
    if not trace.hits:
        return (Verdict.APART, ONE_ANSWER) if one.fault == Fault.CONFLICT else (Verdict.UNREACHED, "")
    if one.fault == Fault.CONFLICT and _is_unheard(one):
        return Verdict.APART, UNHEARD
    if trace.waits:
        return Verdict.CAUGHT, "" if found else f"it waits at '{trace.waits}' for as long as it takes"
    return _of_success(one, found) if trace.status == RunStatus.SUCCEEDED else _of_failure(one, found)


def _of_failure(one: Tried, found: tuple[Catch, ...]) -> tuple[Verdict, str]:
    if not one.trace.reason:
        return Verdict.MISSED, "the run fails without a reason"
    if one.trace.reason == one.clean.reason and found:
        return Verdict.CAUGHT, SAME_END
    return Verdict.ENDS, ""


def _of_success(one: Tried, found: tuple[Catch, ...]) -> tuple[Verdict, str]:
    if found:
        return Verdict.CAUGHT, ""
    if one.trace.degraded and one.fault not in (Fault.CONFLICT, Fault.LOOP):
        return Verdict.CAUGHT, f"it is told with what is lacking anyway: {one.trace.degraded}"
    match one.fault:
        case Fault.LOOP:
            return Verdict.APART, PASSES
        case Fault.MALFORMED if one.trace.slipped:
            return Verdict.MISSED, f"{one.asked.agent} promises nothing, so anything is taken for its answer"
        case Fault.CONFLICT:
            same = _outcomes(one)
            return (Verdict.CAUGHT, "the outcome stays the same") if same else (Verdict.MISSED, SWALLOWED)
        case _:
            return Verdict.MISSED, UNNOTICED


def _merged(one: Tried) -> tuple[Catch, ...]:
    """Say what the step that makes one of several answers tells of the odd one out."""
    spot = rival(one.asked.spot, one.clean.nodes)
    value = outcome(one.trace.told, spot)
    words = told_in(value) if value != outcome(one.clean.told, spot) else ""
    return (Catch(by=By.MERGE, words=words),) if words else ()


def _is_unheard(one: Tried) -> bool:
    """Tell whether others never get to hear the odd word: what its branch comes to is the same as without it."""
    spot, top = one.asked.spot, rival(one.asked.spot, one.clean.nodes)
    branch = next((each for each in (spot, *ancestors(StepPath(spot))) if (parent(StepPath(each)) or "/") == top), spot)
    said = outcome(one.clean.told, branch)
    return branch != spot and said is not None and outcome(one.trace.told, branch) == said


def _outcomes(one: Tried) -> bool:
    """Tell whether the contradicted step came to the same with and without the odd one out."""
    spot = rival(one.asked.spot, one.clean.nodes)
    return outcome(one.trace.told, spot) == outcome(one.clean.told, spot)
