"""What a viewer sees and may not do: no buttons that act, and 403 to whoever posts anyway."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.models import Gate, Run, Team, User
from tests.dashboard.made import made_definitions, made_gate, made_run


@pytest.fixture
def world(team: Team, operator: User) -> tuple[Run, Gate]:
    made_definitions()
    run = made_run(team, operator)
    return run, made_gate(run, operator)


VERBS = (">Pause<", ">Cancel run<", ">Resume<", ">Approve<", ">Reject<", ">Start run<", ">Send back with feedback<",
         ">Retry step<", ">Skip step<")  # fmt: skip
PAGES = (
    "/",
    "/runs/",
    "/runs/{run}/",
    "/runs/{run}/?step=sign_off",
    "/approvals/",
    "/approvals/{gate}/",
    "/workflows/",
    "/workflows/review/",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_sees_no_button_that_acts(page: str, world: tuple[Run, Gate], viewer_client: Client) -> None:
    html = viewer_client.get(page.format(run=world[0].id, gate=world[1].pk)).content.decode()
    assert [verb for verb in VERBS if verb in html] == []


def test_an_operator_sees_them(world: tuple[Run, Gate], operator_client: Client) -> None:
    html = "".join(
        operator_client.get(page.format(run=world[0].id, gate=world[1].pk)).content.decode() for page in PAGES
    )
    assert [verb for verb in (">Pause<", ">Cancel run<", ">Start run<", ">Skip step<") if verb not in html] == []


@pytest.mark.parametrize("act", ["/runs/{run}/pause/", "/runs/{run}/resume/", "/runs/{run}/cancel/",
                                 "/runs/{run}/step/retry/", "/runs/{run}/step/skip/",
                                 "/approvals/{gate}/decision/", "/workflows/review/start/"])  # fmt: skip
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_viewer_who_posts_anyway_is_refused(
    act: str, headers: dict[str, str], world: tuple[Run, Gate], viewer_client: Client
) -> None:
    """U4: no page acts for a viewer."""
    form = {"verdict": "approve", "digest": world[1].digest, "input.path": "x"}
    answer = viewer_client.post(act.format(run=world[0].id, gate=world[1].pk), form, headers=headers)
    assert answer.status_code == 403
    assert "operator" in answer.content.decode()


def test_posts_need_the_token_of_the_page(world: tuple[Run, Gate], operator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    assert client.post(f"/runs/{world[0].id}/cancel/").status_code == 403


def test_acts_are_never_done_by_a_link(world: tuple[Run, Gate], operator_client: Client) -> None:
    for act in ("pause", "resume", "cancel"):
        assert operator_client.get(f"/runs/{world[0].id}/{act}/").status_code == 405
