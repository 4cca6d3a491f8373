"""Pages of boards without a browser: who sees and changes what, what forms say, and what is pushed (B1, U4)."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.live.topics import TOPICS
from dashboard.partials.boards import frame, live
from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Board, Card, CardEntry, Gate, Run, User
from orchestrator.queries.boards import board_detail
from orchestrator.services import cards
from tests.boards_world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def world() -> World:
    return make_world()


def client(user: User) -> Client:
    made = Client(headers=HTMX)
    made.force_login(user)
    return made


def test_no_page_of_boards_works_without_signing_in(world: World) -> None:
    card = world.card()
    for path in ("/boards/", "/boards/naps/", "/boards/naps/frame/", f"/boards/naps/cards/{card.pk}/"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"].startswith("/signin/")) == (302, True)


def test_boards_are_listed_and_an_empty_list_says_what_would_be_there(world: World) -> None:
    world.card()
    assert b"Naps" in client(world.viewer).get("/boards/").content
    nothing = client(world.outsider).get("/boards/").content.decode()
    assert "No boards yet" in nothing
    assert "manage.py apply" in nothing
    assert "Naps" not in nothing


def test_a_page_names_what_its_parts_stand_for(world: World) -> None:
    card = world.move(world.card(), "In progress")
    page = client(world.operator).get("/boards/naps/", headers={"HX-Request": ""}).content.decode()
    assert f'data-card-id="{card.pk}"' in page
    assert f'data-topic="board.{world.board.pk}"' in page
    for column in world.board.columns.all():
        assert f'data-column-id="{column.pk}"' in page
    part = re.search(rf'<li[^>]*id="card-{card.pk}"[^>]*>', page)
    assert part
    assert 'data-status="waiting"' in part[0]


def test_a_viewer_sees_the_board_but_no_way_to_change_it(world: World) -> None:
    """U4."""
    card = world.card()
    viewer = client(world.viewer)
    page = viewer.get("/boards/naps/", headers={"HX-Request": ""}).content.decode()
    assert "data-may-move" not in page
    assert "New card" not in page
    drawer = viewer.get(f"/boards/naps/cards/{card.pk}/").content.decode()
    assert "<form" not in drawer
    acts = {
        "/boards/naps/cards/": {"title": "x", "priority": 3},
        f"/boards/naps/cards/{card.pk}/edit/": {"title": "x", "priority": 3, "version": 1},
        f"/boards/naps/cards/{card.pk}/comment/": {"text": "x"},
    }
    for path, form in acts.items():
        answer = viewer.post(path, form)
        assert answer.status_code in {403, 422}
        assert "role operator" in answer.content.decode()
        assert client(world.outsider).post(path, form).status_code == 404
    assert Card.objects.get().title == "Sleep"
    assert CardEntry.objects.count() == 1


def test_a_viewer_cannot_decide_from_the_card(world: World) -> None:
    card = world.move(world.card(), "In progress")
    gate = Gate.objects.get()
    form = {"gate": gate.pk, "digest": gate.digest, "verdict": "approve"}
    answer = client(world.viewer).post(f"/boards/naps/cards/{card.pk}/decide/", form)
    assert answer.status_code == 403
    assert "role operator" in answer.content.decode()
    assert Gate.objects.get().status == "open"


def test_a_form_that_does_not_fit_comes_back_with_words_and_with_what_was_typed(world: World) -> None:
    operator = client(world.operator)
    form = {"title": "", "priority": 3, "description": "Kept", "new-input-minutes": "many"}
    answer = operator.post("/boards/naps/cards/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This field is required" in page
    assert "whole number" in page
    assert 'value="many"' in page
    assert "Kept" in page
    assert not Card.objects.exists()
    form = {"title": "x", "priority": 3, "labels": "a" * 50}
    assert "labels" in operator.post("/boards/naps/cards/", form).content.decode()
    assert not Card.objects.exists()


def test_a_written_card_holds_what_was_typed_and_nothing_that_was_left_empty(world: World) -> None:
    form = {"title": "Nap", "priority": 1, "labels": "night, deep ,", "new-input-minutes": "7", "new-input-bed": ""}
    answer = client(world.operator).post("/boards/naps/cards/", form)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "signalbox:card-added")
    card = Card.objects.get()
    assert (card.title, card.priority, card.labels, card.input) == ("Nap", 1, ["night", "deep"], {"minutes": 7})


def test_an_edit_keeps_inputs_the_form_does_not_know_and_drops_those_left_empty(world: World) -> None:
    card = world.card(input={"minutes": 3, "bed": "wide", "secret_garden": True})
    name = f"card-{card.pk}-input"
    form = {"title": "Nap", "priority": 3, f"{name}-minutes": "4", f"{name}-bed": "", "version": card.version}
    assert client(world.operator).post(f"/boards/naps/cards/{card.pk}/edit/", form).status_code == 200
    assert Card.objects.get().input == {"minutes": 4, "secret_garden": True}


def test_an_edit_over_someone_elses_is_refused_and_said(world: World) -> None:
    card = world.card()
    cards.edit(world.operator, card.pk, card.version, title="Theirs")
    form = {"title": "Mine", "priority": 3, "version": card.version}
    answer = client(world.operator).post(f"/boards/naps/cards/{card.pk}/edit/", form)
    assert answer.status_code == 422
    assert "Someone was faster" in answer.content.decode()
    assert Card.objects.get().title == "Theirs"


def test_a_card_of_another_board_is_not_found_under_this_one(world: World) -> None:
    Board.objects.create(name="other", title="Other", team=world.board.team)
    card = world.card()
    operator = client(world.operator)
    assert operator.get(f"/boards/other/cards/{card.pk}/").status_code == 404
    assert operator.get("/boards/nowhere/").status_code == 404
    assert operator.post(f"/boards/other/cards/{card.pk}/comment/", {"text": "x"}).status_code == 404


def test_a_gate_is_decided_with_changes_and_one_of_another_run_is_refused(world: World) -> None:
    """H2, H5: only the gate this card's run waits at is decided from its drawer."""
    card, other = (world.move(world.card(title), "In progress") for title in ("One", "Two"))
    mine, theirs = Gate.objects.get(run_id=card.run_id), Gate.objects.get(run_id=other.run_id)
    path = f"/boards/naps/cards/{card.pk}/decide/"
    operator = client(world.operator)
    answer = operator.post(path, {"gate": theirs.pk, "digest": theirs.digest, "verdict": "approve"})
    assert answer.status_code == 404
    assert operator.post(path, {"gate": "x", "verdict": "approve"}).status_code == 404
    answer = operator.post(path, {"gate": mine.pk, "digest": "0" * 32, "verdict": "approve"})
    assert answer.status_code == 409
    assert operator.post(path, {"gate": mine.pk, "digest": mine.digest, "verdict": "approve"}).status_code == 200
    assert [Run.objects.get(pk=run).status for run in (card.run_id, other.run_id)] == ["succeeded", "waiting"]


