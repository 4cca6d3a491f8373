"""An agent for random workflows: it mostly does well, and can answer whatever a pattern asks of its agents."""

from __future__ import annotations

from random import Random

from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.engine.ports import Claim
from tests.engine.simulation import Act


def fickle(random: Random) -> Act:
    """Return an agent that mostly does well."""

    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        chance = random.random()
        if chance < 0.1:
            return Failed(kind=random.choice(list(Failure)), reason="it went wrong")
        text = "x" * 70_000 if chance > 0.99 else ""
        if "problems" in given and "agents" in given:
            return Ok(output=_planned(given, random))
        said = {"path": claim.path, "list": [1, 2], "given": sorted(given), "text": text, "score": chance}
        said |= {"is_high": chance > 0.3, "agrees": chance > 0.3}
        return Ok(output={**said, **_critique(given), **(_letters(random) if "inbox" in given else {})})

    return act


def _letters(random: Random) -> dict[str, Json]:
    """Return what a peer says: to somebody, to nobody there is, or nothing, and now and then an answer."""
    names, texts = ["a", "b", "c", "nobody"], ["yes", "no", "which?"]
    send: list[Json] = [
        {"to": random.choice(names), "text": random.choice(texts), **random.choice([{}, {"re": random.randint(1, 9)}])}
        for _ in range(random.choice([0, 0, 1, 1, 2]))
    ]
    found: dict[str, Json] = {"send": send, "done": random.random() < 0.2}
    return found if random.random() < 0.6 else {**found, "answer": {"n": random.randint(1, 2)}}


def _critique(given: dict[str, Json]) -> dict[str, Json]:
    """Return what a critic is asked for, where candidates are given."""
    listed = given.get("candidates")
    return {"chosen": 1, "value": 1, "reasons": ["because"] * len(listed)} if isinstance(listed, list) else {}


def _planned(given: dict[str, Json], random: Random) -> Json:
    """Return what a planner or an orchestrator is asked for, mostly good."""
    if given.get("mode") == "assemble":
        verdict = random.choice(["met", "met", "partly", "missed"])
        return {"assembly": "all", "verdicts": [{"part": "it", "verdict": verdict}]}
    names = "abc"[: random.randint(1, 3)]
    tasks: Json = [
        {"id": name, "agent": random.choice(["quick"] * 8 + ["slow", "nobody"]),
         "needs": list(random.sample(names, random.randint(0, 1)) if random.random() < 0.1 else names[:number][-1:]),
         "done_when": ["output.score > 0.2"] if random.random() < 0.3 else [], "fallback": ["spare"],
         **({"part": "it"} if "mode" in given else {})}
        for number, name in enumerate(names)
    ]  # fmt: skip
    return {"tasks": tasks, **({"parts": ["it"]} if "mode" in given else {})}
