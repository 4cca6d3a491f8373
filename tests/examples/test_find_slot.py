"""Peers that find a time (P11): calendars are read, and letters lead to a time that suits all, or to none."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from examples.find_slot.agents import Notes, weigh
from examples.find_slot.diary import busy_on, clock, earliest
from tests.examples.conftest import Hands
from tests.examples.reading import call, workflow

EVENT = "BEGIN:VEVENT\r\nDTSTART;TZID=X:20261201T{}00\r\nDTEND:20261201T{}00\r\nEND:VEVENT\r\n"


def test_the_conversation_fits_its_peers(hands: Hands) -> None:
    """P11."""
    read = workflow("find_slot", hands.catalogue)
    assert read.labels["pattern"] == "P11"
    assert set(read.agents) == {"slot-host", "slot-guest"}


def test_a_calendar_is_read_for_one_day_in_order() -> None:
    calendar = EVENT.format("1400", "1500") + EVENT.format("0900", "0930")
    assert busy_on("2026-12-01", calendar) == [(540, 570), (840, 900)]
    assert busy_on("2026-12-02", calendar) == []


def test_free_time_lies_between_appointments_and_within_the_day() -> None:
    busy = [(540, 570), (600, 960)]
    assert [earliest(busy, after, 30) for after in (0, 570, 580)] == [570, 570, 960]
    assert earliest(busy, 0, 90) is None
    assert clock(575) == "09:35"


@pytest.mark.parametrize(
    ("minutes", "agreed"), [(30, "13:00 to 13:30"), (60, "16:00 to 17:00"), (240, "no time that day")]
)
def test_letters_lead_to_a_time_that_suits_all_or_to_none(
    minutes: int, agreed: str, hands: Hands, tmp_path: Path
) -> None:
    """The post office is played by hand; every letter is read by who it is for, through its contract."""
    given: dict[str, Any] = {"folder": "", "day": "2026-12-01", "minutes": minutes}
    post: list[dict[str, Any]] = [{"id": 1, "from": "start", "to": "host", "text": "Find a time.", "hops": []}]
    answers, notes, number = dict[str, str](), None, 1
    while post:
        letter = post.pop(0)
        me = letter.pop("to")
        more = {"peers": ["room", "guest"], "notes": notes} if me == "host" else {}
        agent = "slot-host" if me == "host" else "slot-guest"
        said = cast(
            "dict[str, Any]", call(hands.catalogue, tmp_path, agent, {"inbox": [letter], "me": me, **given, **more})
        )
        notes = said.get("notes") or notes
        answers |= {me: said["answer"]} if "answer" in said else {}
        for one in said["send"]:
            number += 1
            post.append(
                {"id": number, "from": me, "hops": [], **{name: one[name] for name in ("to", "text", "payload")}}
            )
        assert number < 60
    assert answers == dict.fromkeys(("host", "room", "guest"), agreed)


def test_answers_to_an_older_proposal_are_passed_over() -> None:
    letter: Any = {"id": 3, "from": "room", "text": "", "hops": [], "payload": {"slot": 540, "free": 600}}
    said = weigh([letter], ["room", "guest"], Notes(slot=570, yes=["guest"]), [], 30)
    assert (said["send"], said.get("notes")) == ([], {"slot": 570, "yes": ["guest"]})
