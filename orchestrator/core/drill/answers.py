"""What an agent answers in a drill: made up from its contract, and of what it is given where a pattern asks for that.

Nobody works: the answer to one input is always the same one, so that everything that differs comes from a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.drill.samples import NO_HINTS, TASTES, Hints, Taste, fits, sample
from orchestrator.core.outcomes import Json

Given = Mapping[str, Json]
_SAYS = re.compile(r"^output((?:\.[A-Za-z_]\w*)*)\s*==\s*(.+)$")
"""An expectation that says what a part of the output is."""
MOST_TASKS = 2
PART = "it"
"""What a request consists of."""


def answer(
    spec: AgentSpec, given: Given, taste: Taste = TASTES[0], *, hints: Hints = NO_HINTS, echoes: bool = True,
    is_good: bool = True,
) -> Json:  # fmt: skip
    """Return what an agent answers to this input.

    First what an example of it says of the same input, unless the answer shall not be a good one; then what a pattern
    needs to hear; then a value of its contract, in which names that it was given keep what they were given, if it
    `echoes`, and others say what is asked for (`hints`).
    """
    plain = sample(spec.output_schema, taste, spec.name, hints)
    told = _echoed(spec, plain, given) if echoes else plain
    learned = _of_example(spec, told, given) if is_good else None
    for found in (learned, _asked(spec, told, given), told):
        if found is not None and fits(spec.output_schema, found):
            return found
    return plain


def _echoed(spec: AgentSpec, made: Json, given: Given) -> Json:
    """Put what was given under a name into the answer's field of the same name, where that fits."""
    if not isinstance(made, dict):
        return made
    properties = spec.output_schema.get("properties")
    names = properties if isinstance(properties, dict) else {}
    found = dict(made)
    for name in names:
        if name in given and given[name] is not None and fits(spec.output_schema, {**found, name: given[name]}):
            found[name] = given[name]
    return found


def _of_example(spec: AgentSpec, made: Json, given: Given) -> Json:
    """Return the answer with what an example of this very input expects of it; None without one."""
    found = next((one for one in spec.examples if dict(one.input) == dict(given)), None)
    return None if found is None else _expected(found, made)


def _expected(example: Example, made: Json) -> Json:
    for text in example.expect:
        if (said := _SAYS.match(text.strip())) is not None:
            value = _literal(said[2])
            if value is not None:
                made = _with(made, said[1].split(".")[1:], value)
    return made


def _literal(text: str) -> Json:
    written = text.strip()
    is_quoted = len(written) > 1 and written[0] == written[-1] == "'" and '"' not in written
    try:
        return codec.loads(f'"{written[1:-1]}"' if is_quoted else written)
    except codec.NotJson:
        return None


def _with(made: Json, place: list[str], value: Json) -> Json:
    if not place:
        return value
    inner = made if isinstance(made, dict) else {}
    return {**inner, place[0]: _with(inner.get(place[0]), place[1:], value)}


def _asked(spec: AgentSpec, made: Json, given: Given) -> Json:
    """Return what a pattern's planner, orchestrator, critic or peer is asked for; None for anybody else."""
    if isinstance(given.get("agents"), dict) and "problems" in given:
        return _assembled(given) if given.get("mode") == "assemble" else _planned(spec, made, given)
    if not isinstance(made, dict):
        return None
    if isinstance(given.get("candidates"), list):
        return {**made, **_chosen(made, given)}
    return {**made, **_written(made, given)} if "inbox" in given and "send" in made else None


def _planned(spec: AgentSpec, made: Json, given: Given) -> Json:
    """Plan a task for each of the first agents that may be used; once told of problems, for those named there."""
    is_chief = "mode" in given
    like = _first(made, "tasks")
    tasks: list[Json] = [
        _task(f"task_{number + 1}", name, card, like, of_part=is_chief)
        for number, (name, card) in enumerate(_workers(spec, given))
    ]
    told = made if isinstance(made, dict) else {}
    more = {name: value for name, value in told.items() if name == "why" and isinstance(value, str)}
    if is_chief:
        return {**more, "parts": [PART], "tasks": tasks}
    last = tasks[-1] if tasks else {}
    ends: dict[str, Json] = {"output": last["id"]} if "output" in told and isinstance(last, dict) else {}
    return {**more, **ends, "tasks": tasks}


def _task(name: str, agent: str, card: Given, like: Given, *, of_part: bool) -> Json:
    """Return a task for an agent, with the names that a planner's contract asks for."""
    takes, can = card.get("input"), card.get("capabilities")
    skills = can if isinstance(can, list) else []
    found: dict[str, Json] = {"id": name, "input": sample(takes) if isinstance(takes, dict) else {}}
    if "capability" in like and skills:
        found["capability"] = skills[0]
    else:
        found["agent"] = agent
    found |= {field: [] for field in ("needs", "done_when", "fallback") if field in like}
    found |= {"why": "it is a drill"} if "why" in like else {}
    return {**found, "part": PART} if of_part else found


def _first(made: Json, name: str) -> Given:
    found = made.get(name) if isinstance(made, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _workers(spec: AgentSpec, given: Given) -> Iterator[tuple[str, Given]]:
    """Yield agents with their cards; those named as what there is where a plan was refused, otherwise all others."""
    cards = given["agents"]
    assert isinstance(cards, dict)
    known = [name for name in cards if name != spec.name]
    said = codec.dumps(given.get("problems"))
    named = [name for name in known if name in said]
    for name in (named or known)[:MOST_TASKS]:
        card = cards[name]
        yield name, card if isinstance(card, dict) else {}


def _assembled(given: Given) -> Json:
    parts = given.get("parts")
    verdicts: list[Json] = [{"part": one, "verdict": "met", "why": "it is there"} for one in
                            (parts if isinstance(parts, list) else [])]  # fmt: skip
    return {"assembly": "all of it", "verdicts": verdicts}


def _chosen(made: Mapping[str, Json], given: Given) -> dict[str, Json]:
    """Return a critic's word on each candidate; the first one is chosen."""
    listed = given["candidates"]
    assert isinstance(listed, list)
    names = [str(one["name"]) for one in listed if isinstance(one, dict) and "name" in one]
    if not names or "reasons" not in made:
        return {}
    found: dict[str, Json] = {"reasons": dict.fromkeys(names, "as its form is right")}
    if "scores" in made:
        found["scores"] = {name: 1.0 if name == names[0] else 0.5 for name in names}
    return {**found, "chosen": names[0]} if "chosen" in made else found


def _written(made: Mapping[str, Json], given: Given) -> dict[str, Json]:
    """Return a peer's messages: to each other peer once, when it is the first to speak; to nobody after that."""
    peers, inbox = given.get("peers"), given["inbox"]
    letters = inbox if isinstance(inbox, list) else []
    is_first = any(isinstance(one, dict) and one.get("from") == "start" for one in letters)
    like = made["send"] if isinstance(made["send"], list) else []
    if not is_first or not isinstance(peers, list) or not like or not isinstance(like[0], dict):
        return {"send": []}
    letter = {name: value for name, value in like[0].items() if name != "re"}
    return {"send": [{**letter, "to": str(one)} for one in peers]}
