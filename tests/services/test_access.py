"""Who may do what (U4): the table of verbs, and things of other teams."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from orchestrator.core.errors import RejectedForbidden, RejectedMissing
from orchestrator.models import Board, Card, Column, Role
from orchestrator.services import access
from orchestrator.services.access import LEAST_ROLE, Verb
from tests import cast

pytestmark = pytest.mark.django_db


def test_every_verb_has_a_least_role() -> None:
    assert set(LEAST_ROLE) == set(Verb)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_role_may_do_what_its_rank_allows_and_nothing_above(verb: Verb) -> None:
    roles = list(Role)
    for role in roles:
        someone = cast.person(role)
        if roles.index(role) >= roles.index(LEAST_ROLE[verb]):
            assert access.require(someone, verb) == someone
            assert access.may(someone, verb)
        else:
            assert not access.may(someone, verb)
            with pytest.raises(RejectedForbidden, match=f"role {LEAST_ROLE[verb].value}; yours is {role}"):
                access.require(someone, verb)


def test_nobody_does_anything_without_an_active_account() -> None:
    closed = cast.person("admin")
    closed.is_active = False
    for stranger in (AnonymousUser(), None, "admin", closed):
        assert not access.may(stranger, Verb.READ)
        with pytest.raises(RejectedForbidden):
            access.require(stranger, Verb.READ)


def test_a_thing_of_another_team_does_not_exist_for_an_admin_either() -> None:
    operator, outsider = cast.person("operator"), cast.person("admin", "outsider", of="others")
    board = Board.objects.create(name="b", title="B", team=operator.team)
    column = Column.objects.create(board=board, name="c", position=0)
    card = Card.objects.create(board=board, column=column, rank=1, title="t")
    for thing in (board, card, cast.run(1, operator), operator, operator.team):
        assert access.require(operator, Verb.MOVE_CARD, thing) == operator
        with pytest.raises(RejectedMissing):
            access.require(outsider, Verb.MOVE_CARD, thing)


def test_a_thing_of_no_team_is_everyones() -> None:
    board = Board.objects.create(name="b", title="B", team=None)
    assert access.require(cast.person("operator"), Verb.MOVE_CARD, board)
