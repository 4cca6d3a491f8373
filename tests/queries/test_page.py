"""Lists in parts, and cursors that somebody has tampered with."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import RejectedError
from orchestrator.models import Run
from orchestrator.queries import page
from tests import cast

pytestmark = pytest.mark.django_db


def test_parts_of_a_list_hold_every_item_once_in_order() -> None:
    operator = cast.person("operator")
    made = [cast.run(number, operator).id for number in range(7)]
    rows, seen, cursor = Run.objects.order_by("id"), [], ""
    while True:
        last = page.texts(cursor)
        part = page.cut(rows.filter(id__gt=last) if last else rows, 3, lambda run: [run.id])
        seen.extend(run.id for run in part.items)
        if part.next is None:
            break
        cursor = part.next
    assert seen == made


@pytest.mark.parametrize("limit", [-5, 0, 10**9])
def test_nobody_gets_more_than_the_most_or_less_than_one(limit: int) -> None:
    operator = cast.person("operator")
    for number in range(3):
        cast.run(number, operator)
    assert 1 <= len(page.cut(Run.objects.order_by("id"), limit, lambda run: [run.id]).items) <= page.MOST


@pytest.mark.parametrize("forged", ["x", "%%%", "é", "bnVsbA", page.encode([1, 2]), page.encode(["a", "b"])])
def test_a_cursor_that_is_not_of_this_list_is_refused_by_name(forged: str) -> None:
    with pytest.raises(RejectedError) as refused:
        page.texts(forged)
    assert [problem.path for problem in refused.value.problems] == ["cursor"]
    assert refused.value.problems[0].hint


@pytest.mark.parametrize("forged", [page.encode(["a"]), page.encode([1, 2]), page.encode([2**64 - 1]), "AAAA"])
def test_a_cursor_of_numbers_takes_only_so_many_numbers_a_database_can_hold(forged: str) -> None:
    with pytest.raises(RejectedError):
        page.numbers(forged, 1)
