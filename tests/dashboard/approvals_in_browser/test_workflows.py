"""Workflows and agents in a real browser: starting a run, and the editor with its marked lines."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.dashboard.approvals_in_browser.conftest import LETTERS, Site


def test_the_start_form_leads_to_the_run_and_what_does_not_fit_stays_typed(site: Site) -> None:
    page = site.open("/workflows/letters/")
    page.locator("#start").get_by_label("Letter").fill("Dear all")
    page.locator("#start").get_by_label("Copies").fill("many")
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("alert")).to_contain_text("not started")
    expect(page.locator("#start").get_by_label("Letter")).to_have_value("Dear all")
    expect(page.locator("#start").get_by_label("Copies")).to_have_attribute("aria-invalid", "true")
    page.locator("#start").get_by_label("Copies").fill("3")
    page.get_by_role("button", name="Start run").click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator('[data-step-path="draft"]').first).to_have_attribute("data-status", "waiting")


def test_a_problem_leads_to_its_line_and_the_numbers_follow_what_is_typed(site: Site) -> None:
    page = site.open("/workflows/letters/edit/")
    text = page.get_by_label("Workflow as YAML")
    written = LETTERS.strip() + "\n  - id: sign\n    agent: nobody-like-this\n"
    text.fill(written)
    expect(page.locator(".gutter li")).to_have_count(written.count("\n") + 1)
    page.get_by_role("button", name="Check and draw").click()
    expect(page.get_by_role("alert")).to_contain_text("problem")
    last = page.locator("[data-line]").last
    line = int(last.get_attribute("data-line") or 0)
    expect(page.locator(".gutter li").nth(line - 1)).to_have_class("marked")
    last.click()
    expect(text).to_be_focused()
    selected = text.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert selected == written.split("\n")[line - 1]


def test_what_is_checked_is_drawn_and_only_applying_changes_it(site: Site) -> None:
    page = site.open("/workflows/letters/edit/")
    text = page.get_by_label("Workflow as YAML")
    text.fill(text.input_value().replace("title: Draft", "title: Draft it"))
    page.get_by_role("button", name="Check and draw").click()
    expect(page.get_by_role("status").filter(has_text="Nothing is wrong")).to_be_visible()
    expect(page.locator('svg.track [data-step-path="sign"]')).to_be_visible()
    page.get_by_role("link", name="Leave it").click()
    page.wait_for_url("**/workflows/letters/")
    expect(page.locator(".code-lines")).to_contain_text("title: Draft,")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/workflows/", "/workflows/letters/", "/workflows/letters/edit/", "/agents/"])
def test_the_pages_are_accessible_and_fit_a_phone(site: Site, scheme: str, path: str) -> None:
    site.letter("one")
    page = site.open(path, color_scheme=scheme)
    found = Axe().run(page, context="#main")
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
