"""The form that starts a run: fields from the input schema, or one of JSON text; two clicks on it start one run."""

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
class StartForm:
    """The form as it stands."""

    fields: tuple[Field, ...]
    is_whole: bool
    """Whether one field takes all of the input."""
    title: str = ""
    nonce: str = ""
    """Names this showing of the form."""
    wrong: tuple[str, ...] = ()
    """What is wrong with no field in particular."""
    values: Mapping[str, Json] | None = None
    """What was typed, where it can be read."""

    @property
    def input(self) -> Json:
        """Return the input of the run."""
        values = self.values or {}
        return values.get(WHOLE) if self.is_whole else dict(values)

    @property
    def key(self) -> str:
        """Name the run to be started: the same form sent twice is the same run, a changed one is another."""
        content = codec.canonical([self.input, self.title])
        return f"form:{self.nonce[:64]}:{hashlib.sha256(content.encode()).hexdigest()[:24]}" if self.nonce else ""

    def refused(self, detail: str, problems: Sequence[Problem]) -> StartForm:
        """Return the form with what was refused, at the fields it is about."""
        inner = [replace(one, path=f"{PREFIX}{one.path}") if self.is_whole else one for one in problems]
        fields, rest = marked(self.fields, inner, WHOLE)
        return replace(self, fields=fields, wrong=(detail, *(str(problem) for problem in rest)))


def blank(schema: Schema) -> StartForm:
    """Return an empty form for this input."""
    names = names_of(schema)
    fields = fields_of(schema, names, {}) if names else fields_of({}, (WHOLE,), {WHOLE: {}})
    return StartForm(fields=fields, is_whole=not names, nonce=secrets.token_urlsafe(12))


def sent(schema: Schema, posted: Mapping[str, str]) -> tuple[StartForm, Typed]:
    """Return the form as it was sent, and what was typed into it."""
    form = blank(schema)
    typed = read(form.fields, posted, PREFIX)
    title = posted.get("title", "").strip()
    return replace(form, fields=typed.fields, values=typed.values, title=title, nonce=posted.get("nonce", "")), typed
