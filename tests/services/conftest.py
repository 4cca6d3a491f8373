"""A broker, and a workflow with one gate: runs of it need no worker."""

from __future__ import annotations

import pytest

from orchestrator.models import Gate, Run, User
from orchestrator.services import runs, workflows
from tests import cast

LETTERS = """
workflow: letters
role: Has a letter signed.
input: {type: object, required: [text], properties: {text: {type: string}, file: {type: string, format: path}}}
steps:
  - id: sign
    gate: {title: Sign the letter, show: {text: input.text, pages: "1", urgent: "false"}, edit: [text, pages, urgent]}
"""


@pytest.fixture(autouse=True)
def broker(redis_url: str) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def operator(transactional_db: None) -> User:
    return cast.person("operator")


@pytest.fixture
def letters(transactional_db: None) -> str:
    return workflows.apply(cast.person("builder"), LETTERS).version.name


@pytest.fixture
def run(operator: User, letters: str) -> Run:
    """Start a run, which waits at its gate then."""
    return Run.objects.get(pk=runs.start(operator, letters, {"text": "Dear all"}).run_id)


@pytest.fixture
def gate(run: Run) -> Gate:
    return Gate.objects.get(run_id=run.id)
