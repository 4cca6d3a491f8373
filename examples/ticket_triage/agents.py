"""What follows the triage of a ticket: a search that widens round by round, an answer, or a hand-over."""

from __future__ import annotations

from typing import TypedDict

from examples.prose import PROJECT, plain, telling, texts_of
from examples.ticket_triage import saved
from orchestrator import agents

_WITHIN = {"now": "at once", "soon": "today", "later": "this week"}
_SHOWN = 3


class Hit(TypedDict):
    """A paragraph that may answer a ticket."""

    file: str
    text: str
    words: list[str]


class Search(TypedDict):
    """What was found."""

    needed: int
    """How many of the ticket's words a paragraph had to say."""
    hits: list[Hit]


class Answer(TypedDict):
    """What becomes of a ticket."""

    subject: str
    queue: str
    due: str
    reply: str


@agents.agent(
    role="Searches a folder's texts for paragraphs that say many words of a ticket.",
    owner="signalbox",
    examples=saved.SEARCH,
    capabilities=["search"],
)
def ticket_search(ctx: agents.Context, subject: str, text: str = "", round: int = 1, folder: str = "") -> Search:
    """Ask for all telling words of the subject in round 1, and for one less in each round that follows."""
    root = ctx.folder(folder.strip() or str(PROJECT / "docs"))
    wanted = dict.fromkeys(telling(subject))
    needed = max(len(wanted) + 1 - round, 1)
    hits: list[Hit] = []
    texts = texts_of(root)
    for number, page in enumerate(texts, start=1):
        ctx.progress(number / len(texts), page["name"])
        for paragraph in plain(page["text"]).splitlines():
            said = set(telling(paragraph))
            found = [word for word in wanted if any(one.startswith(word.removesuffix("s")) for one in said)]
            if len(found) >= needed:
                hits.append(Hit(file=page["name"], text=paragraph, words=found))
    also = set(telling(text))
    hits.sort(key=lambda hit: (-len(hit["words"]), -len(also & set(telling(hit["text"]))), len(hit["text"])))
    return Search(needed=needed, hits=hits[:_SHOWN])


@agents.agent(
    role="Answers a ticket with what the documentation says.",
    owner="signalbox",
    examples=saved.ANSWER,
    capabilities=["answer"],
    inline=True,
)
def ticket_answer(subject: str, urgency: str, hits: list[Hit]) -> Answer:
    """Quote the paragraphs, the best first; without any it stays a question for people."""
    due = _WITHIN.get(urgency, urgency)
    if not hits:
        return Answer(subject=subject, queue="question", due=due, reply="Nothing was found in the documentation.")
    quoted = "\n\n".join(f"> {hit['text']}\n\n({hit['file']})" for hit in hits)
    return Answer(subject=subject, queue="answered", due=due, reply=quoted)


@agents.agent(
    role="Hands a ticket to the people of a queue, with the time they have.",
    owner="signalbox",
    examples=saved.HAND_OVER,
    capabilities=["hand over"],
    inline=True,
)
def ticket_hand_over(subject: str, queue: str, urgency: str, reasons: list[str]) -> Answer:
    """Say who has it and why."""
    return Answer(subject=subject, queue=queue, due=_WITHIN.get(urgency, urgency), reply="; ".join(reasons))


@agents.agent(
    role="Lists tickets by when they are due.",
    owner="signalbox",
    examples=saved.LIST,
    capabilities=["report"],
    inline=True,
)
def ticket_list(answers: list[Answer]) -> list[Answer]:
    """Put what is due at once on top."""
    order = [*_WITHIN.values()]
    return sorted(answers, key=lambda one: order.index(one["due"]) if one["due"] in order else len(order))
