"""Who sees accounts and tokens."""

from __future__ import annotations

import pytest

from orchestrator.models import ApiToken
from orchestrator.queries import people as queries
from tests import cast

pytestmark = pytest.mark.django_db


def test_people_of_another_team_are_not_listed() -> None:
    viewer = cast.person("viewer")
    cast.person("admin", "outsider", of="others")
    assert queries.people(viewer).items == (viewer,)


def test_an_admin_sees_the_teams_tokens_anyone_else_their_own() -> None:
    admin, operator = cast.person("admin"), cast.person("operator")
    outsider = cast.person("admin", "outsider", of="others")
    for number, someone in enumerate((admin, operator, outsider)):
        ApiToken.objects.create(name=someone.username, user=someone, digest=str(number))
    assert [token.name for token in queries.tokens(admin).items] == ["operator", "admin"]
    assert [token.name for token in queries.tokens(operator).items] == ["operator"]
