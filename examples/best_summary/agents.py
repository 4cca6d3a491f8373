"""Explorers that sum a text up, each in its own way, and their critic. How they choose is in `ranking`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

from examples.best_summary import ranking, saved
from examples.prose import MOST_BYTES, PROJECT, plain, sentences, words
from orchestrator import agents

INSTRUCTIONS = {
    "summary-critic": """Choose the best of the `candidates`, summaries of the text that is given as `sentences`.
The best one tells most of what matters in the text, in the fewest words, and has at most `size` sentences.
Answer with the name of the candidate you choose, and for every candidate, by its name, with a score from 0 to 1 and one
sentence that says why. Where there are `problems`, they say what was wrong with your last answer.""",
}
"""What a model is told that does it instead, where SIGNALBOX_MODEL names one."""


class Source(TypedDict):
    """A text, sentence by sentence."""

    name: str
    sentences: list[str]


class Summary(TypedDict):
    """Sentences of a text, in its order."""

    summary: list[str]


class Candidate(TypedDict):
    """What one explorer proposes."""

    name: str
    value: Summary


class Choice(TypedDict):
    """Whose summary is best, and why."""

    chosen: str
    reasons: dict[str, str]
    scores: dict[str, float]


@agents.agent(
    role="Reads one text of a folder, sentence by sentence.",
    owner="signalbox",
    examples=saved.SOURCE,
    capabilities=["read"],
)
def summary_source(ctx: agents.Context, file: str, folder: str = "") -> Source:
    """Read a file in a folder under the configured roots, by default Signalbox's documentation."""
    root = ctx.folder(folder.strip() or str(PROJECT / "docs"))
    path = (root / file).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise ValueError(f"file: there is no '{file}' in {root}; name a text file in that folder, such as index.md")
    found = sentences(plain(path.read_text(errors="replace")[:MOST_BYTES]))
    whole = [one for one in found if not one.endswith(":")]  # what only leads to a list or to code
    ctx.progress(1, f"{len(whole)} sentences")
    return Source(name=file, sentences=whole[: ranking.MOST_SENTENCES])


@agents.agent(
    role="Sums a text up by the sentences it begins with.",
    owner="signalbox",
    examples=saved.FIRST,
    capabilities=["summary"],
)
def summary_first(sentences: list[str], size: int) -> Summary:
    """Trust the writer to say first what matters."""
    return _chosen(ranking.first, sentences, size)


@agents.agent(
    role="Sums a text up by the sentences that say its most frequent words.",
    owner="signalbox",
    examples=saved.FREQUENCY,
    capabilities=["summary"],
)
def summary_frequency(sentences: list[str], size: int) -> Summary:
    """Count words."""
    return _chosen(ranking.by_frequency, sentences, size)


@agents.agent(
    role="Sums a text up by the sentences most others are like.",
    owner="signalbox",
    examples=saved.RANK,
    capabilities=["summary"],
)
def summary_rank(sentences: list[str], size: int) -> Summary:
    """Rank sentences by their likeness to each other."""
    return _chosen(ranking.by_text_rank, sentences, size)


@agents.agent(
    role="Chooses the summary that tells most of a text in the fewest words.",
    owner="signalbox",
    examples=saved.CRITIC,
    capabilities=["critique"],
)
def summary_critic(sentences: list[str], size: int, candidates: list[Candidate], problems: str = "") -> Choice:
    """Score each by what it covers of the text's key words, less a little for its length; one too long has no score."""
    whole = max(sum(len(words(sentence)) for sentence in sentences), 1)
    scores, reasons = {}, {}
    for one in candidates:
        told, length = ranking.coverage(sentences, one["value"]["summary"]), _length(one["value"])
        is_short = len(one["value"]["summary"]) <= size
        scores[one["name"]] = round(told - 0.5 * length / whole, 3) if is_short else 0.0
        why = f"tells {told:.0%} of what the text says most, in {length} of {whole} words"
        reasons[one["name"]] = why if is_short else f"has more than {size} sentences"
    best = max(scores, key=lambda name: scores[name])
    return Choice(chosen=best, reasons=reasons, scores=scores)


def _chosen(choose: Callable[[Sequence[str], int], list[int]], text: list[str], size: int) -> Summary:
    return Summary(summary=[text[place] for place in choose(text, size)])


def _length(summary: Summary) -> int:
    return sum(len(words(sentence)) for sentence in summary["summary"])
