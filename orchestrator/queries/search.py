"""Finds things by a few words, whatever they are: one short question a noun, only for what the viewer may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from orchestrator.core.status import RUN_ENDED, GateStatus
from orchestrator.models import AgentVersion, Board, Card, Gate, Run, WorkflowVersion
from orchestrator.queries.boards import visible_boards
from orchestrator.queries.gates import visible_gates
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.scope import in_team, signed_in

MOST_WORDS = 6
LONGEST = 80
"""Words and characters of a search that count; the rest is ignored."""
CANDIDATES = 40
"""Latest matches of a noun among which the best are chosen."""
IDENTIFIER = re.compile(r"[0-9a-f]{4}[0-9a-f-]*")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What some words find, the best of each noun first."""

    runs: tuple[Run, ...] = ()
    cards: tuple[Card, ...] = ()
    boards: tuple[Board, ...] = ()
    agents: tuple[AgentVersion, ...] = ()
    workflows: tuple[WorkflowVersion, ...] = ()
    gates: tuple[Gate, ...] = ()


def search(viewer: object, text: str, most: int = 6) -> Found:
    """Find runs, cards, boards, agents, workflows and open approvals that hold every word; nothing for no words."""
    signed_in(viewer)
    words = words_of(text)
    if not words:
        return Found()
    return Found(
        runs=_runs(viewer, words, most),
        cards=_best(_cards(viewer, words), words, most, lambda card: card.title),
        boards=boards_called(viewer, words, most),
        agents=_best(_current_agents(words), words, most, lambda one: one.name),
        workflows=workflows_called(viewer, words, most),
        gates=_best(_gates(viewer, words), words, most, lambda gate: gate.title),
    )


def workflows_called(viewer: object, words: tuple[str, ...], most: int = 6) -> tuple[WorkflowVersion, ...]:
    """Find workflows whose name or role holds every word; some of them for no words."""
    signed_in(viewer)
    rows = WorkflowVersion.objects.filter(_all(words, "name", "role"), is_current=True)
    return _best(rows.only("name", "role", "is_current"), words, most, lambda one: one.name)


def boards_called(viewer: object, words: tuple[str, ...], most: int = 6) -> tuple[Board, ...]:
    """Find boards whose title or name holds every word; some of them for no words."""
    return _best(visible_boards(viewer).filter(_all(words, "title", "name")), words, most, lambda one: one.title)


def words_of(text: str) -> tuple[str, ...]:
    """Split what was typed into the words that count, in small letters."""
    return tuple(text.replace("\0", " ")[:LONGEST].lower().split()[:MOST_WORDS])


def rank(words: Iterable[str], name: str) -> int:
    """Say how well a name fits, less being better: it begins with the words, a part of it does, it holds them."""
    low, wanted = name.lower(), " ".join(words)
    if low.startswith(wanted):
        return 0 if low == wanted else 1
    parts = re.split(r"[^\w]+", low)
    return 2 if all(any(part.startswith(word) for part in parts) for word in wanted.split()) else 3


def _runs(viewer: object, words: tuple[str, ...], most: int) -> tuple[Run, ...]:
    match = _all(words, "title", "workflow")
    if len(words) == 1 and IDENTIFIER.fullmatch(words[0]):
        # A range, unlike a pattern, is found by the primary key; `g` follows every digit of an id.
        match |= Q(id__gte=words[0], id__lt=words[0] + "g")
    # The words are looked for in an index that holds them; runs are wide, and only those that fit are read.
    fitting = visible_runs(viewer).filter(match).order_by("-id").values("pk")[:CANDIDATES]
    rows = Run.objects.filter(pk__in=fitting).only("id", "title", "workflow", "status", "created_at").order_by("-id")
    found = sorted(rows, key=lambda run: rank(words, run.title or run.workflow))
    return tuple(sorted(found[:most], key=lambda run: run.status in RUN_ENDED))


def _cards(viewer: object, words: tuple[str, ...]) -> QuerySet[Card]:
    rows = Card.objects.filter(in_team(viewer, "board__team_id"), _all(words, "title"))
    return rows.select_related("board", "column").defer("input", "labels", "description")


def _gates(viewer: object, words: tuple[str, ...]) -> QuerySet[Gate]:
    rows = visible_gates(viewer).filter(_all(words, "title"), status=GateStatus.OPEN)
    return rows.only("id", "title", "status", "deadline_at", "opened_at", "run_id")


def _current_agents(words: tuple[str, ...]) -> QuerySet[AgentVersion]:
    return AgentVersion.objects.filter(_all(words, "name"), is_current=True)


def _best(rows: QuerySet[M], words: tuple[str, ...], most: int, name: Callable[[M], str]) -> tuple[M, ...]:
    found = sorted(rows.order_by("-pk")[:CANDIDATES], key=lambda one: rank(words, name(one)))
    return tuple(found[:most])


def _all(words: Iterable[str], *fields: str) -> Q:
    """Ask for every word, each in any of the fields."""
    wanted = Q()
    for word in words:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        wanted &= anywhere
    return wanted
