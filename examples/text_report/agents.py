"""The stages of the text report; how a text is counted is in `counting`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

from examples.prose import PROJECT, Text, plain, texts_of
from examples.text_report.counting import Figures, figures_of, report_of
from orchestrator import agents


class Texts(TypedDict):
    """The texts of a folder."""

    root: str
    texts: list[Text]


class Place(TypedDict):
    """A word that should be avoided, and the sentence around it."""

    file: str
    word: str
    around: str


class Report(TypedDict):
    """Where the report stands, and what it begins with."""

    report: str
    summary: str


CLEAN = (
    agents.Example(
        name="code and headings go",
        input={"texts": [{"name": "a.md", "text": "# Title\n\nPlain words.\n\n```sh\nls\n```\n"}]},
        expect=("size(output) == 1", "output[0].text.contains('Plain words.')", "!output[0].text.contains('ls')"),
    ),
    agents.Example(
        name="nothing to read",
        input={"texts": [{"name": "a.md", "text": "```sh\nls\n```\n"}]},
        expect=("output == []",),
    ),
)
AVOID = (
    agents.Example(
        name="one word of two",
        input={"texts": [{"name": "a.md", "text": "We simply utilise it."}], "avoid": ["utilise", "leverage"]},
        expect=("size(output) == 1", "output[0].word == 'utilise'"),
    ),
)
COUNT = (
    agents.Example(
        name="the hardest first",
        input={
            "texts": [
                {"name": "easy.md", "text": "The cat sat. The dog ran."},
                {
                    "name": "hard.md",
                    "text": "Organisational interdependencies necessitate documentation.",
                },
            ]
        },
        expect=("output[0].file == 'hard.md'", "output[1].words == 6"),
    ),
)


@agents.agent(role="Reads the Markdown and text files of a folder.", owner="signalbox", capabilities=["read"])
def text_read(ctx: agents.Context, folder: str = "") -> Texts:
    """Read a folder under the configured roots, by default Signalbox's documentation."""
    root = ctx.folder(folder.strip() or str(PROJECT / "docs"))
    texts = texts_of(root)
    ctx.progress(1, f"{len(texts)} files")
    return Texts(root=str(root), texts=texts)


@agents.agent(role="Leaves of Markdown files what is prose.", owner="signalbox", examples=CLEAN, capabilities=["clean"])
def text_clean(texts: list[Text]) -> list[Text]:
    """Take out code, tables, headings and marks; a file without prose is left out."""
    cleaned = [Text(name=text["name"], text=plain(text["text"])) for text in texts]
    return [text for text in cleaned if text["text"]]


@agents.agent(
    role="Measures how long and how hard to read texts are.", owner="signalbox", examples=COUNT, capabilities=["count"]
)
def text_count(ctx: agents.Context, texts: list[Text]) -> list[Figures]:
    """Count each text; the hardest to read comes first."""
    found: list[Figures] = []
    for number, text in enumerate(texts, start=1):
        found.append(figures_of(text))
        ctx.progress(number / len(texts), text["name"])
    return sorted(found, key=lambda figures: (figures["ease"], figures["file"]))


@agents.agent(role="Finds words that a house style avoids.", owner="signalbox", examples=AVOID, capabilities=["style"])
def text_avoid(texts: list[Text], avoid: list[str]) -> list[Place]:
    """Find each place with a little of what stands around it."""
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, avoid)) + r")\b", re.I)
    return [
        Place(file=text["name"], word=hit[0].lower(), around=text["text"][max(hit.start() - 40, 0) : hit.end() + 40])
        for text in texts
        for hit in pattern.finditer(text["text"])
    ]


@agents.agent(role="Writes the report on texts to disk as Markdown.", owner="signalbox", capabilities=["publish"])
def text_publish(ctx: agents.Context, root: str, figures: list[Figures], places: list[Place]) -> Report:
    """Write the report under the data folder, by run; done again, it is the same."""
    summary, report = report_of(root, figures, [(place["file"], place["word"], place["around"]) for place in places])
    ctx.emit(summary)
    file = ctx.data_dir / "reports" / ctx.run_id / "texts.md"
    ctx.repeatable("write report", _write, file, report)
    return Report(report=str(file), summary=summary)


def _write(file: Path, text: str) -> None:
    """Put the file in place whole: a reader sees all of it or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
