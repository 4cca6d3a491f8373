"""Boards over HTTP, as scripts use them: the bodies of interfaces.md, and refusals with reasons."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from orchestrator.models import Board, Card, Gate, User
from orchestrator.services import tokens
from tests.boards_world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


class Api:
    """Calls the API as one person."""

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def get(self, path: str) -> tuple[int, dict]:
        response = self.client.get(f"/api/v1{path}")
        return response.status_code, response.json()

    def post(self, path: str, body: object) -> tuple[int, dict]:
        text = body if isinstance(body, str) else json.dumps(body)
        response = self.client.post(f"/api/v1{path}", text, content_type="application/json")
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert set(response.json()) >= {"type", "title", "status", "detail", "errors"}
        return response.status_code, response.json()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world.operator)


def test_boards_are_listed_and_shown_by_id_and_by_name(world: World, api: Api) -> None:
    world.card("One")
    status, listed = api.get("/boards")
    assert (status, [item["name"] for item in listed["items"]], listed["next"]) == (200, ["naps"], None)
    for name in (listed["items"][0]["id"], "naps"):
        status, board = api.get(f"/boards/{name}")
        assert status == 200
        assert [column["name"] for column in board["columns"]][:3] == ["Backlog", "Ready", "In progress"]
        assert board["columns"][0]["cards"][0]["title"] == "One"
        assert board["columns"][2]["limit"] == 2
    assert api.get("/boards/nowhere")[0] == 404
    assert api.get("/boards/999")[0] == 404


def test_a_card_is_written_moved_and_starts_its_run(world: World, api: Api) -> None:
    status, card = api.post("/boards/naps/cards", {"title": "Sleep", "input": {"minutes": 3}})
    assert (status, card["status"], card["version"], card["run_id"]) == (201, "pending", 1, None)
    target = world.column("In progress").pk
    status, moved = api.post(f"/cards/{card['id']}/move", {"column": target, "version": 1})
    assert (status, moved["column"], moved["version"], moved["follows"]) == (200, target, 2, True)
    assert moved["run_id"]
    assert moved["approval"] == Gate.objects.get().pk
    assert api.get(f"/cards/{card['id']}") == (200, moved)


def test_a_move_after_someone_elses_is_answered_409_with_the_place_the_card_has(world: World, api: Api) -> None:
    card, other = world.card("One"), world.card("Two", "Ready")
    ready, done = world.column("Ready").pk, world.column("Done").pk
    assert api.post(f"/cards/{card.pk}/move", {"column": ready, "before": other.pk, "version": 1})[0] == 200
    status, body = api.post(f"/cards/{card.pk}/move", {"column": done, "version": 1})
    assert status == 409
    assert body["current"] == {"column": ready, "before": other.pk, "version": 2}
    assert "Ready" in body["detail"]


def test_a_move_away_from_a_live_run_is_answered_409_with_the_choices_and_obeys_them(world: World, api: Api) -> None:
    card = world.move(world.card(), "In progress")
    ready = world.column("Ready").pk
    status, body = api.post(f"/cards/{card.pk}/move", {"column": ready, "version": 2})
    assert (status, [choice["run"] for choice in body["choices"]]) == (409, ["keep", "stop", "detach"])
    assert body["run_id"] == card.run_id
    status, moved = api.post(f"/cards/{card.pk}/move", {"column": ready, "version": 2, "run": "stop"})
    assert (status, moved["column"], moved["status"]) == (200, ready, "cancelled")


@pytest.mark.parametrize(
    ("column", "changes", "said"),
    [
        ("Review", {}, "start the run first"),
        ("In progress", {}, "does not fit"),
        ("Ready", {"run": "burn"}, "cannot be moved like this"),
        ("Ready", {"column": 987654}, "no such column"),
        ("Ready", {"version": None}, "does not fit"),
        ("Ready", {"column": 1 << 63}, "does not fit"),
        ("Ready", {"where": "there"}, "does not fit"),
    ],
)
def test_a_move_that_is_not_allowed_is_answered_422_with_the_reason(
    world: World, api: Api, column: str, changes: dict, said: str
) -> None:
    card = world.card(input={"minutes": 0})
    body = {"column": world.column(column).pk, "version": 1, **changes}
    status, answer = api.post(f"/cards/{card.pk}/move", body)
    assert (status, said in answer["detail"]) == (422, True), answer
    assert answer["errors"][0]["path"]
    assert world.place(card) == "Backlog"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"title": ""}, {"title": 7}, {"title": "x", "input": []}, {"title": "x", "priority": 0}, {"title": "x\0"},
        {"title": "x", "input": {"a": "\0"}}, {"title": "x", "description": "d" * 30_000},
        {"title": "x", "input": {"a": "b" * 200_000}}, {"title": "x", "labels": ["a"] * 21}, {"title": "x", "board": 1},
    ],
)  # fmt: skip
def test_a_card_that_does_not_fit_is_answered_422_and_not_written(world: World, api: Api, body: dict) -> None:
    """S26."""
    status, answer = api.post("/boards/naps/cards", body)
    assert status == 422, answer
    assert answer["errors"]
    assert not Card.objects.exists()


def test_what_looks_like_a_zero_character_but_is_text_is_kept(world: World, api: Api) -> None:
    assert api.post("/boards/naps/cards", {"title": r"about \u0000"})[0] == 201
    assert Card.objects.get().title == r"about \u0000"


def test_a_viewer_reads_but_changes_nothing_and_an_outsider_sees_nothing(world: World) -> None:
    """U4."""
    card, ready = world.card(), world.column("Ready").pk
    acts = [("/boards/naps/cards", {"title": "x"}), (f"/cards/{card.pk}/move", {"column": ready, "version": 1})]
    viewer, outsider = Api(world.viewer), Api(world.outsider)
    for path, body in acts:
        assert viewer.post(path, body)[0] == 403
        assert outsider.post(path, body)[0] == 404
    assert viewer.get(f"/cards/{card.pk}")[0] == 200
    assert outsider.get(f"/cards/{card.pk}")[0] == 404
    assert outsider.get("/boards")[1]["items"] == []
    assert Board.objects.get().version == 1


def test_without_a_token_or_a_session_nothing_is_answered(world: World) -> None:
    card = world.card()
    assert Client().get("/api/v1/boards").status_code == 401
    assert Client().post(f"/api/v1/cards/{card.pk}/move", "{}", content_type="application/json").status_code == 401
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(world.operator)
    move = {"column": world.column("Ready").pk, "version": 1}
    answer = stranger.post(f"/api/v1/cards/{card.pk}/move", json.dumps(move), content_type="application/json")
    assert answer.status_code == 403, "a page of another site has no CSRF token of ours"
    assert world.place(card) == "Backlog"


def test_a_script_moves_a_card_with_its_token(world: World) -> None:
    card = world.card()
    admin = User.objects.create_user("ada", role="admin", team=world.board.team)
    _, text = tokens.create(admin, world.operator, "mover")
    headers = {"Authorization": f"Bearer {text}"}
    move = {"column": world.column("Ready").pk, "version": 1}
    answer = Client().post(
        f"/api/v1/cards/{card.pk}/move", json.dumps(move), content_type="application/json", headers=headers
    )
    assert answer.status_code == 200
    assert world.place(card) == "Ready"
