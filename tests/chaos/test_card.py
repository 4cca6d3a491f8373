"""A card that is dragged to work, with everything killed on its way across the board: it ends where it belongs."""

from __future__ import annotations

import random
import time
from typing import Any

from tests.chaos.api import Api
from tests.chaos.kills import Plain, after_event, carried_through, tell
from tests.chaos.review import Operator
from tests.chaos.test_embedded import spread
from tests.conftest import poll


class Dragger(Operator):
    """Drags a card into the column that reviews, instead of starting a run."""

    def __init__(self, api: Api, plain: Plain) -> None:
        """Write the card."""
        (line,) = (one for one in api.get("/boards")["items"] if one["name"] == "reviews")
        self.board = line["id"]
        folder = plain.tree.data / "shop"
        wanted = {"title": "Review the shop", "input": {"path": str(folder)}}
        self.card = api.insist("POST", f"/boards/{self.board}/cards", wanted).body
        super().__init__(api, folder, f"card:{self.card['id']}:%")

    def begin(self) -> str:
        """Drag it; when nobody said how that went, look where it is."""
        aim = {"column": self.columns()["In progress"], "version": self.card["version"]}
        moved = self.api.insist("POST", f"/cards/{self.card['id']}/move", aim)
        assert moved.status in (200, 409), moved
        return str(self.now()["run_id"])

    def now(self) -> Any:
        """Return the card as it is."""
        return self.api.get(f"/cards/{self.card['id']}")

    def columns(self) -> dict[str, int]:
        """Return the board's columns by name."""
        return {one["name"]: one["id"] for one in self.api.get(f"/boards/{self.board}")["columns"]}

    def place(self) -> str:
        """Return the name of the column it stands in."""
        ids = {number: name for name, number in self.columns().items()}
        return ids[self.now()["column"]]


def test_a_card_goes_its_way_through_every_crash(plain: Plain, is_full: bool, seed: int) -> None:
    """B4, S4: one run for the card, and it stands in Done in the end."""
    dice = random.Random(seed)
    chosen = range(1, plain.events + 1, 5) if is_full else [*spread(range(1, 92), 1, dice), plain.events - 8]
    told = []
    for number in chosen:
        dragger = Dragger(plain.api, plain)
        when = f"card, after event {number}"
        told.append(carried_through(plain, dragger, when, after_event(plain, number, dragger.key)))
        began = time.monotonic()
        poll(lambda dragger=dragger: dragger.place() == "Done", f"{when}: the card stands in Done", 10)
        print(f"  {when}: in Done {time.monotonic() - began:.1f} s after the end")
    tell(told, plain)
