"""Rules of explorers and critic (P9): they list what came in, check the critic's word, tell who lost and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from orchestrator.core import shapes
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Refused, Rule
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape, of_list, of_object, of_schema
from orchestrator.core.words import type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    number: int
    """Which of those who were asked, from 1."""
    name: str
    value: Json


def candidates(given: Inputs) -> Json:
    """Return `candidates`, and who `failed`; a proposal that is null is none."""
    proposals = list(cast("Mapping[str, Json]", given["proposals"]).items())
    there = [{"number": number, "name": name, "value": value}
             for number, (name, value) in enumerate(proposals, 1) if value is not None]  # fmt: skip
    return {"candidates": cast("Json", there), "failed": [name for name, value in proposals if value is None]}


def critique(given: Inputs) -> Json:
    """Return what is wrong with a critic's word, as a text it can be told; empty when nothing is."""
    found = list(_problems(cast("str", given["mode"]), _listed(given["candidates"]), given["word"]))
    return {"problems": "; ".join(found)}


def selected(given: Inputs) -> Json:
    """Return what was selected with all candidates; raises Refused when the critic's last word can't be used."""
    every, word = _settled("select", given)
    chosen = _meant(every, word["chosen"])
    assert chosen is not None  # it was checked
    return _told(chosen.value, chosen.name, every, word, given)


def synthesised(given: Inputs) -> Json:
    """Return what the critic made of all candidates; raises Refused when its last word can't be used."""
    every, word = _settled("synthesise", given)
    return _told(word["value"], None, every, word, given)


def _settled(mode: str, given: Inputs) -> tuple[Sequence[_Candidate], Mapping[str, Json]]:
    every = _listed(cast("Mapping[str, Json]", given["listed"])["candidates"])
    word = given["first"] if given["again"] is None else given["again"]
    found = list(_problems(mode, every, word))
    if found:
        raise Refused(f"The critic's word can't be used, also after it was told why: {'; '.join(found)}.", output=word)
    return every, cast("Mapping[str, Json]", word)


def _told(
    value: Json, chosen: str | None, every: Sequence[_Candidate], word: Mapping[str, Json], given: Inputs
) -> Json:
    listed = [
        {"from": one.name, "score": _said_of(one, every, word.get("scores")), "chosen": one.name == chosen,
         "reason": _said_of(one, every, word["reasons"]), "value": one.value}
        for one in every
    ]  # fmt: skip
    failed = cast("Mapping[str, Json]", given["listed"])["failed"]
    return {"value": value, "chosen": chosen, "candidates": cast("Json", listed), "failed": failed}


def _problems(mode: str, every: Sequence[_Candidate], word: Json) -> Iterator[str]:
    if not isinstance(word, dict):
        yield f"it must be an object, but is {type_of(word)}"
        return
    if mode == "synthesise" and word.get("value") is None:
        yield "'value' is missing: what is made of the candidates"
    if mode == "select" and _meant(every, word.get("chosen")) is None:
        said = "names nobody" if word.get("chosen") is None else f"is {word['chosen']!r:.80}, who is not a candidate"
        yield f"'chosen' {said}; candidates are {', '.join(f'{one.number} {one.name}' for one in every)}"
    for one in every:
        reason = _said_of(one, every, word.get("reasons"))
        if not isinstance(reason, str) or not reason.strip():
            yield f"'reasons' has none for {one.name}"
        score = _said_of(one, every, word.get("scores"))
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            yield f"'scores' of {one.name} must be a number, but is {type_of(score)}"


