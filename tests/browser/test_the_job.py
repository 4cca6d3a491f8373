"""A repository review from the first word on a card to the report on disk, in two browsers that are never reloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.browser import evidence
from tests.browser.board import card, is_in, run_of, write_card
from tests.browser.desk import Desk
from tests.browser.watching import shown, was_loaded_again, watch
from tests.conftest import poll
from tests.dashboard.boards_in_browser.hands import column, drag

SEATS = list(range(5))
"""More than there are slots for child processes."""
STEPS = {"survey", "scan", "sections", "critique", "sign_off", "publish"}
EDIT = "Read by a person.\n\nThe shop's `eval` must go."
WAY = ["Ideas", "In progress", "Review", "Done"]


@contextmanager
def all_slots_taken(desk: Desk, word: str) -> Iterator[None]:
    """Keep workers busy, so that a new run stands still at its first step until everybody has seen it there."""
    api = desk.api("operator")
    run = api.insist("POST", "/runs", {"workflow": "brake", "input": {"word": word, "seats": SEATS}}).body["id"]
    try:
        poll(lambda: api.run(run)["steps_total"] > len(SEATS), "the seats are taken")
        yield
    finally:
        desk.say(word)
        assert api.ended(run)["status"] == "succeeded"


def test_a_review_goes_from_card_to_report_while_two_people_watch_and_is_approved_in_the_inbox(desk: Desk) -> None:
    """U1, H1, H2, B1–B4, O1: written and dragged in one browser, followed in the other, decided in the inbox."""
    folder = evidence.folder(desk.data / "to review")
    one, two = desk.open("admin", "/boards/reviews/"), desk.open("operator", "/boards/reviews/")
    inbox = desk.open("admin", "/approvals/")
    for page in (one, two, inbox):
        watch(page)
    with all_slots_taken(desk, "review"):
        mark = write_card(one, "Review of the shop", Folder=str(folder))
        is_in("Ideas", mark, one, two)
        drag(one, card(one, mark), column(one, "In progress"))
        is_in("In progress", mark, one, two)
        run_id = run_of(two, mark)
        run = desk.open("operator", f"/runs/{run_id}/")
        watch(run)
        assert {step for step in STEPS if shown(run, step)} == STEPS
        assert set(shown(run, "survey")) <= {"pending", "queued"}
    is_in("Review", mark, one, two)
    expect(step(run, "sign_off")).to_have_attribute("data-status", "waiting")
    for name in ("survey", "scan", "sections", "critique"):
        assert shown(run, name)[0] in ("pending", "queued")
        assert shown(run, name)[-1] == "succeeded"
    expect(run.locator("[data-approval-id]")).to_contain_text("Publish the review")

    approve_in_the_inbox(inbox, gate_of(run), EDIT)
    is_in("Done", mark, one, two)
    expect(step(run, "publish")).to_have_attribute("data-status", "succeeded")
    expect(run.locator("#run-header .pill").first).to_have_attribute("data-status", "succeeded")
    assert shown(run, "sign_off")[-2:] == ["waiting", "succeeded"]
    assert shown(run, "publish")[0] == "pending"
    for page in (one, two):
        # Back at work for the moment that publishing takes; whether that is seen depends on who looks.
        assert shown(page, mark) in (WAY, [*WAY[:3], "In progress", "Done"])
    assert not any(was_loaded_again(page) for page in (one, two, run, inbox))

    markdown, machine = evidence.report(desk, run_id)
    assert EDIT in markdown
    lines = evidence.command_lines(run)
    assert len(lines) == 12
    assert machine["counts"] == evidence.counted_by_hand(lines)
    assert all(machine["counts"][tool] > 0 for tool in evidence.TOOLS)
    assert evidence.files_covered(desk, run_id) == evidence.python_files(folder)


def test_a_review_is_edited_and_approved_on_its_card(desk: Desk) -> None:
    """H5, B4: the second person drags, the first decides in the card's drawer."""
    folder = evidence.folder(desk.data / "to review again")
    one, two = desk.open("admin", "/boards/reviews/"), desk.open("operator", "/boards/reviews/")
    for page in (one, two):
        watch(page)
    mark = write_card(two, "Review of the shop", Folder=str(folder))
    drag(two, card(two, mark), column(two, "In progress"))
    is_in("Review", mark, one, two)
    run_id = run_of(two, mark)
    card(one, mark).get_by_role("link", name="Open").click()
    form = one.locator("#drawer .gate")
    expect(form).to_contain_text("Publish the review")
    form.get_by_label("summary").fill("Decided on the card itself.")
    form.get_by_role("button", name="Approve").click()
    is_in("Done", mark, one, two)
    for page in (one, two):
        expect(card(page, mark)).to_have_attribute("data-status", "succeeded")
        assert "Review" in shown(page, mark)
    markdown, machine = evidence.report(desk, run_id)
    assert "Decided on the card itself." in markdown
    assert machine["summary"] == "Decided on the card itself."


def approve_in_the_inbox(inbox: Page, gate: str, words: str) -> None:
    """Choose an approval in the list, which came by itself, and approve it with other words."""
    row = inbox.locator(f'#inbox-list [data-approval-id="{gate}"]')
    row.click()
    approval = inbox.locator(f'#approval .one[data-approval-id="{gate}"]')
    assert "findings" in approval.get_by_label("summary").input_value()
    approval.get_by_label("summary").fill(words)
    approval.get_by_role("button", name="Approve with edits").click()
    expect(row).to_have_count(0)


def step(run: Page, path: str) -> Locator:
    """Return the lamp of a step in the track."""
    return run.locator(f'#run-track [data-step-path="{path}"]')


def gate_of(run: Page) -> str:
    """Return the number of the approval a run's page says it waits for."""
    return str(run.locator("#run-gates [data-approval-id]").get_attribute("data-approval-id"))
