"""The Python agents of the repository review; the work itself is in the modules beside. The tools are in `tools/`."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from examples.repo_review.critique import critique_of
from examples.repo_review.findings import READERS
from examples.repo_review.kinds import (
    Counts,
    Critique,
    Finding,
    Package,
    Published,
    Rank,
    Sections,
    Survey,
    Tool,
    Unread,
)
from examples.repo_review.report import publish_to
from examples.repo_review.survey import survey_of
from orchestrator import agents

OWN_SOURCE = Path(agents.__file__).resolve().parents[1]


@agents.agent(
    role="Lists a folder's Python files in packages of a size that tools handle well.",
    owner="signalbox",
    capabilities=["survey"],
)
def survey(ctx: agents.Context, path: str = "") -> Survey:
    """Survey a folder under the configured roots, by default Signalbox's own source."""
    found = survey_of(ctx.folder(path.strip() or str(OWN_SOURCE)))
    ctx.progress(1, f"{found['files']} files in {len(found['packages'])} packages")
    return found


@agents.agent(
    role="Puts the findings of all tools and packages together, a section for each tool.",
    owner="signalbox",
    capabilities=["merge"],
)
def merge_sections(root: str, packages: list[Package], scans: list[dict[str, object]]) -> Sections:
    """Read what each tool said of each package; one that has nothing to say counts as not looked at."""
    found: dict[Tool, list[Finding]] = {"ruff": [], "bandit": [], "radon": []}
    unread: list[Unread] = []
    for package, scan in zip(packages, scans, strict=True):
        for tool, findings in found.items():
            ran = cast("dict[str, object] | None", scan.get(tool))
            if ran is None:
                unread.append(Unread(tool=tool, file=package["name"], reason="the tool failed on this package"))
                continue
            read = READERS[tool](ran["result"], package["name"], root)
            findings.extend(read.findings)
            unread.extend(read.unread)
    ruff, bandit, radon = (len(found[tool]) for tool in ("ruff", "bandit", "radon"))
    return Sections(
        ruff=found["ruff"],
        bandit=found["bandit"],
        radon=found["radon"],
        unread=unread,
        counts=Counts(ruff=ruff, bandit=bandit, radon=radon, total=ruff + bandit + radon),
        files=sum(len(package["files"]) for package in packages),
        packages=len(packages),
    )


@agents.agent(
    role="Ranks findings by severity and spread, and writes a summary of them.",
    owner="signalbox",
    capabilities=["critique"],
)
def critic(
    ruff: list[Finding],
    bandit: list[Finding],
    radon: list[Finding],
    unread: list[Unread],
    counts: Counts,
    files: int,
    packages: int,
) -> Critique:
    """Judge a review's sections."""
    sections = Sections(
        ruff=ruff, bandit=bandit, radon=radon, unread=unread, counts=counts, files=files, packages=packages
    )
    return critique_of(sections)


@agents.agent(role="Writes a review to disk as Markdown and JSON.", owner="signalbox", capabilities=["publish"])
def publish(root: str, summary: str, ranking: list[Rank], sections: Sections, ctx: agents.Context) -> Published:
    """Write the report under the data folder, by run, with the summary as the operator left it."""
    # Not `ctx.once`: replacing a file by the same file may be done again, and must be after a crash half way.
    return publish_to(ctx.data_dir / "reports" / ctx.run_id, root, summary, ranking, sections)
