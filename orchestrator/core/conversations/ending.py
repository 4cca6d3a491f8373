"""How a conversation ends: by its answers and the rules for when they differ, or stopped, with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core import codec
from orchestrator.core.conversations import talk, words
from orchestrator.core.conversations.definition import ARBITER, PERSON, Converse, Rule
from orchestrator.core.conversations.memory import Box, Memory, Stand
from orchestrator.core.events import Fact, StepEnded, StepOpened, SubtreeCancelled, TalkClosed, TalkJudged
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.contract import Kept, Look, Named
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import StepStatus

_MOST_NAMED = 3
_MOST_QUOTED = 80
DECIDERS = {"arbiter": ARBITER, "person": PERSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a conversation comes to."""

    answer: Json
    decided: str
    """How."""
    dissent: tuple[str, ...] = ()


def answers(node: Converse, memory: Memory, path: StepPath, look: Look) -> dict[str, Json]:
    """Return what each has answered, in the order in which they are defined."""
    names = [one.name for one in node.peers if memory.box(one.name).answered]
    return {name: words.answer(memory, name, path, look) for name in names}


def kept_answers(node: Converse, memory: Memory, path: StepPath, child: words.Child) -> dict[str, Json | Kept]:
    """Return what each has answered, or where that is kept."""
    names = [one.name for one in node.peers if memory.box(one.name).answered]
    return {name: words.kept_answer(memory, name, path, child) for name in names}


def concluded(node: Converse, memory: Memory, path: StepPath, why: str, look: Look) -> list[Fact]:
    """End with the answer that all agree on or a rule comes to; ask an arbiter or a person where one is to decide."""
    given = answers(node, memory, path, look)
    gone = [name for name in memory.standing(Stand.GONE) if name in node.by_name]
    lost = [name for name in gone if not node.by_name[name].node.optional]
    if (lost and not (given and node.conflict)) or (node.conflict and not given):
        reason = _gone(memory, lost) if lost else "everybody is quiet, but nobody has answered"
        return failed(node, memory, path, "gone" if lost else why, reason, look)
    if len(_camps(given)) < 2:
        agreed = "all who answered agree" if len(given) > 1 else f"only {next(iter(given), 'nobody')} answered"
        return ended(node, memory, path, why, Verdict(answer=next(iter(given.values()), None), decided=agreed), look)
    return _ruled(node, memory, path, why, given, 0, look)


def _ruled(
    node: Converse, memory: Memory, path: StepPath, why: str, given: Mapping[str, Json], first: int, look: Look
) -> list[Fact]:
    """Try rules in order, beginning with one."""
    for number, rule in enumerate(node.conflict[first:], start=first):
        if rule.how in DECIDERS:
            name = DECIDERS[rule.how]
            turn = memory.box(name).turns + 1
            judged = TalkJudged(path=path, rule=number, by=name, turn=turn)
            return [judged, StepOpened(path=words.turn_path(path, name, turn))]
        verdict = by_precedence(rule, given) if rule.how == "precedence" else by_vote(rule, given)
        if verdict is not None:
            return ended(node, memory, path, why, verdict, look)
    said = "; ".join(f"{name}: {codec.dumps(value)[:_MOST_QUOTED]}" for name, value in given.items())
    tried = "no rule decides between them" if node.conflict else "'conflict' does not say which counts"
    return failed(node, memory, path, why, f"answers differ, and {tried}: {said}", look)


def by_precedence(rule: Rule, given: Mapping[str, Json]) -> Verdict | None:
    """Let the first who has answered decide."""
    name = next((name for name in rule.names if name in given), "")
    if not name:
        return None
    return Verdict(answer=given[name], decided=f"precedence: {name}", dissent=_others(given, given[name]))


def by_vote(rule: Rule, given: Mapping[str, Json]) -> Verdict | None:
    """Count a field of the answers; a tie decides nothing."""
    votes = {name: value.get(rule.field) for name, value in given.items() if isinstance(value, dict)}
    cast_ = {name: codec.canonical(vote) for name, vote in votes.items() if vote is not None}
    (top, most), *others = [*Counter(cast_.values()).most_common(2), ("", 0)]
    if not most or (others and others[0][1] == most):
        return None
    name = next(name for name, vote in cast_.items() if vote == top)
    against = tuple(other for other in given if cast_.get(other) != top)
    return Verdict(answer=given[name], decided=f"vote: {most} of {len(given)} for {rule.field} {top}", dissent=against)


