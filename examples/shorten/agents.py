"""Who writes the short text and who judges it; each round changes one sentence for what the judge says is missing."""

from __future__ import annotations

from typing import TypedDict

from examples.best_summary.ranking import coverage, key_words
from examples.prose import telling, words
from examples.shorten import saved
from orchestrator import agents

INSTRUCTIONS = {
    "shorten-write": """Shorten the text that is given as `sentences`.
Answer with the sentences of the short text, in order. Use at most `plan.words` words in all, and say as many of the
words in `plan.must` as you can, the first ones first. Where there is a `last` draft, mend that: keep what it tells, and
work in the words that `feedback` names. Say nothing that the text does not say.""",
}
"""What a model is told that does it instead, where SIGNALBOX_MODEL names one. Who judges stays a rule."""


class Draft(TypedDict):
    """A short text, sentence by sentence."""

    sentences: list[str]


class Verdict(TypedDict):
    """How good a draft is, and what it lacks."""

    score: float
    """How much of what the text says most it tells, 0 to 1."""
    feedback: str
    """Words it should say, the most telling first."""


class Plan(TypedDict):
    """What a short text has to keep to."""

    words: int
    must: list[str]
    """Words it should say, the most telling first."""


class Round(TypedDict):
    """What a round came to."""

    value: Draft
    score: float


@agents.agent(
    role="Says how long a short text may be and which words it should say.",
    owner="signalbox",
    examples=saved.PLAN,
    capabilities=["plan"],
    inline=True,
)
def shorten_plan(sentences: list[str], percent: int) -> Plan:
    """Take a part of the text's length."""
    length = sum(len(words(sentence)) for sentence in sentences)
    return Plan(words=max(length * percent // 100, 20), must=[*key_words(sentences)])


@agents.agent(
    role="Writes a text of sentences of a longer one, within a number of words.",
    owner="signalbox",
    examples=saved.WRITE,
    capabilities=["summary"],
)
def shorten_write(
    ctx: agents.Context, sentences: list[str], plan: Plan, feedback: str = "", last: Round | None = None
) -> Draft:
    """Begin with the first sentences; then change one sentence for what is missing, if that tells more."""
    if last is None:
        return Draft(sentences=_first(sentences, plan["words"]))
    missing = {word.strip() for word in feedback.split(",")}
    best, told = last["value"]["sentences"], last["score"]
    for number, new in enumerate(sentences, start=1):
        ctx.progress(number / len(sentences), f"tells {told:.0%}")
        if new in last["value"]["sentences"] or not missing & set(telling(new)):
            continue
        for changed in _changed(last["value"]["sentences"], new, plan["words"]):
            if (now := coverage(sentences, changed)) > told:
                best, told = changed, now
    return Draft(sentences=[one for one in sentences if one in best])


@agents.agent(
    role="Judges how much of a text a shorter one tells, and names what is missing.",
    owner="signalbox",
    examples=saved.JUDGE,
    capabilities=["critique"],
)
def shorten_judge(sentences: list[str], value: Draft, plan: Plan) -> Verdict:
    """Look for the words the plan asks for."""
    said = {word for sentence in value["sentences"] for word in telling(sentence)}
    missing = [word for word in plan["must"] if word not in said]
    return Verdict(score=coverage(sentences, value["sentences"]), feedback=", ".join(missing))


def _first(sentences: list[str], limit: int) -> list[str]:
    taken: list[str] = []
    for sentence in sentences:
        if _length([*taken, sentence]) > limit:
            break
        taken.append(sentence)
    return taken


def _changed(before: list[str], new: str, limit: int) -> list[list[str]]:
    """Return drafts with a new sentence, beside all old ones or instead of one, as far as they are short enough."""
    ways = [[*before, new], *([*before[:place], *before[place + 1 :], new] for place in range(len(before)))]
    return [way for way in ways if _length(way) <= limit]


def _length(sentences: list[str]) -> int:
    return sum(len(words(sentence)) for sentence in sentences)
