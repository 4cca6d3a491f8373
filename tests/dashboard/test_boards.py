"""Pages of boards without a browser: who sees and changes what, what forms say, and what is pushed (B1, U4)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.live.topics import TOPICS
from dashboard.partials.boards import ALL, CHANGES, live
from orchestrator.boards.places import Spot
from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Board, Card, CardEntry, Gate, Run, User
from orchestrator.queries.boards import MOST_CHANGED
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
    listed = re.sub(r"<[^>]+>", "", client(world.viewer).get("/boards/").content.decode())
    assert "Naps" in listed
    for column in ("Backlog 1", "In progress 0 / 2", "Review 0"):
        assert column in listed
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
    pushed = live(world.viewer, str(world.board.pk), 0)
    assert "&lt;script&gt;" in pushed.fragment(CHANGES).html
    assert not any("<script>alert" in part.html for part in pushed.fragments)


def test_what_is_pushed_is_what_the_page_shows_and_the_same_for_everyone(world: World) -> None:
    world.move(world.card(), "In progress")
    key = str(world.board.pk)
    for_viewer, for_operator = (live(user, key, 0) for user in (world.viewer, world.operator))
    assert for_viewer == for_operator
    assert for_viewer.n == Board.objects.get().version
    page = client(world.viewer).get("/boards/naps/", headers={"HX-Request": ""}).content.decode()
    *heads, cards = for_viewer.fragments
    for part in heads:
        assert f'id="{part.id}"' in page
        assert f'data-v="{part.v}"' in page
    assert cards.id == CHANGES
    assert cards.html in page
    assert not any("csrf" in part.html for part in for_viewer.fragments)
    fetched = client(world.viewer).get("/boards/naps/frame/").json()
    assert [one["v"] for one in fetched["fragments"]] == [part.v for part in for_viewer.fragments]


def test_only_what_changed_is_pushed(world: World) -> None:
    card, other = world.card(), world.card("Other")
    key = str(world.board.pk)
    before = live(world.viewer, key, 0)
    world.move(card, "Ready")
    after = live(world.viewer, key, before.n)
    assert f"card-{card.pk}" in after.fragment(CHANGES).html
    assert f"card-{other.pk}" not in after.fragment(CHANGES).html
    heads = {part.id: part.v for part in before.fragments if part.id != CHANGES}
    changed = {part.id for part in after.fragments if part.id != CHANGES and heads[part.id] != part.v}
    assert changed == {f"column-{world.column(name).pk}" for name in ("Backlog", "Ready")}
    assert [part.id for part in live(world.viewer, key, after.n).fragments] == list(heads), "nothing is new"


def test_a_card_that_is_archived_is_told_to_go_and_one_that_came_back_to_come(world: World) -> None:
    card, key = world.card(), str(world.board.pk)
    n = live(world.viewer, key, 0).n
    cards.archive(world.operator, card.pk, card.version)
    gone = live(world.viewer, key, n)
    assert f'id="card-{card.pk}" data-gone' in gone.fragment(CHANGES).html
    assert f"card-{card.pk}" not in client(world.viewer).get("/boards/naps/").content.decode()
    assert f"card-{card.pk}" in client(world.viewer).get("/boards/naps/?status=archived").content.decode()
    cards.restore(world.operator, card.pk)
    assert 'data-status="pending"' in live(world.viewer, key, gone.n).fragment(CHANGES).html


def test_cards_that_were_numbered_afresh_are_pushed_all_because_browsers_go_by_rank(world: World) -> None:
    first, last = world.card("First"), world.card("Last")
    Card.objects.filter(pk=last.pk).update(rank=Card.objects.get(pk=first.pk).rank + 1e-7)
    n = Board.objects.get().version
    moved = cards.move(world.operator, world.card("Between").pk, first.column_id, Spot(before=last.pk), version=1)
    pushed = live(world.viewer, str(world.board.pk), n).fragment(CHANGES).html
    assert re.findall(r'id="card-(\d+)"', pushed) == [str(one.pk) for one in (first, moved, last)]


def test_who_missed_too_much_is_told_to_read_the_cards_again(world: World) -> None:
    column = world.column("Ready")
    n = live(world.viewer, str(world.board.pk), 0).n
    Card.objects.bulk_create(
        Card(board=world.board, column=column, rank=rank, title="One of many", board_version=n + 1)
        for rank in range(MOST_CHANGED + 1)
    )
    assert live(world.viewer, str(world.board.pk), n).touched == (ALL,)


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


def test_the_drawer_shows_runs_and_output_and_archives_and_restores(world: World) -> None:
    card = world.move(world.card(), "In progress")
    gate = Gate.objects.get()
    operator, viewer = client(world.operator), client(world.viewer)
    path = f"/boards/naps/cards/{card.pk}/"
    refused = operator.post(f"{path}archive/", {"version": card.version})
    assert (refused.status_code, b"A run is at work" in refused.content) == (409, True)
    operator.post(f"{path}decide/", {"gate": gate.pk, "digest": gate.digest, "verdict": "approve"})
    drawer = viewer.get(path).content.decode()
    assert f'data-run-id="{card.run_id}"' in drawer
    assert 'data-key="output"' in drawer
    version = Card.objects.get(pk=card.pk).version
    assert viewer.post(f"{path}archive/", {"version": version}).status_code == 403
    assert "Restore card" in operator.post(f"{path}archive/", {"version": version}).content.decode()
    assert Card.objects.get(pk=card.pk).archived_at is not None
    assert "Archive card" in operator.post(f"{path}restore/").content.decode()
    assert Card.objects.get(pk=card.pk).archived_at is None
