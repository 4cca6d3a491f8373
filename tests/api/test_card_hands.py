"""P13 over HTTP: editing, taking over, guiding and handing back a card, refused with the words of the page."""

from __future__ import annotations

import pytest

from orchestrator.models import Card
from orchestrator.services import card_pulls
from tests.api.test_boards import Api
from tests.boards_world import World
from tests.kanban_world import AGENT, make_kanban, now, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_kanban()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world.operator)


def act(api: Api, card: Card, what: str, **body: object) -> tuple[int, dict]:
    return api.post(f"/cards/{card.pk}/{what}", {"version": now(card).version, **body})


def test_a_card_is_taken_over_changed_guided_and_handed_back(world: World, api: Api) -> None:
    card = ready(world)
    status, taken = act(api, card, "take-over")
    assert (status, taken["taken_by"], taken["why"].split(";")[0]) == (200, "olga", "olga has taken it over")
    status, edited = act(api, card, "edit", input={"text": "other"}, priority=1)
    assert (status, edited["input"], edited["priority"], edited["title"]) == (200, {"text": "other"}, 1, "Count")
    status, guided = act(api, card, "guidance", text="count twice")
    assert (status, guided["guidance"]) == (200, "count twice")
    status, given = act(api, card, "hand-back")
    assert (status, given["taken_by"], given["why"]) == (200, None, f"waits for {AGENT}, next in line")
    card_pulls.pull()
    status, line = api.get(f"/cards/{card.pk}")
    assert (line["pulled_by"], line["guidance"], line["status"]) == (AGENT, "count twice", "running")
    columns = {one["name"]: one for one in api.get("/boards/kanban")[1]["columns"]}
    assert (columns["Counting"]["agent"], columns["Counting"]["pulls_from"]) == (AGENT, columns["Ready"]["id"])
    assert columns["Ready"]["pulls_from"] is None


def test_a_live_run_is_asked_about_and_refusals_have_words(world: World, api: Api) -> None:
    card = ready(world)
    card_pulls.pull()
    status, asked = act(api, card, "take-over")
    assert (status, [one["run"] for one in asked["choices"]]) == (409, ["keep", "stop", "detach"])
    assert act(api, card, "take-over", run="keep")[1]["status"] == "running"
    assert act(api, card, "take-over", run="perhaps")[0] == 422
    assert act(api, card, "hand-back")[0] == 200
    status, refused = act(api, card, "hand-back")
    assert (status, refused["detail"]) == (409, "Nobody has taken this card over.")
    assert act(api, card, "guidance", text="x" * 30_000)[1]["errors"][0]["path"] == "guidance"
    assert act(api, card, "edit", title=None)[1]["errors"][0]["path"] == "title"
    assert api.post(f"/cards/{card.pk}/take-over", {"version": 0})[0] == 409
    assert Api(world.viewer).post(f"/cards/{card.pk}/hand-back", {"version": 1})[0] == 403
    assert Api(world.outsider).post(f"/cards/{card.pk}/take-over", {"version": 1})[0] == 404
