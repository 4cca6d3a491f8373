"""Rules of a debate (P8): what each voice hears, how the votes stand, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from orchestrator.core import shapes
from orchestrator.core.kinship import Flag, flag, kinship, names
from orchestrator.core.merges import votes
from orchestrator.core.merges.contract import Contribution
from orchestrator.core.merges.places import found_at
from orchestrator.core.merges.votes import Vote, alike
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Lacking, Refused, Rule
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape, of_entries, of_object, of_schema

Answers = Mapping[str, Json]
"""What each voice said last."""


def heard(given: Inputs) -> Json:
    """Return the `answers` as they stand, what each hears of `others`, and all `rounds`.

    Who gives no answer in a round stands by the one before.
    """
    merged, before = cast("dict[str, Any]", given["round"]), cast("dict[str, Any]", given.get("before") or {})
    now = {one["who"]: one["gave"] for one in merged["contributions"]}
    answers = {**before.get("answers", {}), **now}
    others = {who: {other: said for other, said in answers.items() if other != who} for who in answers}
    this = {"answers": now, "agreement": merged["agreement"], "tie": merged["tie"], "absent": merged["absent"]}
    return {"answers": answers, "others": cast("Json", others), "rounds": [*before.get("rounds", []), this]}


def tally(given: Inputs) -> Json:
    """Return the outcome as it stands with `votes`, `dissent`, `flags`, and in `split` what speaks against it."""
    heard_ = cast("dict[str, Any]", given["heard"])
    answers, field = cast("Answers", heard_["answers"]), cast("str", given["field"])
    said = {who: found_at(Contribution(who=who, value=answer), field) for who, answer in answers.items()}
    counted = votes.counted([Vote(who, answer) for who, answer in said.items()])
    has_judge = "judged" in given
    value = given["judged"] if has_judge else counted["value"]
    is_comparable = bool(field) or not has_judge
    flags = [*kinship(cast("dict[str, dict[str, str]]", given["roster"])), *_silence(heard_["rounds"], answers)]
    if has_judge and is_comparable and not counted["tie"] and not alike(value, counted["value"]):
        flags.append(flag("against_majority", ["Judge"], "the judge decided against what most of them say"))
    told = counted["dissent"] if not is_comparable else _dissent(said, value)
    return {**counted, "value": value, "by": "judge" if has_judge else "vote",
            "dissent": _with_words(told, answers), "flags": cast("Json", flags),
            "split": _split(counted, cast("float", given["agreement"]), has_judge=has_judge),
            "said": said if is_comparable else None, "judge": given.get("judge")}  # fmt: skip


def verdict(given: Inputs) -> Json | Lacking:
    """Return the outcome, as a person has decided it where that was needed; raises Refused where it is not to stand."""
    tallied, heard_ = dict(cast("dict[str, Any]", given["tally"])), cast("dict[str, Any]", given["heard"])
    said = tallied.pop("said")
    found = {**tallied, "rounds": heard_["rounds"], "review": given.get("review")}
    against = [tallied["split"]] if tallied["split"] else []
    if given.get("agrees") is False:
        against.append("the review does not agree")
        found["flags"] = [*tallied["flags"], flag("objection", ["Review"], "the review does not agree")]
    found["split"] = "; ".join(against)
    person = cast("dict[str, Json] | None", given.get("person"))
    if person is not None:
        return _by_person(person, found, said, cast("Answers", heard_["answers"]))
    if not against:
        return found
    if given["on_split"] == "fail":
        raise Refused(f"They came to no agreement: {found['split']}.", output=cast("Json", found))
    return Lacking(found, f"no agreement: {found['split']}")


def _by_person(person: Mapping[str, Json], found: dict[str, Any], said: Answers | None, answers: Answers) -> Json:
    value = person.get("value")
    if value is None:
        raise Refused("It was approved without an outcome: nobody chose one.", output=cast("Json", found))
    dissent = found["dissent"] if said is None else _with_words(_dissent(said, value), answers)
    return {**found, "value": value, "by": "person", "dissent": dissent}


def _split(counted: Mapping[str, Json], asked: float, *, has_judge: bool) -> str:
    """Say why the votes don't settle it; a judge breaks a tie, unless more agreement is asked for."""
    agreement = cast("float", counted["agreement"])
    if counted["tie"] and not (has_judge and agreement >= asked):
        tied = [one for one in cast("list[dict[str, Any]]", counted["votes"]) if one["who"]]
        top = [one for one in tied if one["weight"] == tied[0]["weight"]]
        return f"a tie of {len(top)} answers: {' against '.join(names(one['who']) for one in top)}"
    return f"agreement is {agreement:g}, and {asked:g} is asked for" if agreement < asked else ""


