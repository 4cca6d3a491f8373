"""Every page and main state of the dashboard: its address, and what people do to bring it about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One page to look at."""

    path: str
    """Its address; names in braces are numbers of what stands there."""
    do: Callable[[Page], None] | None = None
    """Opens what is not open at first."""


def palette(page: Page) -> None:
    """Open the command palette with something found."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a run").fill("re")
    expect(page.get_by_role("option", name="Reviews").first).to_be_visible()


def keys(page: Page) -> None:
    """Open the list of keys."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def account(page: Page) -> None:
    """Open the account menu."""
    page.locator("header.top summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def new_card(page: Page) -> None:
    """Open the form of a new card."""
    page.get_by_role("button", name="New card").click()
    expect(page.get_by_role("dialog", name="New card")).to_be_visible()


def cancelling(page: Page) -> None:
    """Ask what cancelling would do."""
    page.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_role("dialog", name="Cancel run?")).to_be_visible()


def drilled(page: Page) -> None:
    """Drill the workflow, and open what one of its cells has to say."""
    page.get_by_role("button", name="Drill it").click()
    page.locator('.drill td[data-fault="timeout"] summary').first.click()
    expect(page.locator(".drill details[open] p").first).to_be_visible()


STOPS = {
    "overview": Stop(path="/"),
    "boards": Stop(path="/boards/"),
    "board": Stop(path="/boards/{board}/"),
    "board-new-card": Stop(path="/boards/{board}/", do=new_card),
    "card": Stop(path="/boards/{board}/cards/{card}/"),
    "runs": Stop(path="/runs/"),
    "run": Stop(path="/runs/{run}/"),
    "run-past": Stop(path="/runs/{run}/?at=9&tab=events"),
    "run-ran": Stop(path="/runs/{run}/?view=ran&tab=story"),
    "run-fork": Stop(path="/runs/{run}/fork/"),
    "run-fork-step": Stop(path="/runs/{run}/fork/?step={step}"),
    "run-cancelling": Stop(path="/runs/{run}/", do=cancelling),
    "run-failed": Stop(path="/runs/{other}/"),
    "comparison": Stop(path="/runs/+compare/?run={run}&run={other}&show=all"),
    "step": Stop(path="/runs/{run}/?step={step}"),
    "inbox": Stop(path="/approvals/"),
    "approval": Stop(path="/approvals/{gate}/"),
    "decided": Stop(path="/approvals/decided/"),
    "agents": Stop(path="/agents/"),
    "agent": Stop(path="/agents/{agent}/"),
    "workflows": Stop(path="/workflows/"),
    "workflow": Stop(path="/workflows/{workflow}/"),
    "workflow-drilled": Stop(path="/workflows/{workflow}/", do=drilled),
    "workflow-edit": Stop(path="/workflows/{workflow}/edit/"),
    "workflow-new": Stop(path="/workflows/+new/"),
    "patterns": Stop(path="/patterns/"),
    "audit": Stop(path="/audit/"),
    "tokens": Stop(path="/tokens/"),
    "palette": Stop(path="/", do=palette),
    "keys": Stop(path="/approvals/", do=keys),
    "account": Stop(path="/", do=account),
    "missing": Stop(path="/runs/nothing/"),
}
