"""What the release check adds to ruff, radon and the reader of texts: links, what blocks a release, and the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired, TypedDict

from examples.prose import Text
from examples.release_check import saved
from examples.release_check.links import dead, links_of
from examples.repo_review.kinds import Package
from orchestrator import agents

_BLOCKING = ("F", "E9", "PLE")
"""Ruff's rules that find what fails when it runs; so does a finding without a rule, which is no Python."""
_TANGLED = ("E", "F")
"""Radon's ranks that block."""


class Review(TypedDict):
    """What came of one part of the check."""

    checked: int
    """Files or links that were looked at."""
    blockers: list[str]
    notes: list[str]


class Verdict(TypedDict):
    """Whether the project is fit, and why not."""

    fit: bool
    summary: str
    blockers: list[str]
    notes: list[str]


class Location(TypedDict):
    """Where ruff found something."""

    row: int


class Lint(TypedDict):
    """What ruff found."""

    code: str | None
    filename: str
    message: str
    location: Location


class Linted(TypedDict):
    """What ruff said."""

    result: list[Lint]


class Tangle(TypedDict):
    """A function radon found hard to follow."""

    rank: str
    name: str
    lineno: int


class Measured(TypedDict):
    """What radon said, by file; one it cannot read has an object with the error."""

    result: dict[str, list[Tangle] | dict[str, str]]


class Scan(TypedDict):
    """What both said of a package."""

    ruff: NotRequired[Linted]
    radon: NotRequired[Measured]


@agents.agent(
    role="Tells findings that block a release from those that are worth a note.",
    owner="signalbox",
    examples=saved.WEIGH,
    capabilities=["weigh"],
)
def release_weigh(packages: list[Package], scans: list[Scan]) -> Review:
    """Weigh what ruff and radon said of each package; what cannot be read blocks."""
    weighed = [one for scan in scans for one in (*_lints(scan["ruff"]), *_tangles(scan["radon"]))]
    return Review(
        checked=sum(len(package["files"]) for package in packages),
        blockers=[text for blocks, text in weighed if blocks],
        notes=[text for blocks, text in weighed if not blocks],
    )


def _lints(linted: Linted) -> list[tuple[bool, str]]:
    return [
        (
            (one["code"] or "F").startswith(_BLOCKING),
            f"{Path(one['filename']).name}:{one['location']['row']}: {one['message']} ({one['code'] or 'syntax'})",
        )
        for one in linted["result"]
    ]


def _tangles(measured: Measured) -> list[tuple[bool, str]]:
    found: list[tuple[bool, str]] = []
    for file, said in measured["result"].items():
        if isinstance(said, dict):
            found.append((True, f"{file}: {said.get('error', 'not readable')}"))
        else:
            found += [
                (one["rank"] in _TANGLED, f"{file}:{one['lineno']}: {one['name']} ({one['rank']})") for one in said
            ]
    return found


@agents.agent(
    role="Follows links between texts and says which lead nowhere.", owner="signalbox", capabilities=["links"]
)
def release_links(ctx: agents.Context, root: str, texts: list[Text]) -> Review:
    """Follow the links of each text to files and headings below the folder or beside it."""
    folder, checked, blockers = ctx.folder(root), 0, list[str]()
    for number, text in enumerate(texts, start=1):
        checked += len(links_of(text["text"]))
        blockers += dead(folder, text["name"], text["text"])
        ctx.progress(number / len(texts), f"{checked} links, {len(blockers)} dead")
    return Review(checked=checked, blockers=blockers, notes=[])


@agents.agent(
    role="Says from all reviews whether a project is fit for release.",
    owner="signalbox",
    examples=saved.VERDICT,
    capabilities=["verdict"],
    inline=True,
)
def release_verdict(code: Review, docs: Review) -> Verdict:
    """A project is fit when nothing blocks."""
    blockers, notes = [*code["blockers"], *docs["blockers"]], [*code["notes"], *docs["notes"]]
    looked = f"{code['checked']} files and {docs['checked']} links"
    return Verdict(
        fit=not blockers,
        summary=f"{'Fit' if not blockers else 'Not fit'} for release: {looked}, "
        f"{len(blockers)} blockers, {len(notes)} notes.",
        blockers=blockers,
        notes=notes,
    )
