"""Trying an agent in a browser (A4): on a saved example, on what is typed, and two versions side by side."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk, shell

ORACLE = """
agent: oracle
role: Answers every question.
runtime: scripted
settings: {outcomes: [{sleep: 0.3, ok: {answer: ANSWER}}]}
input: {type: object, required: [question], properties: {question: {type: string}}}
examples:
  - {name: of all, input: {question: "What is it?"}, expect: ["output.answer == 42"]}
"""


def load(desk: Desk, answer: int) -> None:
    file = desk.data / "oracle.yaml"
    file.write_text(ORACLE.replace("ANSWER", str(answer)))
    shell(desk.data, "apply", str(file))


def test_an_agent_is_tried_and_its_results_come_by_themselves(desk: Desk) -> None:
    load(desk, 41)
    page = desk.open("admin", "/agents/oracle/")
    other = desk.open("operator", "/agents/oracle/")
    example = page.locator('[data-example="of all"]')
    expect(example.locator("[data-trial]")).to_have_attribute("data-trial", "never tried")
    page.get_by_role("button", name="Try of all").click()
    expect(page.locator("#toasts")).to_contain_text("1 trial begun.")
    expect(example.locator('[data-trial="failed"]')).to_contain_text("output.answer is 41")
    expect(page.locator('#bench [data-proof="failing"]')).to_be_visible()
    expect(other.locator('[data-example="of all"] [data-trial="failed"]')).to_be_visible()
    expect(other.get_by_role("button", name="Try of all")).to_have_count(0)
    page.get_by_role("button", name="Try it on this").click()
    expect(page.locator('[id="input.question-wrong"]')).to_be_visible()
    desk.faults = [fault for fault in desk.faults if "Error Code 422" not in fault]  # htmx says what the test provoked
    page.get_by_label("question").fill("Who?")
    page.get_by_role("button", name="Try it on this").click()
    expect(page.locator("#try-form")).to_contain_text("The trial has begun.")
    expect(page.locator("#bench .own")).to_be_visible()
    expect(page.locator('#bench .own + ol [data-trial="passed"]')).to_be_visible()


def test_a_better_version_is_set_beside_the_old_one(desk: Desk) -> None:
    load(desk, 40)
    load(desk, 42)
    page = desk.open("admin", "/agents/oracle/")
    page.get_by_role("link", name="try both").first.click()
    page.get_by_role("button", name="Try both versions").click()
    expect(page.locator("#bench .sums tbody tr").first).to_contain_text("1 of 1")
    expect(page.locator("#bench .sums tbody tr").nth(1)).to_contain_text("0 of 1")
    expect(page.locator("#bench .changes")).to_contain_text("42")
    page.reload()
    expect(page.locator('h1 ~ [data-proof="proven"]')).to_be_visible()
