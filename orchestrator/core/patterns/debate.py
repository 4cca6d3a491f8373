"""Pattern `debate` (P8): agents answer without seeing each other, may rebut, then a judge or a vote decides.

    debate: {agents: [legal, security, finance], with: {vendor: input.vendor}, field: verdict, rounds: 1}

Its steps, in order: `Answers` (a branch for each voice); for each round `Heard_1` (what each hears) and `Rebuttal_1`;
`Heard`; `Judge`; `Roster` (whose model answers for whom); `Tally` (votes, dissent, what speaks against the outcome);
`Review`; `Decide` (a gate, when they are split); `Verdict`.

View `matrix` draws rounds × voices: the output of `Verdict`, which is the pattern's own, has `rounds` (each with
`answers` by voice, `agreement`, `absent`), `value`, `by` (vote, judge or person), `votes`, `dissent` (each with `who`,
`value`, `said`), `agreement`, `tie`, `split`, `flags` (each with `flag`, `who`, `says`), `judge` and `review`. While it
is at work: the branches of `Answers` and `Rebuttal_1`, then the output of the last `Heard`, then `Tally`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core import codec
from orchestrator.core.merges.places import read_place
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, beside, made
from orchestrator.core.patterns.voices import MOST, Voice, branches, call, keep_free, read_voices
from orchestrator.core.tree import Tree

MOST_ROUNDS = 5
_OWN = ("agents", "with", "field", "rounds", "judge", "agreement", "on_split", "independent_review", "tolerate",
        "approvers", "deadline")  # fmt: skip
_ADDED = {"rounds": ("own", "others", "round"), "judge": ("answers",),
          "independent_review": ("value", "votes", "dissent")}  # fmt: skip
"""What those who speak later are given beside `with`, by the field that asks for them."""
_ANYTHING: Made = ["string", "number", "boolean", "array", "object"]
_CHOSEN: Made = {"type": "object", "required": ["value"], "properties": {"value": {"type": _ANYTHING}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Debate:
    """What is written."""

    voices: tuple[Voice, ...]
    field: str
    rounds: int
    on_split: str
    agreement: float
    fields: dict[str, Tree]
    beside: dict[str, Tree]

    @property
    def given(self) -> Tree | None:
        return self.fields.get("with")

    @property
    def judge(self) -> Tree | None:
        return self.fields.get("judge")

    @property
    def review(self) -> Tree | None:
        return self.fields.get("independent_review")


class Debate:
    """See the module."""

    name, fields, view = "debate", ("retry", "timeout"), "matrix"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out who answers, who hears whom, and how it is decided."""
        debate = _read(step, reader)
        if not debate.voices:
            return None
        steps = [*_spoken(debate), *_judged(debate), *_tallied(debate), *_reviewed(debate), *_decided(debate)]
        return {"sequence": [*steps, _verdict(debate)]}


def _read(step: StepTree, reader: StepReader) -> _Debate:
    fields = reader.fields(step.own, _OWN, "'debate'", required=("agents",))
    voices = read_voices(fields.get("agents"), reader)
    reader.whole(fields.get("tolerate"), 0, least=0, most=len(voices or range(MOST)) - 2)
    debate = _Debate(
        voices=voices,
        field=read_place(fields.get("field"), reader),
        rounds=reader.whole(fields.get("rounds"), 0, least=0, most=MOST_ROUNDS),
        on_split=reader.choice(fields.get("on_split"), ("human", "fail", "keep"), "human"),
        agreement=_read_share(fields.get("agreement"), 0.0 if "judge" in fields else 0.5, reader),
        fields=fields,
        beside=beside(step, *Debate.fields),
    )
    _check(debate, reader)
    return debate


def _read_share(tree: Tree | None, default: float, reader: StepReader) -> float:
    if tree is None:
        return default
    if isinstance(tree.value, bool) or not isinstance(tree.value, int | float) or not 0 < tree.value <= 1:
        reader.wrong(tree, "must be a number above 0 and up to 1", "write the part that has to agree, such as 0.66")
        return default
    return float(tree.value)


def _check(debate: _Debate, reader: StepReader) -> None:
    fields = debate.fields
    for name, added in _ADDED.items():
        if name in fields:
            keep_free(debate.given, added, "who speaks later", reader)
    if debate.rounds and debate.given is None:
        hint = "say what each is given; a rebuttal adds 'own', 'others' and 'round'"
        reader.wrong(fields["rounds"], "rounds of rebuttal need 'with'", hint)
    for name in ("judge", "independent_review"):
        reader.text(fields.get(name))
    if debate.review is not None and debate.review.value in {voice.name for voice in debate.voices}:
        hint = "a review is independent when somebody else does it"
        reader.wrong(debate.review, f"'{debate.review.value}' is one of those who answer", hint)
    for name in ("approvers", "deadline"):
        if name in fields and debate.on_split != "human":
            reader.wrong(fields[name], f"'{name}' goes with 'on_split: human'", "remove it", at_name=True)


