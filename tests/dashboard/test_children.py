"""A run and the runs its steps wait for lead to each other on their pages (P5, O3)."""

from __future__ import annotations

from django.test import Client

from orchestrator.models import Run, User
from orchestrator.services import people, runs
from tests import driven

BELOW = """
workflow: below
steps:
  - {id: work, agent: adviser}
"""
ABOVE = """
workflow: above
steps:
  - {id: sub, workflow: below}
"""


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_of_parent_and_child_lead_to_each_other(operator: User, operator_client: Client) -> None:
    driven.agent("adviser")
    driven.workflow(people.shell_account(), BELOW)
    run_id = runs.start(operator, driven.workflow(people.shell_account(), ABOVE), None).run_id
    child = Run.objects.get(parent_id=run_id)
    assert (child.parent_path, child.depth, child.correlation_id) == ("sub", 1, run_id)
    drawer = text(operator_client, f"/runs/{run_id}/?step=sub")
    assert f'href="/runs/{child.id}/"' in drawer
    assert "Runs as" in drawer
    page = text(operator_client, f"/runs/{child.id}/")
    assert f'href="/runs/{run_id}/?step=sub"' in page
    assert "Part of run" in page
    driven.finish(run_id, operator)
    assert "Part of run" not in text(operator_client, f"/runs/{run_id}/")
