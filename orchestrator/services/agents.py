"""Loads agents: keeps a contract as the next version of its agent where it differs from the current one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, content_of, spec_of
from orchestrator.models import AgentVersion, User
from orchestrator.services import audit

Known: TypeAlias = Mapping[str, AgentSpec]
"""Agents by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A version that is current now."""

    version: AgentVersion
    is_new: bool


def known() -> Known:
    """Return the current contract of every agent."""
    rows = AgentVersion.objects.filter(is_current=True)
    return {row.name: spec_of(row.spec, row.version) for row in rows}


def keep(user: User, spec: AgentSpec, text: str = "") -> Applied:
    """Make this contract the current version of its agent, in the caller's transaction; `text` is its file, if any."""
    versions = AgentVersion.objects.select_for_update().filter(name=spec.name)
    before = {row.version: row for row in versions}
    current = next((row for row in before.values() if row.is_current), None)
    digest = digest_of(spec)
    if current is not None and current.digest == digest:
        if text and text != current.text:  # only its comments, or how it is laid out, are others
            current.text = text
            current.save(update_fields=["text"])
        return Applied(version=current, is_new=False)
    versions.update(is_current=False)
    number = max(before, default=0) + 1
    content = cast("Any", codec.plain(replace(spec, version=number)))  # the column's type is that of its text
    row = AgentVersion.objects.create(name=spec.name, version=number, digest=digest, spec=content, text=text)
    audit.record(user, "apply", "agent", spec.name, {"version": number, "digest": digest})
    return Applied(version=row, is_new=True)


def digest_of(spec: AgentSpec) -> str:
    """Return the hash of a contract; its version number is not part of it."""
    return hashlib.sha256(codec.canonical(content_of(spec)).encode()).hexdigest()[:32]