def _meant(every: Sequence[_Candidate], said: Json) -> _Candidate | None:
    """Return the candidate of a name or a number."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    return next((one for one in every if str(said).strip() in (one.name, str(one.number))), None)


def _said_of(one: _Candidate, every: Sequence[_Candidate], said: Json) -> Json:
    """Return what is said of a candidate: under its name or number, or in a list in the order of candidates."""
    if isinstance(said, list):
        place = every.index(one)
        return said[place] if place < len(said) else None
    if isinstance(said, dict):
        return said.get(one.name, said.get(str(one.number)))
    return None


def _listed(said: Json) -> list[_Candidate]:
    return [_Candidate(**one) for one in cast("list[dict[str, Any]]", said)]


def _candidates_shape(known: Mapping[str, Shape]) -> Shape:
    proposals = known.get("proposals", UNKNOWN)
    value = shapes.either(list(proposals.fields.values())) if proposals.fields is not None else UNKNOWN
    one = of_object({"number": _of("integer"), "name": _of("string"), "value": value})
    return of_object({"candidates": of_list(one), "failed": of_list(_of("string"))})


def _selected_shape(known: Mapping[str, Shape]) -> Shape:
    return _outcome_shape(_proposed(known), _of("string"), known)


def _synthesised_shape(known: Mapping[str, Shape]) -> Shape:
    made = shapes.inside(known.get("first", UNKNOWN), "value")
    return _outcome_shape(UNKNOWN if isinstance(made, Nowhere) else made, _of("null"), known)


def _proposed(known: Mapping[str, Shape]) -> Shape:
    """Return what is known of any candidate's value."""
    listed = shapes.inside(known.get("listed", UNKNOWN), "candidates")
    value = UNKNOWN if isinstance(listed, Nowhere) else shapes.inside(shapes.element(listed), "value")
    return UNKNOWN if isinstance(value, Nowhere) else value


def _outcome_shape(value: Shape, chosen: Shape, known: Mapping[str, Shape]) -> Shape:
    one = of_object({"from": _of("string"), "score": shapes.or_nothing(_of("number")), "reason": _of("string"),
                     "chosen": _of("boolean"), "value": _proposed(known)})  # fmt: skip
    return of_object({"value": value, "chosen": chosen, "candidates": of_list(one), "failed": of_list(_of("string"))})


def _of(type_: str) -> Shape:
    return of_schema({"type": type_})


_LISTED: dict[str, Json] = {"type": "array", "items": {"type": "object", "required": ["number", "name", "value"]}}
_ALL: dict[str, Json] = {
    "type": "object", "required": ["candidates", "failed"],
    "properties": {"candidates": _LISTED, "failed": {"type": "array", "items": {"type": "string"}}},
}  # fmt: skip
_REASONS: Json = {"type": ["object", "array"]}


def _input(**word: Json) -> dict[str, Json]:
    """Return the contract of who takes the critic's last word: what the critic's own contract is held against."""
    said: Json = {"type": "object", "required": [*word], "properties": word}
    return {"type": "object", "required": ["listed", "first", "again"],
            "properties": {"listed": _ALL, "first": {}, "again": {"anyOf": [said, {"type": "null"}]}}}  # fmt: skip


CANDIDATES = Rule(
    name="rule.candidates", role="Lists proposals as candidates.", run=candidates, output_schema=_ALL,
    shape=_candidates_shape,
    input_schema={"type": "object", "required": ["proposals"], "properties": {"proposals": {"type": "object"}}},
)  # fmt: skip
CRITIQUE = Rule(
    name="rule.critique", role="Checks what a critic says of candidates.", run=critique,
    input_schema={"type": "object", "required": ["mode", "candidates", "word"],
                  "properties": {"mode": {"enum": ["select", "synthesise"]}, "candidates": _LISTED, "word": {}}},
    output_schema={"type": "object", "required": ["problems"], "properties": {"problems": {"type": "string"}}},
)  # fmt: skip
SELECTED = Rule(
    name="rule.selected", role="Tells which candidate a critic chose, and why the others lost.", run=selected,
    input_schema=_input(chosen={"type": ["string", "integer"]}, reasons=_REASONS), output_schema={"type": "object"},
    shape=_selected_shape,
)  # fmt: skip
SYNTHESISED = Rule(
    name="rule.synthesised", role="Tells what a critic made of candidates, and what it says of each.", run=synthesised,
    input_schema=_input(value={}, reasons=_REASONS), output_schema={"type": "object"},
    shape=_synthesised_shape,
)  # fmt: skip