def judged(node: Converse, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
    """Go on with what an arbiter or a person decided; when they could not, with the next rule, or fail as they did."""
    place = words.turn_path(path, memory.judge, memory.asked)
    turn = look.child(place)
    if turn is None:
        return [StepOpened(path=place)]  # the run was taken over just before that
    if not turn.is_ended:
        return []
    given = answers(node, memory, path, look)
    if turn.status == StepStatus.SUCCEEDED:
        found = words.output(turn, look)
        choice = found.get("answer") if memory.judge == PERSON and isinstance(found, dict) else found
        verdict = Verdict(answer=choice, decided=memory.judge.lower(), dissent=_others(given, choice))
        return ended(node, memory, path, "answered", verdict, look)
    if memory.rule + 1 < len(node.conflict):
        return _ruled(node, memory, path, "answered", given, memory.rule + 1, look)
    reason = f"{memory.judge}: {turn.reason or turn.status.value}"
    closed = _closed(node, memory, path, "answered", reason)
    return [closed, StepEnded(path=path, status=StepStatus.FAILED, failure=turn.failure or Failure.BRANCH,
                              reason=reason)]  # fmt: skip


def ended(node: Converse, memory: Memory, path: StepPath, why: str, verdict: Verdict, look: Look) -> list[Fact]:
    """End well."""
    closed = _closed(node, memory, path, why, decided=verdict.decided, dissent=verdict.dissent)
    output = look.value(node.output or "result", result(node, memory, path, look, verdict))
    done = StepEnded(path=path, status=StepStatus.SUCCEEDED, output=output, degraded=_lacking(node, memory))
    return [closed, *stopped(memory, done)]


def breached(node: Converse, memory: Memory, path: StepPath, name: str, reason: str, look: Look) -> list[Fact]:
    """End because no budget held somebody's turn."""
    return failed(node, memory, path, "gone", f"{name}: {reason}", look, Failure.OVER_BUDGET)


def failed(
    node: Converse, memory: Memory, path: StepPath, why: str, reason: str, look: Look,
    failure: Failure = Failure.STUCK,
) -> list[Fact]:  # fmt: skip
    """End without a good end: as a failure, or with what was declared for that, degraded."""
    closed = _closed(node, memory, path, why, reason)
    if not node.otherwise:
        return [closed, *stopped(memory, StepEnded(path=path, status=StepStatus.FAILED, failure=failure,
                                                   reason=reason))]  # fmt: skip
    names = result(node, memory, path, look, Verdict(answer=None, decided=""))
    done = StepEnded(path=path, status=StepStatus.SUCCEEDED, output=look.value(node.otherwise, names), degraded=reason)
    return [closed, *stopped(memory, done)]


def stopped(memory: Memory, end: StepEnded) -> list[Fact]:
    """Return an end, before which everything that is at work is given up."""
    is_busy = bool(memory.standing(Stand.WORKING))
    cancelled: list[Fact] = [SubtreeCancelled(path=end.path, reason=end.reason or "the conversation is over")]
    return [*(cancelled if is_busy else []), end]


def result(node: Converse, memory: Memory, path: StepPath, look: Look, verdict: Verdict) -> Named:
    """Return the names for expressions of the result."""
    found: dict[str, Json] = {
        "answer": verdict.answer, "answers": answers(node, memory, path, look), "decided": verdict.decided,
        "talk": summary(node, memory),
    }  # fmt: skip
    return {**found, "result": found}


def summary(node: Converse, memory: Memory) -> dict[str, Json]:
    """Say how much was talked, between whom, and what was not clear."""
    unclear: list[Json] = []
    for name, pair in memory.pairs.items():
        ends = name.split("|")
        for one in pair.repeated():
            other = ends[0] if one["asks"] == ends[1] else ends[1]
            unclear.append({**one, "answers": other, "agent": words.agent_of(node, memory, other)})
    left: dict[str, Json] = {one.name: len(box.inbox) for one in node.peers if (box := memory.box(one.name)).inbox}
    turns: dict[str, Json] = {one.name: memory.box(one.name).turns for one in node.peers}
    return {
        "messages": memory.ids,
        "turns": turns,
        "pairs": talk.told(memory.pairs),
        "unclear": unclear,
        "unread": left,
    }


def _closed(
    node: Converse, memory: Memory, path: StepPath, why: str, reason: str = "", decided: str = "",
    dissent: tuple[str, ...] = (),
) -> TalkClosed:  # fmt: skip
    given: dict[str, Json] = {one.name: box.answered for one in node.peers if (box := memory.box(one.name)).answered}
    return TalkClosed(path=path, why=why, reason=reason, decided=decided, answers=given, dissent=dissent)


def _camps(given: Mapping[str, Json]) -> set[str]:
    return {codec.canonical(value) for value in given.values()}


def _others(given: Mapping[str, Json], answer: Json) -> tuple[str, ...]:
    return tuple(name for name, value in given.items() if codec.canonical(value) != codec.canonical(answer))


def _gone(memory: Memory, names: Sequence[str]) -> str:
    return "; ".join(_absence(name, memory.box(name)) for name in names[:_MOST_NAMED])


def _absence(name: str, box: Box) -> str:
    waits = f", with {len(box.inbox)} messages unread" if len(box.inbox) > 1 else ", with a message unread"
    return f"{name} is gone ({box.why}){waits if box.inbox else ''}"


def _lacking(node: Converse, memory: Memory) -> str:
    """Say what the result lacks: who is gone, and who was replaced."""
    said = [_absence(name, box) for name, box in memory.boxes.items() if box.stand == Stand.GONE]
    said += [f"{box.agent} took over from {name}" for name, box in memory.boxes.items() if box.agent]
    return "; ".join(said[:_MOST_NAMED])
