"""The form that forks a run: what a step, or a fresh start, is given, as it was given before and to be changed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.forms.fields import Field, Typed, fields_of, marked, names_of, read
from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.schema import Schema

PREFIX = "input."
WHOLE = "input"
"""Name of the one field for an input that has no fields of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkForm:
    """The form as it stands."""

    fields: tuple[Field, ...]
    is_whole: bool
    """Whether one field takes all of the input."""
    nonce: str
    """Names this showing of the form."""
    wrong: tuple[str, ...] = ()
    """What is wrong with no field in particular."""
    typed: Typed | None = None

    @property
    def input(self) -> Json:
        """Return what was typed."""
        values = self.typed.values if self.typed else {}
        return values.get(WHOLE) if self.is_whole else dict(values)

    @property
    def changed(self) -> Json:
        """Return what was typed where it differs from what stood there, else None."""
        return self.input if self.typed and self.typed.changed else None

    def key(self, *about: Json) -> str:
        """Name the run to be made: the same form sent twice is the same run, a changed one is another."""
        content = codec.canonical([self.input, *about])
        return f"form:{self.nonce[:64]}:{hashlib.sha256(content.encode()).hexdigest()[:24]}" if self.nonce else ""

    def refused(self, detail: str, problems: Sequence[Problem]) -> ForkForm:
        """Return the form with what was refused, at the fields it is about."""
        inner = [replace(one, path=f"{PREFIX}{one.path}") if self.is_whole else one for one in problems]
        fields, rest = marked(self.fields, inner, WHOLE)
        return replace(self, fields=fields, wrong=(detail, *(str(problem) for problem in rest)))


def filled(schema: Schema, given: Json) -> ForkForm:
    """Return the form with an input as it was given."""
    values = given if isinstance(given, dict) else {}
    names = names_of(schema)
    if names is None or given is None or values.keys() - {*names}:
        return ForkForm(fields=fields_of({}, (WHOLE,), {WHOLE: given}), is_whole=True, nonce=secrets.token_urlsafe(12))
    return ForkForm(fields=fields_of(schema, names, values), is_whole=False, nonce=secrets.token_urlsafe(12))


def without() -> ForkForm:
    """Return the form of a fork that changes no input."""
    return ForkForm(fields=(), is_whole=False, nonce=secrets.token_urlsafe(12))


def sent(form: ForkForm, posted: Mapping[str, str]) -> ForkForm:
    """Return the form as it was sent."""
    typed = read(form.fields, posted, PREFIX)
    return replace(form, fields=typed.fields, typed=typed, nonce=posted.get("nonce", ""))