def test_hostile_text_is_escaped_everywhere(world: World) -> None:
    """S26."""
    hostile = '<script>alert("x")</script>'
    card = world.card(hostile, description=hostile, labels=[hostile], input={"bed": hostile, hostile: hostile})
    cards.comment(world.operator, card.pk, hostile)
    Card.objects.update(why=hostile)
    operator = client(world.operator)
    pages = [operator.get("/boards/naps/", headers={"HX-Request": ""}), operator.get(f"/boards/naps/cards/{card.pk}/")]
    for page in pages:
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
    pushed = frame(board_detail(world.viewer, world.board.pk))
    assert not any("<script>alert" in part.html for part in pushed.fragments)


def test_what_is_pushed_is_what_the_page_shows_and_the_same_for_everyone(world: World) -> None:
    world.move(world.card(), "In progress")
    key = str(world.board.pk)
    for_viewer, for_operator = (live(user, key, 0) for user in (world.viewer, world.operator))
    assert for_viewer == for_operator
    assert for_viewer.n == Board.objects.get().version
    page = client(world.viewer).get("/boards/naps/", headers={"HX-Request": ""}).content.decode()
    for part in for_viewer.fragments:
        assert f'id="{part.id}"' in page
        assert f'data-v="{part.v}"' in page
        assert "csrf" not in part.html
    fetched = client(world.viewer).get("/boards/naps/frame/").json()
    assert [one["v"] for one in fetched["fragments"]] == [part.v for part in for_viewer.fragments]


def test_only_columns_that_changed_have_another_hash(world: World) -> None:
    card = world.card()
    key = str(world.board.pk)
    before = {part.id: part.v for part in live(world.viewer, key, 0).fragments}
    world.move(card, "Ready")
    after = {part.id: part.v for part in live(world.viewer, key, 0).fragments}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"board-marks", *(f"column-{world.column(name).pk}" for name in ("Backlog", "Ready"))}


@pytest.mark.parametrize("key", ["0", "x", "", "9" * 30, "999"])
def test_a_topic_nobody_may_see_is_refused(world: World, key: str) -> None:
    assert TOPICS["board"].has_head
    with pytest.raises(RejectedMissing):
        live(world.viewer, key, 0)
    with pytest.raises(RejectedMissing):
        live(world.outsider, str(world.board.pk), 0)


def test_columns_say_which_of_them_a_card_may_not_enter(world: World) -> None:
    card = world.card(input={"minutes": 0})
    found = client(world.operator).get(f"/boards/naps/cards/{card.pk}/refusals/").json()
    assert set(found) == {str(world.column(name).pk) for name in ("In progress", "Review")}
    assert "minutes" in found[str(world.column("In progress").pk)]
    assert client(world.viewer).get(f"/boards/naps/cards/{card.pk}/refusals/").status_code == 403


def test_two_thousand_cards_are_drawn_with_as_few_questions_as_two(world: World) -> None:
    world.card("One")
    viewer = client(world.viewer)
    viewer.get("/boards/naps/")
    with CaptureQueriesContext(connection) as few:
        viewer.get("/boards/naps/frame/")
    columns = list(world.board.columns.all())
    Card.objects.bulk_create(
        Card(board=world.board, column=columns[n % 6], rank=n, title=f"Card {n}") for n in range(2000)
    )
    with CaptureQueriesContext(connection) as many:
        answer = viewer.get("/boards/naps/frame/")
    assert len(many) == len(few)
    assert answer.content.decode().count("data-card-id") == 600
    assert "more" in answer.content.decode()
