"""Callers of the API, each with a token of their own, and a workflow with one gate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from orchestrator.core.outcomes import Json
from orchestrator.models import Role, Run, User
from orchestrator.services import people, runs, tokens, workflows
from tests import cast

LETTERS = """
workflow: letters
role: Has a letter signed.
input: {type: object, required: [text], properties: {text: {type: string}}}
steps:
  - id: sign
    gate: {title: Sign the letter, show: {text: input.text}, edit: [text]}
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def errors(self) -> dict[str, str]:
        """Return the message of each error by its path."""
        return {error["path"]: error["message"] for error in self.body["errors"]}


@dataclass(frozen=True)
class Caller:
    """A script with a token; the client insists on CSRF as a browser's requests would be held to it."""

    user: User
    token: str

    def get(self, path: str, **query: str | int) -> Answer:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Json = None) -> Answer:
        return self.send("POST", path, json.dumps(body) if body is not None else "")

    def put(self, path: str, text: str) -> Answer:
        return self.send("PUT", path, text, content_type="application/yaml")

    def send(
        self,
        method: str,
        path: str,
        data: str | bytes = "",
        content_type: str = "application/json",
        query: dict[str, str | int] | None = None,
    ) -> Answer:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = client.generic(
            method, f"/api/v1{path}", data, content_type=content_type, headers=headers, query_params=query or None
        )
        return answer(response)


def answer(response: Any) -> Answer:
    is_json = response.content and "json" in response.headers.get("Content-Type", "")
    body = json.loads(response.content) if is_json else response.content
    return Answer(response.status_code, body, dict(response.headers))


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None, settings: Any) -> None:
    """Give hints somewhere to go, and WhiteNoise its folder."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def caller(role: str, name: str = "", of: str = "everyone") -> Caller:
    user = cast.person(role, name, of)
    admin = User.objects.filter(username="the-admin").first() or cast.person(Role.ADMIN, "the-admin")
    admin.team = user.team
    return Caller(user, tokens.create(admin, user, "test")[1])


@pytest.fixture
def viewer() -> Caller:
    return caller("viewer")


@pytest.fixture
def operator() -> Caller:
    return caller("operator")


@pytest.fixture
def builder() -> Caller:
    return caller("builder")


@pytest.fixture
def outsider() -> Caller:
    return caller("admin", "outsider", of="others")


@pytest.fixture
def nobody() -> Caller:
    return Caller(User(), "")


@pytest.fixture
def letters() -> str:
    return workflows.apply(people.shell_account(), LETTERS).version.name


@pytest.fixture
def run(operator: Caller, letters: str) -> Run:
    """Start a run, which waits at its gate then."""
    return Run.objects.get(pk=runs.start(operator.user, letters, {"text": "Dear all"}).run_id)
