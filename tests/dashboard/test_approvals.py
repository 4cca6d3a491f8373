"""The inbox without a browser: who sees which buttons, what a decision does, and refusals in words (H1, H2)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Gate, GateDecision, Run, User
from tests import cast
from tests.dashboard.conftest import person, signed_in
from tests.dashboard.waiting import first, form, waiting

BUTTONS = ("Approve", "Approve with edits", "Send back with feedback", "Reject")
FRAGMENT = {"HX-Request": "true", "HX-Target": "approval"}


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def gate(operator: User) -> Gate:
    return waiting(operator)


def buttons(html: str) -> list[str]:
    return re.findall(r'<button[^>]*name="verdict"[^>]*aria-label="([^"]+)"', html)


def decide(client: Client, gate: Gate, verdict: str, **typed: str) -> tuple[int, str]:
    answer = client.post(f"/approvals/{gate.pk}/decision/", form(gate, verdict, **typed), headers=FRAGMENT)
    return answer.status_code, answer.content.decode()


def status(gate: Gate) -> str:
    return Gate.objects.get(pk=gate.pk).status


def test_the_buttons_are_those_that_are_legal(gate: Gate, operator: User, operator_client: Client) -> None:
    html = operator_client.get(f"/approvals/{gate.pk}/").content.decode()
    assert buttons(html) == list(BUTTONS)
    assert f'name="digest" value="{gate.digest}"' in html
    nothing_before = operator_client.get(f"/approvals/{first(operator).pk}/").content.decode()
    assert buttons(nothing_before) == ["Approve", "Reject"]


def test_a_viewer_sees_no_button_and_is_told_why(gate: Gate, viewer_client: Client) -> None:
    """U4."""
    html = viewer_client.get(f"/approvals/{gate.pk}/").content.decode()
    assert buttons(html) == []
    assert "<textarea" not in html
    assert "needs the role operator" in html
    got, html = decide(viewer_client, gate, "approve", text="mine")
    assert (got, status(gate)) == (403, "open")
    assert "needs the role operator" in html


def test_whoever_is_not_signed_in_is_led_to_sign_in(gate: Gate) -> None:
    for path in ("/approvals/", "/approvals/decided/", "/approvals/mine/", f"/approvals/{gate.pk}/"):
        assert Client().get(path)["Location"].startswith("/signin/")
    answer = Client().post(f"/approvals/{gate.pk}/decision/", form(gate, "approve"), headers=FRAGMENT)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/signin/")
    assert status(gate) == "open"


def test_an_outsider_finds_nothing(gate: Gate, outsider_client: Client) -> None:
    assert outsider_client.get(f"/approvals/{gate.pk}/").status_code == 404
    assert decide(outsider_client, gate, "approve")[0] == 404
    assert f'data-approval-id="{gate.pk}"' not in outsider_client.get("/approvals/").content.decode()


def test_approving_ends_the_run_with_what_was_shown(gate: Gate, operator_client: Client) -> None:
    got, html = decide(operator_client, gate, "approve")
    assert (got, status(gate)) == (200, "approved")
    assert f'data-approval-id="{gate.pk}" data-status="approved"' in html
    assert buttons(html) == []
    run = Run.objects.get(pk=gate.run_id)
    assert (run.status, run.output["text"]) == ("succeeded", "Dear all,\nhello")


def test_edits_of_every_kind_of_field_reach_the_run(gate: Gate, operator_client: Client) -> None:
    """H2: text with line breaks, a number, a flag, and JSON."""
    typed = {"text": "Dear <b>you</b>,\r\nbye", "copies": "3", "urgent": "", "seals": '{"wax": "blue"}'}
    got, _ = decide(operator_client, gate, "approve_edits", **typed)
    assert got == 200
    output = Run.objects.get(pk=gate.run_id).output
    assert output == {"text": "Dear <b>you</b>,\nbye", "copies": 3, "urgent": False, "seals": {"wax": "blue"}}
    assert set(GateDecision.objects.get(path="sign").edits) == {"text", "copies", "urgent", "seals"}


def test_only_what_differs_is_an_edit(gate: Gate, operator_client: Client) -> None:
    assert decide(operator_client, gate, "approve_edits", copies="5")[0] == 200
    assert GateDecision.objects.get(path="sign").edits == {"copies": 5}


@pytest.mark.parametrize(
    ("verdict", "typed", "words", "beside"),
    [
        ("approve", {"text": "changed"}, "You have changed text.", ""),
        ("approve", {"copies": "many"}, "You have changed a field.", ""),
        ("approve_edits", {}, "You have changed nothing.", ""),
        ("approve_edits", {"copies": "many"}, "cannot be read", "edit.copies"),
        ("approve_edits", {"copies": "1e999"}, "cannot be read", "edit.copies"),
        ("approve_edits", {"copies": "9" * 30}, "cannot be read", "edit.copies"),
        ("approve_edits", {"seals": "{wax}"}, "cannot be read", "edit.seals"),
        ("approve_edits", {"seals": "[1]"}, "The changes do not fit.", "edit.seals"),
        ("approve_edits", {"text": "x", "comment": "a\0b"}, "", "comment"),
        ("reject", {"text": "kept"}, "cannot be taken", "comment"),
        ("send_back", {"text": "kept"}, "cannot be taken", "comment"),
        ("send_back", {"comment": "no", "to": "nowhere"}, "nowhere", ""),
        ("perhaps", {}, "is not one of them", ""),
        ("approve", {"digest": "0" * 32}, "has changed since you looked", ""),
    ],
)
def test_a_refusal_is_said_in_words_at_its_place_and_nothing_typed_is_lost(
    gate: Gate, operator_client: Client, verdict: str, typed: dict[str, str], words: str, beside: str
) -> None:
    typed = {"comment": "my very words", **typed}
    if beside == "comment" and verdict != "approve_edits":
        typed["comment"] = ""
    got, html = decide(operator_client, gate, verdict, **typed)
    assert (got in (409, 422), status(gate)) == (True, "open")
    assert words in html
    if beside:
        assert f'id="{beside}-wrong"' in html
    for text in typed.values():
        assert text.replace("\0", "") in html.replace("\0", "") or text == "0" * 32
    assert 'role="alert"' in html


def test_the_same_click_twice_counts_once(gate: Gate, operator_client: Client) -> None:
    for verdict, typed in (("approve_edits", {"text": "Bye"}), ("approve_edits", {"text": "Bye"})):
        got, html = decide(operator_client, gate, verdict, **typed)
        assert (got, "Approved" in html) == (200, True)
    assert GateDecision.objects.filter(path="sign").count() == 1


@pytest.mark.parametrize("verdict", ["approve", "reject", "send_back"])
def test_a_second_click_of_any_button_is_answered_like_the_first(
    gate: Gate, operator_client: Client, verdict: str
) -> None:
    for _ in range(2):
        assert decide(operator_client, gate, verdict, comment="as agreed\r\nyesterday")[0] == 200
    assert GateDecision.objects.filter(path="sign").count() == 1


def test_whoever_comes_second_is_told_who_was_first_and_keeps_their_words(gate: Gate, operator_client: Client) -> None:
    assert decide(operator_client, gate, "reject", comment="not like this")[0] == 200
    other = signed_in(person("second", "operator", User.objects.get(username="operator").team))
    got, html = decide(other, gate, "approve", comment="fine by me")
    assert got == 409
    assert "rejected already by operator" in html
    assert buttons(html) == []


def test_a_stale_edit_stands_beside_what_is_shown_now(operator: User, operator_client: Client) -> None:
    """Two people edit under a quorum: the second sees what the first made of it, and what they wrote themselves."""
    gate = waiting(operator, quorum=2)
    second = signed_in(person("second", "operator", operator.team))
    assert decide(second, gate, "approve_edits", text="changed by\r\nanother")[0] == 200
    got, html = decide(operator_client, gate, "approve_edits", text="mine")
    assert got == 409
    assert "changed by\nanother</textarea>" in html
    assert "You had written:</span><pre>mine</pre>" in html


def test_a_quorum_is_counted_and_an_edit_asks_everyone_anew(operator: User, operator_client: Client) -> None:
    gate = waiting(operator, quorum=2)
    second = signed_in(person("second", "operator", operator.team))
    got, html = decide(operator_client, gate, "approve")
    assert (got, status(gate)) == (200, "open")
    assert "1 of 2 agreed" in html
    assert operator_client.get("/approvals/mine/").json() == {"mine": []}
    assert second.get("/approvals/mine/").json() == {"mine": [gate.pk]}
    assert decide(second, gate, "approve_edits", text="better")[0] == 200
    assert operator_client.get("/approvals/mine/").json() == {"mine": [gate.pk]}
    now = Gate.objects.get(pk=gate.pk)
    assert decide(operator_client, now, "approve", text="better")[0] == 200
    assert status(gate) == "approved"


def test_sending_back_reaches_the_step_that_was_chosen(gate: Gate, operator_client: Client) -> None:
    assert decide(operator_client, gate, "send_back", comment="shorter, please")[0] == 200
    assert list(Gate.objects.filter(status="open").values_list("path", flat=True)) == ["draft#2"]


def test_without_scripts_a_decision_leads_back_to_the_inbox_and_says_so(gate: Gate, operator_client: Client) -> None:
    answer = operator_client.post(f"/approvals/{gate.pk}/decision/", form(gate, "approve"))
    assert (answer.status_code, answer["Location"]) == (303, "/approvals/")
    assert "Approved: Sign the letter" in operator_client.get("/approvals/").content.decode()
    refused = operator_client.post(f"/approvals/{gate.pk}/decision/", form(gate, "reject"))
    assert refused.status_code == 422
    assert "<html" in refused.content.decode()


def test_the_overviews_button_is_answered_with_a_word(gate: Gate, operator_client: Client) -> None:
    sent = {"verdict": "approve", "digest": gate.digest}
    headers = {"HX-Request": "true", "HX-Target": "toasts"}
    answer = operator_client.post(f"/approvals/{gate.pk}/decision/", sent, headers=headers)
    assert (answer.status_code, status(gate)) == (200, "approved")
    assert answer.content.decode().strip() == '<p class="note" data-status="approved">Approved: Sign the letter</p>'


def test_a_gate_nobody_may_decide_says_so_loudly(operator: User, operator_client: Client) -> None:
    run = cast.run(1, operator)
    alone = cast.gate(run, "alone", group="officers")
    few = cast.gate(run, "few", quorum=3)
    for page in ("/approvals/?show=all", f"/approvals/{alone.pk}/"):
        assert "nobody may decide" in operator_client.get(page).content.decode().lower()
    assert "Nobody may decide here" in operator_client.get(f"/approvals/{alone.pk}/").content.decode()
    assert "needs 3 people, but only 1 may" in operator_client.get(f"/approvals/{few.pk}/").content.decode()
    operator.groups.add(Group.objects.create(name="officers"))
    assert "Nobody may decide here" not in operator_client.get(f"/approvals/{alone.pk}/").content.decode()


def test_the_list_is_by_deadline_then_age_and_marks_what_is_yours(operator: User, operator_client: Client) -> None:
    run = cast.run(1, operator)
    late = cast.gate(run, "late", deadline_at=cast.NOON + timedelta(hours=2))
    old, new = cast.gate(run, "old"), cast.gate(run, "new", opened_at=cast.NOON + timedelta(hours=1))
    others = cast.gate(run, "others", not_starter=True, deadline_at=cast.NOON + timedelta(hours=1))
    html = operator_client.get("/approvals/").content.decode()
    listed = re.findall(r'<a class="ask"[^>]*data-approval-id="(\d+)"', html)
    assert listed == [str(one.pk) for one in (others, late, old, new)]
    assert re.search(rf'data-approval-id="{late.pk}"[^>]* data-settle data-mine', html)
    assert not re.search(rf'<a class="ask"[^>]*data-approval-id="{others.pk}"[^>]* data-settle data-mine', html)
    assert f'class="one" data-approval-id="{late.pk}"' in html


def test_history_tells_who_decided_what_and_why(gate: Gate, operator_client: Client) -> None:
    decide(operator_client, gate, "approve_edits", text="Bye", comment="shorter is better")
    html = operator_client.get("/approvals/decided/").content.decode()
    entry = html[html.index(f'data-approval-id="{gate.pk}"') :]
    for words in ("operator", "approved", "changed text", "shorter is better", "- hello", "+ Bye"):
        assert words in entry


def test_the_inbox_asks_no_more_for_more_approvals(operator: User, operator_client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            operator_client.get("/approvals/")
        return len(questions)

    cast.gate(cast.run(1, operator), "a")
    few = asked()
    for number in range(2, 22):
        cast.gate(cast.run(number, operator), "a")
    assert asked() <= few <= 30


def test_several_alike_are_approved_with_one_click_and_one_that_is_refused_stops_no_other(
    operator: User, operator_client: Client
) -> None:
    """H2: bound to what was seen; the answer says how many."""
    waiting_ones = [first(operator) for _ in range(3)]
    named = [f"{gate.pk}:{gate.digest}" for gate in waiting_ones]
    named[1] = f"{waiting_ones[1].pk}:{'0' * 32}"
    answer = operator_client.post("/approvals/together/", {"gate": named}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert (answer.status_code, "Approved 2 of 3" in html) == (200, True)
    assert "has changed since you looked" in html
    assert [status(gate) for gate in waiting_ones] == ["approved", "open", "approved"]
    again = operator_client.post("/approvals/together/", {"gate": named[0]}, headers={"HX-Request": "true"})
    assert "Approved 1 of 1" in again.content.decode()
    assert GateDecision.objects.filter(run_id=waiting_ones[0].run_id).count() == 1


def test_what_is_not_alike_is_not_approved_together(
    gate: Gate, operator: User, operator_client: Client, viewer_client: Client
) -> None:
    early, many = first(operator), waiting(operator, quorum=2)
    for named in ([gate, early], [many], [many, many], []):
        sent = {"gate": [f"{one.pk}:{one.digest}" for one in named]}
        answer = operator_client.post("/approvals/together/", sent, headers={"HX-Request": "true"})
        assert (answer.status_code, b"not alike" in answer.content) == (422, True)
    assert operator_client.post("/approvals/together/", {"gate": f"{early.pk}:"}).status_code == 422
    assert operator_client.post("/approvals/together/", {"gate": "x:y"}).status_code == 404
    assert viewer_client.post("/approvals/together/", {"gate": f"{early.pk}:{early.digest}"}).status_code == 403
    assert {status(one) for one in (gate, early, many)} == {"open"}


def test_who_would_decide_is_told_so(operator: User, operator_client: Client) -> None:
    gate = waiting(operator, quorum=2)
    assert "yours would decide" not in operator_client.get(f"/approvals/{gate.pk}/").content.decode()
    second = signed_in(person("second", "operator", operator.team))
    assert decide(second, gate, "approve")[0] == 200
    assert "yours would decide" in operator_client.get(f"/approvals/{gate.pk}/").content.decode()


def test_what_people_changed_stands_beside_what_was_there(gate: Gate, operator_client: Client) -> None:
    typed = {"text": "Dear all,\r\n<b>bye</b>", "copies": "3"}
    assert decide(operator_client, gate, "approve_edits", **typed)[0] == 200
    html = operator_client.get(f"/approvals/{gate.pk}/").content.decode()
    assert "<del>- hello</del>" in html
    assert "<ins>+ &lt;b&gt;bye&lt;/b&gt;</ins>" in html
    assert "<del>2</del> <ins>3</ins>" in html
