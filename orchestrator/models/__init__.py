"""The tables, one file a noun; no behaviour."""

from orchestrator.models.answers import Answer, Saving
from orchestrator.models.boards import Board, Card, CardEntry, Column, Policy
from orchestrator.models.breakers import Breaker, BreakerChange, BreakerProbe
from orchestrator.models.gates import Gate, GateDecision, GateLook
from orchestrator.models.limits import Limit, LimitUse
from orchestrator.models.pauses import AgentPause
from orchestrator.models.people import ApiToken, AuditEntry, Role, SignInLink, SignInTry, Team, User
from orchestrator.models.runs import Attempt, Event, Run, Step
from orchestrator.models.spending import Budget, Reservation, Spend
from orchestrator.models.trials import Trial
from orchestrator.models.work import Artifact, Effect, Message, QueueEntry, Stopping, Timer, Verdict, Worker
from orchestrator.models.workflows import AgentVersion, WorkflowVersion

__all__ = [
    "AgentPause", "AgentVersion", "Answer", "ApiToken", "Artifact", "Attempt", "AuditEntry", "Board", "Breaker",
    "BreakerChange", "BreakerProbe", "Budget", "Card", "CardEntry", "Column", "Effect", "Event", "Gate", "GateDecision",
    "GateLook", "Limit", "LimitUse", "Message", "Policy", "QueueEntry", "Reservation", "Role", "Run", "Saving",
    "SignInLink", "SignInTry", "Spend", "Step", "Stopping", "Team", "Timer", "Trial", "User", "Verdict", "Worker",
    "WorkflowVersion",
]  # fmt: skip
