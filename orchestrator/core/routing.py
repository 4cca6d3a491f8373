"""Who may do a piece of work, and who of them gets it: by capability, contract, tools, context and trust (A3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.core import people, replacing
from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.outcomes import Json
from orchestrator.reliability import trust
from orchestrator.reliability.trust import Measured, Record, Wishes

CONTEXT = "context"
"""Name of the limit of an agent that says how many tokens it can be given."""

CONTRACT = "another contract"
"""Words by which a reason is known that is about contracts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a route asks for."""

    capability: str = ""
    """What they can do; empty where they are named."""
    among: tuple[str, ...] = ()
    like: str = ""
    """The agent whose contract counts; empty means the contract that most of them have."""
    tools: tuple[str, ...] = ()
    """What each must have among its tools."""
    context: int = 0
    """Tokens that each must be able to take."""
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who was chosen, and why; of whom nobody was, why not."""

    agent: str
    why: str
    candidates: list[Json]
    """Of each what was known of it, and why it was left out."""


def unfit(asked: Asked, specs: Sequence[AgentSpec]) -> dict[str, str]:
    """Say of each agent why it can't do what is asked; empty for one that can."""
    if not specs:
        return {}
    model = next((one for one in specs if one.name == (asked.like or (*asked.among, "")[0])), None)
    model = model or replacing.commonest(specs)
    return {one.name: "; ".join(_unfit(asked, one, model)) for one in specs}


def _unfit(asked: Asked, spec: AgentSpec, model: AgentSpec) -> Iterator[str]:
    wrong = list(replacing.differences(model, spec))
    if wrong:
        yield f"it has {CONTRACT} than {model.name}: {'; '.join(wrong[:3])}"
    lacks = [name for name in asked.tools if not any(name in _names(tool) for tool in spec.tools)]
    if lacks:
        yield f"it lacks {', '.join(lacks)} among its tools"
    most = spec.limits.get(CONTEXT)
    if most is not None and most < asked.context:
        yield f"it takes {most:g} tokens, {asked.context} are asked for"


def _names(tool: Tool) -> tuple[str, ...]:
    return tool.name, tool.agent, tool.mcp, tool.python, tool.python.rpartition(":")[2]


def choose(
    asked: Asked, specs: Sequence[AgentSpec], tried: Mapping[str, str], measure: Callable[[Sequence[str]], Measured],
    dice: Callable[[], float],
) -> Choice:  # fmt: skip
    """Choose one of the agents; `tried` are those that had it and failed, with the reason.

    Who gets no work just now, and a person, is chosen only where there is nobody else, and waits then.
    """
    out = {**unfit(asked, specs), **{name: f"it failed here: {why}" for name, why in tried.items()}}
    able = [one for one in specs if not out[one.name]]
    known = measure([one.name for one in able]) if able else Measured()
    denied = {one.name: "a person is asked by name" for one in able if people.is_person(one)} | {**known.denied}
    free = [one.name for one in able if one.name not in denied]
    names = free or [one.name for one in able]
    records = {name: known.records.get(name, Record()) for name in names}
    scores = trust.scores(records, dice, asked.wishes)
    best = max(scores, key=lambda name: scores[name]) if scores else ""
    if free:
        out |= {name: why for name, why in denied.items() if name not in records}
    rows = [_row(one.name, out[one.name], records.get(one.name), scores.get(one.name)) for one in specs]
    return Choice(agent=best, why=_why(best, records, denied, len(specs)), candidates=rows)


def _row(name: str, out: str, record: Record | None, score: float | None) -> Json:
    if record is None or score is None:
        return {"agent": name, "out": out}
    low, high = record.trust.interval()
    known: dict[str, Json] = {"usd": record.usd, "seconds": record.seconds, "load": record.load or None}
    row: dict[str, Json] = {
        "agent": name, "score": round(score, 3), "trust": round(record.trust.mean, 3), "low": round(low, 3),
        "high": round(high, 3), "tried": record.trust.tried,
    }  # fmt: skip
    return {**row, **{key: value for key, value in known.items() if value is not None}}


def _why(best: str, records: Mapping[str, Record], denied: Mapping[str, str], asked: int) -> str:
    if not best:
        return "nobody can do it" if asked else "there is nobody"
    if best in denied:
        return f"there is nobody else, though {denied[best]}"
    trusted = max(records, key=lambda name: records[name].trust.mean)
    if len(records) == 1:
        return "there is nobody else"
    if records[best].trust.mean < records[trusted].trust.mean - 0.05:
        is_new = not records[best].trust.tried
        return f"tried to learn how it does{' at all' * is_new}; {trusted} is trusted more"
    return f"the highest score of {len(records)}"
