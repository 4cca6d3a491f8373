"""Rules of a debate (P8): by themselves, where the whole pattern would hide what they say."""

from __future__ import annotations

from typing import Any, cast

import pytest

from orchestrator.core import schema
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.rules.contract import Lacking, Refused


def merged(absent: tuple[str, ...] = (), **given: Json) -> dict[str, Json]:
    listed: Json = [{"who": who, "gave": gave} for who, gave in given.items()]
    return {"contributions": listed, "absent": list(absent), "agreement": 1.0, "tie": False}


def heard(first: dict[str, Json], *later: dict[str, Json]) -> dict[str, Any]:
    found = RULES["rule.heard"].run({"round": first})
    for one in later:
        found = RULES["rule.heard"].run({"round": one, "before": cast("Json", found)})
    return cast("dict[str, Any]", found)


def tally(*verdicts: Json, agreement: float = 0.5, **more: Json) -> dict[str, Any]:
    given = {f"v{number}": verdict for number, verdict in enumerate(verdicts)}
    roster: Json = {who: {"agent": who, "model": ""} for who in given}
    asked = {"heard": heard(merged(**given)), "roster": roster, "field": "", "agreement": agreement, **more}
    assert schema.problems(RULES["rule.tally"].input_schema, asked) == ()
    return cast("dict[str, Any]", RULES["rule.tally"].run(asked))


def test_everybody_hears_the_others_as_they_stand_and_not_itself() -> None:
    found = heard(merged(a=1, b=2), merged(absent=("b",), a=3))
    assert found["answers"] == {"a": 3, "b": 2}
    assert found["others"] == {"a": {"b": 2}, "b": {"a": 3}}
    assert [one["answers"] for one in found["rounds"]] == [{"a": 1, "b": 2}, {"a": 3}]


@pytest.mark.parametrize(
    ("verdicts", "more", "split"),
    [
        (["y", "y", "n"], {}, ""),
        (["y", "n"], {}, "a tie of 2 answers: v0 against v1"),
        (["y", "n", "x", "y", "n"], {}, "a tie of 2 answers: v0 and v3 against v1 and v4"),
        (["y", "y", "n", "x", "z"], {}, "agreement is 0.4, and 0.5 is asked for"),
        (["y", "n"], {"judge": "n", "judged": "n", "agreement": 0.0}, ""),
        (["y", "n"], {"judge": "n", "judged": "n", "agreement": 0.5}, ""),
        (["y", "n"], {"judge": "n", "judged": "n", "agreement": 0.6}, "a tie of 2 answers: v0 against v1"),
        (["y", "y", "n"], {"judge": "n", "judged": "n", "agreement": 0.9}, "agreement is 0.6667, and 0.9 is asked for"),
        ([1, 1.0], {"agreement": 1.0}, ""),
        ([1, True], {}, "a tie of 2 answers: v0 against v1"),
    ],
)
def test_what_speaks_against_an_outcome_is_said(verdicts: list[Json], more: dict[str, Any], split: str) -> None:
    assert tally(*verdicts, **more)["split"] == split


def verdict(tallied: dict[str, Any], on_split: str, **more: Json) -> Json | Lacking:
    return RULES["rule.verdict"].run({"heard": heard(merged(v0="y")), "tally": tallied, "on_split": on_split, **more})


def test_a_split_is_refused_kept_or_decided() -> None:
    split = tally("y", "n")
    with pytest.raises(Refused, match=r"They came to no agreement: a tie of 2 answers: v0 against v1\."):
        verdict(split, "fail")
    kept = verdict(split, "keep")
    assert isinstance(kept, Lacking)
    assert (cast("dict[str, Json]", kept.output)["value"], kept.why[:20]) == (None, "no agreement: a tie ")
    decided = cast("dict[str, Json]", verdict(split, "human", person={"value": "n"}))
    assert (decided["value"], decided["by"]) == ("n", "person")
    with pytest.raises(Refused, match="nobody chose one"):
        verdict(split, "human", person={"value": None})
