"""Who could decide at a gate at all: a gate that waits for nobody would wait for ever, and has to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.models import Gate, Role, User
from orchestrator.queries.scope import has_role


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """An account that may decide somewhere, with its groups read along."""

    user: User
    groups: frozenset[str]

    def may(self, gate: Gate) -> bool:
        """Tell whether it may decide at this gate; a test holds it to `queries.gates.why_not`."""
        user = self.user
        return (
            (gate.team_id is None or gate.team_id == user.team_id)
            and has_role(user, Role.OPERATOR)
            and has_role(user, gate.role)
            and (not gate.group or gate.group in self.groups)
            and not (gate.not_starter and gate.starter == str(user.pk))
        )


def stuck(gates: Sequence[Gate]) -> dict[int, str]:
    """Say for each of these gates that too few people may decide there; those with enough are left out."""
    people = _people() if gates else []
    said = {gate.pk: _shortage(gate, [one.user.username for one in people if one.may(gate)]) for gate in gates}
    return {pk: words for pk, words in said.items() if words}


def _people() -> list[Decider]:
    groups: dict[int, set[str]] = {}
    for user_id, name in User.groups.through.objects.values_list("user_id", "group__name"):
        groups.setdefault(user_id, set()).add(name)
    rows = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("username")
    return [Decider(user=user, groups=frozenset(groups.get(user.pk, ()))) for user in rows]


def _shortage(gate: Gate, able: list[str]) -> str:
    until = "its deadline" if gate.deadline_at else "an account fits"
    if not able:
        return f"Nobody may decide here: {_wanted(gate)}. It waits until {until}."
    if len(able) < gate.quorum:
        return f"This needs {gate.quorum} people, but only {len(able)} may decide here: {', '.join(able)}."
    return ""


def _wanted(gate: Gate) -> str:
    least = Role.OPERATOR.value if gate.role == Role.VIEWER else gate.role
    group = f" in the group '{gate.group}'" if gate.group else ""
    other = ", other than the one that started the run" if gate.not_starter else ""
    return f"it takes an active account of role {least} or above{group}{other}, and there is none"
