"""The rules of the desk's chief: where one question ends, who can answer it, and what an answer is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from examples.prose import words

_SKILLS = (
    ("count", re.compile(r"\bhow (?:long|short|many words|hard)\b", re.I)),
    ("spell", re.compile(r"\b(?:mis)?spel(?:t|led|ling)\b", re.I)),
    ("topics", re.compile(r"\babout\?*$", re.I)),
)
_ANYTHING = "search"
"""What is needed for a question that fits none of these."""


class Answer(TypedDict):
    """What a worker says to one question."""

    said: str
    found: bool
    """False when the texts say nothing of use."""
    where: list[str]
    """Names of the texts that were looked at, or in which it stands."""


class Task(TypedDict):
    """One question, and what is needed to answer it."""

    id: str
    part: str
    capability: str
    input: dict[str, object]


class Verdict(TypedDict):
    """Whether a question was answered."""

    part: str
    verdict: Literal["met", "partly"]
    why: str


class Spoken(TypedDict):
    """What the chief says: a plan in one mode, an assembly in the other."""

    parts: NotRequired[list[str]]
    tasks: NotRequired[list[Task]]
    assembly: NotRequired[str]
    verdicts: NotRequired[list[Verdict]]


def plan(request: str, root: str, files: Sequence[str]) -> Spoken:
    """Break a request into its questions, each with the skill it needs and the texts it names."""
    parts = list(dict.fromkeys(one.strip() for one in re.findall(r"[^?.!\n]+[?.!]?", request) if words(one)))
    return Spoken(parts=parts, tasks=[
        Task(id=f"part_{number}", part=part, capability=skill(part),
             input={"question": part, "root": root, "files": named(part, files)})
        for number, part in enumerate(parts, start=1)
    ])  # fmt: skip


def skill(question: str) -> str:
    """Return what is needed to answer a question."""
    return next((name for name, pattern in _SKILLS if pattern.search(question)), _ANYTHING)


def named(question: str, files: Sequence[str]) -> list[str]:
    """Return the texts a question names, or all of them when it names none."""
    said = set(words(question))
    found = [file for file in files if file.rpartition("/")[2].partition(".")[0].lower() in said]
    return found or list(files)


def assemble(parts: Sequence[str], results: Mapping[str, Answer]) -> Spoken:
    """Put the answers in the order of the questions; one that the texts do not answer is met in part, and says so."""
    answers = [results[f"part_{number}"] for number, _ in enumerate(parts, start=1)]
    return Spoken(
        assembly="\n\n".join(f"{part}\n{answer['said']}" for part, answer in zip(parts, answers, strict=True)),
        verdicts=[
            Verdict(part=part, verdict="met", why="") if answer["found"]
            else Verdict(part=part, verdict="partly", why=f"looked at {len(answer['where'])} texts")
            for part, answer in zip(parts, answers, strict=True)
        ],
    )  # fmt: skip
