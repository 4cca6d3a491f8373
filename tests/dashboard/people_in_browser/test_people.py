"""A person's step is done from the inbox and from the card; who does it changes on the run's page (A2, H7, A1)."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.conftest import poll
from tests.dashboard.people_in_browser.conftest import Site

PICTURES = os.environ.get("SIGNALBOX_TEST_PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them: light, dark, and as a phone shows it."""
    if not PICTURES:
        return
    for scheme, width in (("light", 1440), ("dark", 1440), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{scheme}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 1000})


def done(site: Site, run: str) -> None:
    """Wait until a run has succeeded."""
    poll(lambda: site.run(run)["status"] == "succeeded", f"run {run} does not come to its end")


def test_a_person_s_step_is_done_from_the_inbox(site: Site) -> None:
    """A2."""
    run = site.start("invoices", supplier="Ash & Sons")
    page = site.open(f"/approvals/{site.form(run)}/")
    form = page.locator("#approval")
    expect(form).to_contain_text("Refuse what was not ordered.")
    form.get_by_role("button", name="Answer").click()
    expect(form.get_by_role("alert")).to_contain_text("still to be filled in")
    form.get_by_label("Verdict").select_option("pay")
    form.get_by_label("Note").fill("as ordered")
    picture(page, "inbox")
    form.get_by_role("button", name="Answer").click()
    done(site, run)
    assert site.run(run)["output"] == {"verdict": "pay", "note": "as ordered"}


def test_a_person_s_step_is_done_from_the_card(site: Site) -> None:
    """A2."""
    page = site.open("/boards/invoices/")
    page.get_by_role("button", name="New card").click()
    page.get_by_label("Title").fill("Invoice 7")
    page.get_by_label("Supplier").fill("Elm Ltd")
    page.get_by_role("button", name="Add card").click()
    link = page.get_by_role("link", name="Invoice 7")
    expect(link).to_be_visible()
    card = str(link.get_attribute("href")).strip("/").rpartition("/")[2]
    (board,) = site.call("GET", "/boards")["items"]
    columns = {one["name"]: one["id"] for one in site.call("GET", f"/boards/{board['id']}")["columns"]}
    version = site.call("GET", f"/cards/{card}")["version"]
    site.call("POST", f"/cards/{card}/move", {"column": columns["In progress"], "version": version})
    page.goto(f"{site.url}/boards/invoices/cards/{card}/")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Check the invoice")).to_be_visible()
    drawer.get_by_label("Verdict").select_option("refuse")
    picture(page, "card")
    drawer.get_by_role("button", name="Answer").click()
    expect(drawer).to_contain_text("refuse")
    run = site.call("GET", f"/cards/{card}")["run_id"]
    done(site, run)
    assert site.run(run)["output"]["verdict"] == "refuse"


def test_a_person_s_step_is_given_to_an_agent_on_the_run_s_page(site: Site) -> None:
    """A2: a step may start as a person and get an agent later."""
    run = site.start("invoices", supplier="Oak")
    page = site.open(f"/runs/{run}/?step=check")
    picture(page, "run")
    page.get_by_label("Agent to give it to").select_option("payer")
    page.get_by_role("button", name="Give to agent").click()
    done(site, run)
    assert site.run(run)["output"] == {"verdict": "pay", "note": "small enough"}


def test_what_an_agent_proposes_is_approved_with_a_change(site: Site) -> None:
    """H7."""
    done(site, site.start("payments", amount=20))
    run = site.start("payments", amount=200)
    poll(lambda: bool(site.call("GET", f"/approvals?run={run}")["items"]), "nobody is asked")
    page = site.open(f"/approvals/{site.form(run)}/")
    form = page.locator("#approval")
    expect(form).to_contain_text("it is not so that input.amount < 100")
    form.get_by_label("Note").fill("looked at")
    picture(page, "proposal")
    form.get_by_role("button", name="Approve with edits").click()
    done(site, run)
    assert site.run(run)["output"] == {"verdict": "pay", "note": "looked at"}
    page.goto(f"{site.url}/runs/{run}/")
    picture(page, "proposed-run")


def test_an_agent_is_written_changed_and_rolled_back_in_the_browser(site: Site) -> None:
    """A1."""
    page = site.open("/agents/")
    page.get_by_role("link", name="New agent").click()
    text = page.get_by_label("Agent as YAML")
    text.fill(text.input_value().replace("my-agent", "reader").replace("runtime", "runtme"))
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("did you mean 'runtime'?")
    picture(page, "agent-new")
    text.fill(text.input_value().replace("runtme", "runtime"))
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="reader")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    text.fill(text.input_value().replace("Says in one sentence what it does", "Reads"))
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Version 2 is current now.")).to_be_visible()
    page.get_by_role("link", name="version 1").click()
    picture(page, "agent")
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.get_by_text("Version 3 is current now; it is as version 1 was.")).to_be_visible()
