"""A card's drawer and what is done in it: write, edit, comment, guide, decide. Moving and taking over go to the API."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.forms.cards import CardForm, texts
from dashboard.forms.fields import read
from dashboard.partials import approval
from dashboard.partials.values import Laid, laid
from dashboard.views.boards import board_page, wanted_by
from orchestrator.core.errors import RejectedError, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, listed
from orchestrator.models import Gate, GateDecision
from orchestrator.queries import boards as queries
from orchestrator.queries import gates as gate_queries
from orchestrator.queries.board_views import CardView
from orchestrator.queries.inbox import decisions_of
from orchestrator.services import card_guidance, gates
from orchestrator.services import cards as services
from orchestrator.services.access import Verb, may, require
from orchestrator.services.card_moves import refusals as find_refusals

EDIT = "edit-"
"""Before the name of a field of a gate that may be changed."""


@require_GET
@page
def drawer(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Show a card: as the drawer alone, or with its board around it."""
    return _drawer(request, _card(request, name, card_id))


@require_POST
@page
def add(request: PersonRequest, name: str) -> HttpResponse:
    """Write a card in the first column."""
    board = queries.board_named(request.user, name)
    require(request.user, Verb.ADD_CARD, board)
    form = CardForm(request.POST, wanted=wanted_by(board))
    if form.is_valid():
        try:
            services.create(request.user, board.pk, form.cleaned_data["title"], None, **form.written())
        except RejectedError as refused:
            form.blame(refused)
    if not form.is_valid():
        return _fields(request, form, 422)
    if not is_fragment(request):
        return done(request, "The card is on the board.", reverse("boards-detail", args=[name]))
    response = _fields(request, CardForm(wanted=wanted_by(board)))
    response["HX-Trigger"] = "signalbox:card-added"
    return response


@require_POST
@page
def edit(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Change what is written on a card."""
    view = _card(request, name, card_id)
    require(request.user, Verb.EDIT_CARD, view.card)
    form = CardForm(request.POST, wanted=wanted_by(view.card.board), card=view.card)
    if form.is_valid():
        try:
            title, version = form.cleaned_data["title"], _number(request.POST.get("version"))
            services.edit(request.user, card_id, version, title=title, **form.written())
        except RejectedError as refused:
            form.blame(refused)
        else:
            return _drawer(request, _card(request, name, card_id))
    return _drawer(request, view, 422, edit_form=form, edit_open=True, refusal=form.refusal)


@require_POST
@page
def comment(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Leave a comment."""
    view = _card(request, name, card_id)
    try:
        services.comment(request.user, card_id, request.POST.get("text", ""))
    except RejectedError as refused:
        return _drawer(request, view, refused.status, refusal=_words(refused))
    return _drawer(request, _card(request, name, card_id))


@require_POST
@page
def guidance(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Leave guidance for the agent's next run."""
    view = _card(request, name, card_id)
    try:
        card_guidance.guide(request.user, card_id, _number(request.POST.get("version")), request.POST.get("text", ""))
    except RejectedError as refused:
        return _drawer(request, view, refused.status, refusal=_words(refused))
    return _drawer(request, _card(request, name, card_id))


@require_POST
@page
def archive(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Take a card off the board."""
    view = _card(request, name, card_id)
    try:
        services.archive(request.user, card_id, _number(request.POST.get("version")))
    except RejectedError as refused:
        return _drawer(request, view, refused.status, refusal=_words(refused))
    return _drawer(request, _card(request, name, card_id))


@require_POST
@page
def restore(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Put an archived card back."""
    _card(request, name, card_id)
    services.restore(request.user, card_id)
    return _drawer(request, _card(request, name, card_id))


@require_POST
@page
def decide(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Decide at the gate a card's run waits at, with what was changed in the drawer."""
    view = _card(request, name, card_id)
    given = request.POST
    try:
        gate = gate_queries.gate_detail(request.user, _number(given.get("gate")))
        if gate.run_id != view.card.run_id:
            raise RejectedMissing("This card's run does not wait there any more.")
        verdict = given.get("verdict", "")
        edits = _edits(gate, given) if verdict in ("approve", "answer") else {}
        gates.decide(request.user, gate.pk, verdict, edits, given.get("comment", ""), digest=given.get("digest", ""))
    except RejectedError as refused:
        return _drawer(request, _card(request, name, card_id), refused.status, refusal=_words(refused))
    return _drawer(request, _card(request, name, card_id))


@require_GET
@page
def refusals(request: PersonRequest, name: str, card_id: int) -> HttpResponse:
    """Say which columns would not take a card now, and why."""
    view = _card(request, name, card_id)
    return JsonResponse({str(pk): reason for pk, reason in find_refusals(request.user, view.card.pk).items()})


def _card(request: PersonRequest, name: str, card_id: int) -> CardView:
    view = queries.card_detail(request.user, card_id)
    if view.card.board.name != name:
        raise RejectedMissing(f"There is no card {card_id} on this board.")
    return view


def _number(text: str | None) -> int:
    """Read a number a form brings; anything else is the number of nothing."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _fields(request: PersonRequest, form: CardForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "refusal": form.refusal}
    return render(request, "dashboard/boards/_fields.html", context, status=status)


def _drawer(request: PersonRequest, view: CardView, status: int = 200, **more: object) -> HttpResponse:
    card, gate = view.card, view.gate
    inputs = card.input if isinstance(card.input, dict) else {"": card.input}
    context = {
        "opened": view, "may_move": may(request.user, Verb.EDIT_CARD), "entries": queries.card_entries(card),
        "inputs": list(inputs.items()), "runs": queries.runs_of_card(card), "output": _output(view),
        "run_url": _run_url(card.run_id),
        "parts": approval.parts(gate, is_form=True) if gate else [],
        "edits": approval.fields(gate) if gate else (), "edit_prefix": EDIT,
        "asks": gate is not None and gate_queries.wants_answer(gate),
        "why_not": gate_queries.why_not(request.user, gate) if gate else "", "decided": _decided(request, card.run_id),
        "guides": card_guidance.is_taken_on(card.board),
        "edit_form": CardForm(wanted=wanted_by(card.board), card=card), **more,
    }  # fmt: skip
    if is_fragment(request):
        return render(request, "dashboard/boards/_drawer.html", context, status=status)
    response = board_page(request, card.board, **context)
    response.status_code = status
    return response


def _output(view: CardView) -> Laid | None:
    """Lay out what the card's run gave; None while it has not."""
    found = queries.output_of(view)
    return None if found is None else laid(found)


def _decided(request: PersonRequest, run_id: str) -> list[tuple[Gate, list[GateDecision]]]:
    """Return the closed gates of a card's run, the latest first, with what was decided at each."""
    found = gate_queries.gates(request.user, "decided", run_id, limit=5).items if run_id else ()
    made = decisions_of(found)
    return [(gate, made[gate.pk]) for gate in found]


def _edits(gate: Gate, given: QueryDict) -> dict[str, Json]:
    """Return what a person changed; raises RejectedError where that is not JSON but should be."""
    typed = read(approval.fields(gate), texts(given), EDIT)
    if not typed.is_readable:
        wrong = [Problem(path=f"edits.{one.name}", message=words) for one in typed.fields for words in one.wrong]
        raise RejectedError("The changes do not fit.", wrong)
    return typed.changed


def _run_url(run_id: str) -> str:
    try:
        return reverse("runs-detail", args=[run_id]) if run_id else ""
    except NoReverseMatch:
        return ""


def _words(refused: RejectedError) -> str:
    return f"{refused.detail} {listed(refused.problems)}".strip()
