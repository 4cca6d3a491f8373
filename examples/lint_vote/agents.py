"""What the vote of linters adds to ruff and bandit: packages, a look at the wording, and the table of votes."""

from __future__ import annotations

from typing import Literal, TypedDict

from examples.lint_vote import saved
from examples.lint_vote.wording import slips_in
from examples.prose import PROJECT
from examples.repo_review.kinds import Package
from examples.repo_review.survey import survey_of
from orchestrator import agents


class Split(TypedDict):
    """Where to look."""

    root: str
    packages: list[Package]


class Wording(TypedDict):
    """What is wrong in words."""

    slips: list[str]


class Verdict(TypedDict):
    """What one linter says of a package."""

    verdict: Literal["clean", "look"]
    findings: int


class Dissent(TypedDict):
    """Who does not say what most say, and says what."""

    who: str
    value: str


class Merged(TypedDict):
    """What a majority makes of three verdicts; the engine gives more than is read here."""

    value: str | None
    dissent: list[Dissent]


class Vote(TypedDict):
    """What became of one package."""

    package: str
    verdict: str
    dissent: str
    """Who saw it otherwise, in words; empty when all agree."""


@agents.agent(
    role="Splits a folder of Python files into packages for linters.", owner="signalbox", capabilities=["split"]
)
def lint_split(ctx: agents.Context, folder: str = "") -> Split:
    """Split a folder under the configured roots, by default Signalbox's dashboard: a package for each folder in it."""
    root = ctx.folder(folder.strip() or str(PROJECT / "dashboard"))
    found = survey_of(root)["packages"]
    ctx.progress(1, f"{len(found)} packages")
    return Split(root=str(root), packages=found)


@agents.agent(
    role="Finds words spelt wrong or written twice in comments and texts of Python files.",
    owner="signalbox",
    capabilities=["lint"],
)
def lint_wording(ctx: agents.Context, root: str, files: list[str]) -> Wording:
    """Look at each file; what is no Python any more is for others to say."""
    folder, slips = ctx.folder(root), []
    for number, file in enumerate(files, start=1):
        slips += [f"{file}:{slip}" for slip in slips_in((folder / file).read_text(errors="replace"))]
        ctx.progress(number / len(files), file)
    return Wording(slips=slips)


@agents.agent(
    role="Says of a number of findings whether somebody should look.",
    owner="signalbox",
    examples=saved.VERDICT,
    capabilities=["verdict"],
    inline=True,
)
def lint_verdict(findings: int) -> Verdict:
    """Ask for a look as soon as there is anything to see."""
    return Verdict(verdict="look" if findings else "clean", findings=findings)


@agents.agent(
    role="Puts the votes on all packages in a table, disputed ones first.",
    owner="signalbox",
    examples=saved.TABLE,
    capabilities=["report"],
)
def lint_table(packages: list[Package], votes: list[Merged]) -> list[Vote]:
    """Say for each package what most linters say, and who does not agree."""
    table = [
        Vote(
            package=package["name"],
            verdict=vote["value"] or "undecided",
            dissent=", ".join(f"{one['who']} says {one['value']}" for one in vote["dissent"]),
        )
        for package, vote in zip(packages, votes, strict=True)
    ]
    return sorted(table, key=lambda one: (not one["dissent"], one["verdict"] == "clean", one["package"]))
