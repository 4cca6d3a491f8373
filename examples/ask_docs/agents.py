"""The desk: a chief that plans and assembles by rules, and workers that each know one thing about texts."""

from __future__ import annotations

import re
from collections import Counter
from math import log
from typing import Literal

from examples.ask_docs import chief
from examples.ask_docs.chief import Answer, Spoken
from examples.glossary.meaning import stem
from examples.lint_vote.wording import SLIPS
from examples.prose import PROJECT, Text, plain, sentences, telling, texts_of, words
from examples.text_report.counting import figures_of
from orchestrator import agents

_SHOWN = 3


@agents.agent(
    role="Plans who answers which question, and puts the answers together.",
    owner="signalbox",
    capabilities=["orchestrate"],
)
def desk_chief(
    ctx: agents.Context,
    mode: Literal["plan", "assemble"],
    request: str,
    folder: str,
    agents: dict[str, object],
    problems: str,
    parts: list[str],
    results: dict[str, Answer] | None,
) -> Spoken:
    """Answer nothing: know which texts there are (by default Signalbox's documentation), and who can do what."""
    if problems:
        raise ValueError(f"this was refused, and rules would say the same again: {problems}")
    if mode == "assemble":
        return chief.assemble(parts, results or {})
    root = ctx.folder(folder.strip() or str(PROJECT / "docs"))
    made = chief.plan(request, str(root), [text["name"] for text in texts_of(root)])
    ctx.progress(1, f"{len(made['parts'])} questions for {len(agents)} agents")
    return made


@agents.agent(role="Says how long and how hard to read texts are.", owner="signalbox", capabilities=["count"])
def desk_count(ctx: agents.Context, question: str, root: str, files: list[str]) -> Answer:
    """Count each text and all together."""
    figures = [figures_of(text) for text in _texts(ctx, root, files)]
    total = sum(one["words"] for one in figures)
    each = [f"{one['file']}: {one['words']} words, reading ease {one['ease']}" for one in figures[:_SHOWN]]
    return Answer(said="; ".join([f"{total} words", *each]) + ".", found=total > 0, where=files)


@agents.agent(role="Finds words in texts that are often spelt wrong.", owner="signalbox", capabilities=["spell"])
def desk_spell(ctx: agents.Context, question: str, root: str, files: list[str]) -> Answer:
    """Look every word up; finding none is an answer too."""
    texts = _texts(ctx, root, files)
    slips = [f"{text['name']}: '{word}' is spelt '{SLIPS[word]}'"
             for text in texts for word in words(text["text"]) if word in SLIPS]  # fmt: skip
    return Answer(
        said="; ".join(slips) or f"Nothing is misspelt in {len(texts)} texts.", found=bool(texts), where=files
    )


@agents.agent(role="Says what texts are about.", owner="signalbox", capabilities=["topics"])
def desk_topics(ctx: agents.Context, question: str, root: str, files: list[str]) -> Answer:
    """Name the words that texts say most."""
    counted = Counter(word for text in _texts(ctx, root, files) for word in telling(text["text"]))
    most = [word for word, _ in counted.most_common(6)]
    return Answer(said=f"About {', '.join(most)}." if most else "There is no text.", found=bool(most), where=files)


@agents.agent(
    role="Finds the sentence in texts that answers a question best.",
    owner="signalbox",
    capabilities=["search", "topics"],
)
def desk_search(ctx: agents.Context, question: str, root: str, files: list[str]) -> Answer:
    """Rank sentences by the rare words they share with the question."""
    said = [(text["name"], sentence) for text in _texts(ctx, root, files) for sentence in sentences(text["text"])]
    ranked = ranking(question, [sentence for _, sentence in said])
    if not ranked:
        return Answer(said="The texts do not say.", found=False, where=files)
    name, sentence = said[ranked[0]]
    return Answer(said=f"{name}: “{sentence}”", found=True, where=[name])


def ranking(question: str, said: list[str]) -> list[int]:
    """Return the numbers of sentences that share half a question's words, best first; rare words count more."""
    asked = set(map(stem, telling(question)))
    shared = [asked & set(map(stem, telling(sentence))) for sentence in said]
    common = Counter(word for one in shared for word in one)
    scores = [sum(log(1 + len(said) / common[word]) for word in sorted(one)) for one in shared]
    fit = [number for number, one in enumerate(shared) if one and len(one) * 2 >= len(asked)]
    return sorted(fit, key=lambda number: (-scores[number], number))


def _texts(ctx: agents.Context, root: str, files: list[str]) -> list[Text]:
    """Return those of a folder's texts that are asked for, as plain prose with their headings gone."""
    wanted = set(files)
    found = [Text(name=text["name"], text=re.sub(r"[ \t]+", " ", plain(text["text"])))
             for text in texts_of(ctx.folder(root)) if text["name"] in wanted]  # fmt: skip
    ctx.progress(1, f"{len(found)} texts")
    return found
