"""API tokens over HTTP: one's own, or for admins the team's. Their texts are shown once, where they are made."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from orchestrator.api.auth import caller
from orchestrator.api.shapes import number
from orchestrator.models import ApiToken
from orchestrator.queries import people as queries
from orchestrator.services import tokens as services

router = Router(tags=["tokens"])


class TokenLine(Schema):
    """A token, without its text."""

    id: int
    name: str
    account: str
    role: str
    state: str = Field(description="yes while it works, else expired or revoked.")
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class Tokens(Schema):
    """A part of the list of tokens."""

    items: list[TokenLine]
    next: str | None


@router.get("/tokens", response=Tokens)
def list_tokens(request: HttpRequest, cursor: str = "", limit: int = 50) -> Tokens:
    """List tokens, latest first."""
    page = queries.tokens(caller(request), cursor, limit)
    return Tokens(items=[_line(token) for token in page.items], next=page.next)


@router.post("/tokens/{token_id}/revoke", response=TokenLine)
def revoke_token(request: HttpRequest, token_id: str) -> TokenLine:
    """Make a token useless from now on."""
    return _line(services.revoke(caller(request), number(token_id)))


def _line(token: ApiToken) -> TokenLine:
    return TokenLine(
        id=token.pk, name=token.name, account=token.user.username, role=token.user.role, state=token.state,
        created_at=token.created_at, last_used_at=token.last_used_at, expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )  # fmt: skip
