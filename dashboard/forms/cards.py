"""The form of a card: what is written on it, and one field for each input of the workflow that will take it.

Whether the input fits is asked when the card starts: an unfinished card may be kept.
"""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.http import QueryDict

from dashboard.forms.fields import Field, Typed, fields_of, marked, names_of, read
from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.schema import Schema
from orchestrator.models import Card

WHOLE: Schema = {
    "properties": {"input": {"type": "object", "title": "Input", "description": "JSON that a run starts with."}}
}
"""Stands for an input whose fields are not known: one field takes all of it."""
PRIORITIES = [(1, "P1, most urgent"), (2, "P2"), (3, "P3"), (4, "P4"), (5, "P5")]


class CardForm(forms.Form):
    """What a person may write on a card."""

    title = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}))
    priority = forms.TypedChoiceField(choices=PRIORITIES, coerce=int, initial=3)
    labels = forms.CharField(required=False, help_text="Separated by commas.")

    def __init__(self, data: QueryDict | None = None, *, wanted: Schema, card: Card | None = None) -> None:
        """Make the form of a card, or of a new one, with the fields of an input schema."""
        name = f"card-{card.pk}" if card else "new"
        super().__init__(data, initial=_initial(card), auto_id=f"{name}-%s")
        self.inputs_prefix = f"{name}-input-"
        self._kept: dict[str, Json] = dict(card.input) if card and isinstance(card.input, dict) else {}
        # A column that makes its input of other things than the card's asks for none of it.
        self._names = () if wanted.get("properties") == {} else names_of(wanted)
        self.inputs = _whole(self._kept) if self._names is None else fields_of(wanted, self._names, self._kept)
        self._typed = Typed()
        if data is not None:
            self._typed = read(self.inputs, texts(data), self.inputs_prefix)
            self.inputs = self._typed.fields

    def is_valid(self) -> bool:
        """Tell whether everything typed can be read."""
        return super().is_valid() and self._typed.is_readable

    def written(self) -> dict[str, Json]:
        """Return the card's fields but its title; inputs that were left empty are left out."""
        given = self.cleaned_data
        labels: list[Json] = [label.strip() for label in given["labels"].split(",") if label.strip()]
        return {"description": given["description"], "priority": given["priority"], "labels": labels,
                "input": self._input()}  # fmt: skip

    def _input(self) -> Json:
        typed = self._typed.values
        if self._names is None:
            return typed.get("input") or {}
        others = {name: value for name, value in self._kept.items() if name not in self._names}
        return {**others, **{name: value for name, value in typed.items() if value not in (None, "")}}

    @property
    def refusal(self) -> str:
        """Say what is wrong with the form as a whole."""
        return " ".join(str(error) for error in self.non_field_errors())

    def blame(self, refused: RejectedError) -> None:
        """Put what a service refused beside the fields it is about, and what is about none of them on top."""
        self.inputs, rest = marked(self.inputs, refused.problems, "input")
        strangers = not refused.problems
        for problem in rest:
            name = problem.path.split("[")[0]
            words = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
            strangers |= name not in self.fields
            if name in self.fields:
                self.add_error(name, words)
        if strangers:
            self.add_error(None, refused.detail)
        self._typed = replace(self._typed, is_readable=False)


def texts(data: QueryDict) -> dict[str, str]:
    """Return what a form sent as plain texts; of a name that comes twice, the last one counts."""
    return {name: str(data.get(name, "")) for name in data}


def _initial(card: Card | None) -> dict[str, Json]:
    if card is None:
        return {}
    return {"title": card.title, "description": card.description, "priority": card.priority,
            "labels": ", ".join(card.labels)}  # fmt: skip


def _whole(kept: dict[str, Json]) -> tuple[Field, ...]:
    return fields_of(WHOLE, ["input"], {"input": kept or None})