def _spoken(debate: _Debate) -> list[Made]:
    """Return the answers and each round of rebuttal, with what is heard before and after."""
    written = branches(debate.voices, debate.given, {}, debate.beside)
    steps: list[Made] = [{"id": "Answers", "parallel": _round(debate, written)}]
    last, heard = "Answers", ""
    for number in range(1, debate.rounds + 1):
        steps.append(_heard(f"Heard_{number}", last, heard))
        last, heard = f"Rebuttal_{number}", f"Heard_{number}"
        steps.append({"id": last, "parallel": _round(debate, _rebuttals(debate, heard, number))})
    return [*steps, _heard("Heard", last, heard)]


def _round(debate: _Debate, written: dict[str, Made]) -> dict[str, Made]:
    place = {name: debate.fields[name] for name in ("field",) if name in debate.fields}
    tolerate = {name: debate.fields[name] for name in ("tolerate",) if name in debate.fields}
    return {"branches": written, "merge": {"how": "majority", **place}, **tolerate}


def _heard(name: str, last: str, before: str) -> Made:
    given = {"round": f"steps.{last}.output", **({"before": f"steps.{before}.output"} if before else {})}
    return {"id": name, "agent": "rule.heard", "with": given}


def _rebuttals(debate: _Debate, heard: str, number: int) -> dict[str, Made]:
    found: dict[str, Made] = {}
    for voice in debate.voices:
        more: dict[str, Made] = {"own": f"steps.{heard}.output.answers.{voice.who}",
                                 "others": f"steps.{heard}.output.others.{voice.who}", "round": number}  # fmt: skip
        # Who has not answered has nothing to defend.
        if_there = {"when": f"has(steps.{heard}.output.answers.{voice.who})"} if "tolerate" in debate.fields else {}
        found[voice.who] = call(voice.agent, debate.given, more, debate.beside, **if_there)
    return found


def _judged(debate: _Debate) -> list[Made]:
    if debate.judge is None:
        return []
    more: dict[str, Made] = {"answers": "steps.Heard.output.answers"}
    return [call(debate.judge, debate.given, more, debate.beside, id="Judge")]


def _tallied(debate: _Debate) -> list[Made]:
    roster: dict[str, Made] = {voice.who: _card(voice.agent) for voice in debate.voices}
    given: dict[str, Made] = {"heard": "steps.Heard.output", "roster": "steps.Roster.output",
                              "field": f"'{debate.field}'", "agreement": debate.agreement}  # fmt: skip
    if debate.judge is not None:
        roster["Judge"] = _card(debate.judge)
        place = f".{debate.field}" if debate.field else ""
        given |= {"judge": "steps.Judge.output", "judged": made(f"steps.Judge.output{place}", debate.judge)}
    if debate.review is not None:
        roster["Review"] = _card(debate.review)
    return [
        {"id": "Roster", "agent": "rule.keep", "with": roster},
        {"id": "Tally", "agent": "rule.tally", "with": given},
    ]


def _card(agent: Tree) -> Made:
    """Return the expression of what answers for an agent.

    Each run looks it up in the versions it is bound to: what an agent was when this was written may have changed.
    """
    name = codec.dumps(agent.plain())
    return made(f"{{'agent': {name}, 'model': {name} in agents ? agents[{name}].model : ''}}", agent)


def _reviewed(debate: _Debate) -> list[Made]:
    if debate.review is None:
        return []
    more: dict[str, Made] = {name: f"steps.Tally.output.{name}" for name in _ADDED["independent_review"]}
    return [call(debate.review, debate.given, more, debate.beside, id="Review")]


def _decided(debate: _Debate) -> list[Made]:
    """Return the gate at which a person decides; nothing where that is not asked for."""
    if debate.on_split != "human":
        return []
    when: Made = "steps.Tally.output.split != ''"
    shown: dict[str, Made] = {name: f"steps.Tally.output.{name}"
                              for name in ("value", "split", "agreement", "votes", "dissent", "flags")}  # fmt: skip
    shown["answers"] = "steps.Heard.output.answers"
    if debate.judge is not None:
        shown["judge"] = "steps.Judge.output"
    if debate.review is not None:
        shown["review"] = "steps.Review.output"
        when = made("steps.Tally.output.split != '' || !steps.Review.output.agrees", debate.review)
    who: dict[str, Made] = {name: debate.fields[name] for name in ("approvers", "deadline") if name in debate.fields}
    return [{"id": "Decide", "when": when,
             "gate": {"title": "They are split: what shall be the outcome?", "show": shown, "edit": ["value"],
                      "edit_schema": _CHOSEN, **who}}]  # fmt: skip


def _verdict(debate: _Debate) -> Made:
    given: dict[str, Made] = {"heard": "steps.Heard.output", "tally": "steps.Tally.output",
                              "on_split": f"'{debate.on_split}'"}  # fmt: skip
    if debate.review is not None:
        given["review"] = "steps.Review.output"
        given["agrees"] = made("steps.Review.output.agrees", debate.review)
    if debate.on_split == "human":
        given["person"] = "steps.Decide.output"
    return {"id": "Verdict", "agent": "rule.verdict", "with": given}
