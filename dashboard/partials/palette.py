"""What the command palette lists: pages and acts it always has, and what a search found, each as one line to choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile

from django.urls import reverse

from dashboard import navigation
from orchestrator.models import Card, Gate, Run, User
from orchestrator.queries.search import Found, boards_called, rank, search, words_of, workflows_called
from orchestrator.services.access import Verb, may

STARTING = frozenset({"start", "run", "begin", "a"})
WRITING = frozenset({"new", "add", "write", "card", "a", "on"})
"""Words that say what to do; those after them say with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to choose: it leads to an address, or does what a behaviour of that name does."""

    title: str
    url: str = ""
    do: str = ""
    aside: str = ""
    status: str = ""
    hook: str = ""
    """With `key`, what it stands for: run-id, card-id, agent, approval-id."""
    key: object = ""
    keys: str = ""
    """Keys that do the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of one kind, under their heading."""

    name: str
    title: str
    lines: tuple[Line, ...]


def groups(viewer: User, text: str) -> tuple[Group, ...]:
    """Return what some words find; without words the pages, and the acts the viewer's role allows."""
    words = words_of(text)
    found = search(viewer, text)
    listed = (
        Group(name="pages", title="Pages", lines=_fitting(_pages(viewer), words)),
        *_things(found),
        Group(name="acts", title="Actions", lines=(*_begin(viewer, found, words), *_fitting(_acts(viewer), words))),
    )
    return tuple(group for group in listed if group.lines)


def _things(found: Found) -> Iterator[Group]:
    yield Group(name="runs", title="Runs", lines=tuple(_run(run) for run in found.runs))
    yield Group(name="approvals", title="Approvals", lines=tuple(_gate(gate) for gate in found.gates))
    yield Group(name="cards", title="Cards", lines=tuple(_card(card) for card in found.cards))
    boards = (Line(title=one.title, url=reverse("boards-detail", args=[one.name])) for one in found.boards)
    yield Group(name="boards", title="Boards", lines=tuple(boards))
    flows = (Line(title=one.name, url=_flow(one.name), aside=one.role) for one in found.workflows)
    yield Group(name="workflows", title="Workflows", lines=tuple(flows))
    agents = (_agent(one.name, str(one.spec.get("role", ""))) for one in found.agents)
    yield Group(name="agents", title="Agents", lines=tuple(agents))


def _run(run: Run) -> Line:
    url = reverse("runs-detail", args=[run.id])
    # Ids of one minute begin alike; it is their end that tells them apart, as in the list of runs.
    aside = f"{run.workflow} · {run.id[-4:]}" if run.title else run.id[-4:]
    return Line(title=run.title or run.workflow, url=url, aside=aside, status=run.status, hook="run-id", key=run.id)


def _gate(gate: Gate) -> Line:
    url = reverse("approvals-detail", args=[gate.pk])
    return Line(title=gate.title, url=url, status=gate.status, hook="approval-id", key=gate.pk)


def _card(card: Card) -> Line:
    url = reverse("boards-card", args=[card.board.name, card.pk])
    place = f"{card.board.title} · {card.column.name}"
    return Line(title=card.title, url=url, aside=place, hook="card-id", key=card.pk)


def _agent(name: str, role: str) -> Line:
    return Line(title=name, url=reverse("agents-detail", args=[name]), aside=role, hook="agent", key=name)


def _flow(name: str) -> str:
    return reverse("workflows-detail", args=[name])


def _pages(viewer: User) -> Iterator[Line]:
    for entry in navigation.entries(viewer, "", {}):
        yield Line(title=entry.title, url=entry.url, keys=f"g {entry.jump}" if entry.jump else "")
    yield Line(title="Decided approvals", url=reverse("approvals-decided"))
    yield Line(title="API tokens", url=reverse("tokens"))


def _acts(viewer: User) -> Iterator[Line]:
    if may(viewer, Verb.START_RUN):
        yield Line(title="Start a run", url=reverse("workflows"), aside="choose a workflow")
    if may(viewer, Verb.APPLY_WORKFLOW):
        yield Line(title="New workflow", url=reverse("workflows-new"))
    for theme, aside in (("dark", ""), ("light", ""), ("system", "follow what the system says")):
        yield Line(title=f"Theme: {theme}", do=f"theme-{theme}", aside=aside)
    yield Line(title="Show all keys", do="keys", keys="?")
    yield Line(title="Sign out", do="signout")


def _begin(viewer: User, found: Found, words: tuple[str, ...]) -> Iterator[Line]:
    """List acts on what was found, or on what stands after the verb: start a workflow, write a card on a board."""
    if may(viewer, Verb.START_RUN):
        called = _after(words, STARTING)
        flows = found.workflows if called is None else workflows_called(viewer, called)
        yield from (Line(title=f"Start {one.name}", url=f"{_flow(one.name)}#start") for one in flows)
    if may(viewer, Verb.ADD_CARD):
        called = _after(words, WRITING)
        for one in found.boards if called is None else boards_called(viewer, called):
            yield Line(title=f"New card on {one.title}", url=f"{reverse('boards-detail', args=[one.name])}#new-card")


def _after(words: tuple[str, ...], verbs: frozenset[str]) -> tuple[str, ...] | None:
    """Return the words after a verb; None where none is said."""
    if not words or words[0] not in verbs:
        return None
    return tuple(dropwhile(lambda word: word in verbs, words))


def _fitting(lines: Iterable[Line], words: tuple[str, ...]) -> tuple[Line, ...]:
    """Keep the lines whose title holds all words, the best first; without words all as they stand."""
    if not words:
        return tuple(lines)
    held = [line for line in lines if all(word in line.title.lower() for word in words)]
    return tuple(sorted(held, key=lambda line: rank(words, line.title)))