def _dissent(said: Answers, value: Json) -> Json:
    return [{"who": who, "value": answer} for who, answer in said.items() if not alike(answer, value)]


def _with_words(dissent: Json, answers: Answers) -> Json:
    """Add to each that says something else all that it said: its reasons are there."""
    listed = cast("list[dict[str, Json]]", dissent)
    return [{**one, "said": answers[cast("str", one["who"])]} for one in listed]


def _silence(rounds: Sequence[Mapping[str, Any]], answers: Answers) -> Iterator[Flag]:
    for number, one in enumerate(rounds):
        stood = [who for who in one["absent"] if number and who in answers]
        if stood:
            yield flag("stood_by", stood, f"{names(stood)} gave no answer in round {number}: the one before counts")
    absent = [who for who in rounds[0]["absent"] if who not in answers]
    if absent:
        yield flag("absent", absent, f"{names(absent)} gave no answer")


def _heard_shape(known: Mapping[str, Shape]) -> Shape:
    merged = known.get("round", UNKNOWN)
    listed = shapes.inside(merged, "contributions")
    gave = UNKNOWN if isinstance(listed, Nowhere) else shapes.inside(shapes.element(listed), "gave")
    answer = UNKNOWN if isinstance(gave, Nowhere) else gave
    return of_object({"answers": of_entries(answer), "others": of_entries(of_entries(answer)), "rounds": _ROUNDS})


_TEXT, _TEXTS = of_schema({"type": "string"}), of_schema({"type": "array", "items": {"type": "string"}})
_NUMBER, _FLAG = of_schema({"type": "number"}), of_schema({"type": "boolean"})
_ROUNDS = shapes.of_list(of_object({"answers": of_schema({"type": "object"}), "agreement": _NUMBER, "tie": _FLAG,
                                    "absent": _TEXTS}))  # fmt: skip
_FLAGS = shapes.of_list(of_object({"flag": _TEXT, "who": _TEXTS, "says": _TEXT}))


def _value_shape(known: Mapping[str, Shape]) -> Shape:
    """Return what is known of the outcome: what the judge says, or what voices have at the place that is compared."""
    if "judged" in known:
        return known["judged"]
    found: Shape | Nowhere = shapes.inside(known.get("heard", UNKNOWN), "answers")
    place = known.get("field", UNKNOWN).schema.get("const")
    for part in ("anybody", *(place.split(".") if isinstance(place, str) and place else ())):
        found = UNKNOWN if isinstance(found, Nowhere) else shapes.inside(found, part)
    return UNKNOWN if isinstance(found, Nowhere) else shapes.or_nothing(found)


def _tally_shape(known: Mapping[str, Shape]) -> Shape:
    value = _value_shape(known)
    dissent = shapes.of_list(of_object({"who": _TEXT, "value": UNKNOWN, "said": UNKNOWN}))
    judge = known.get("judge", of_schema({"type": "null"}))
    return of_object({**votes.shapes_of(value), "value": value, "by": _TEXT, "dissent": dissent, "flags": _FLAGS,
                      "split": _TEXT, "said": UNKNOWN, "judge": judge})  # fmt: skip


def _verdict_shape(known: Mapping[str, Shape]) -> Shape:
    tallied = dict(known["tally"].fields or {}) if "tally" in known else {}
    tallied.pop("said", None)
    return of_object({**tallied, "rounds": _ROUNDS, "review": known.get("review", of_schema({"type": "null"}))})


def _input(*required: str, **properties: Json) -> dict[str, Json]:
    return {"type": "object", "required": list(required), "properties": properties}


HEARD = Rule(
    name="rule.heard", role="Tells each voice of a debate what the others said.", run=heard, shape=_heard_shape,
    input_schema=_input("round", round={"type": "object"}, before={"type": "object"}),
    output_schema={"type": "object"},
)  # fmt: skip
TALLY = Rule(
    name="rule.tally", role="Counts the votes of a debate and names what speaks against its outcome.", run=tally,
    input_schema=_input("heard", "roster", "field", "agreement", heard={"type": "object"}, roster={"type": "object"},
                        field={"type": "string"}, agreement={"type": "number"}),
    output_schema={"type": "object"}, shape=_tally_shape,
)  # fmt: skip
VERDICT = Rule(
    name="rule.verdict", role="Tells what comes of a debate.", run=verdict, shape=_verdict_shape,
    input_schema=_input("heard", "tally", "on_split", heard={"type": "object"}, tally={"type": "object"},
                        on_split={"enum": ["human", "fail", "keep"]}, agrees={"type": "boolean"},
                        person={"type": ["object", "null"]}),
    output_schema={"type": "object"},
)  # fmt: skip
