"""Who calls: a script with a bearer token, or a page of ours with its session and CSRF token.

A bad token is never overlooked in favour of a session.
"""

from __future__ import annotations

from django.http import HttpRequest
from ninja.errors import AuthenticationError, HttpError
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from orchestrator.models import User
from orchestrator.services import tokens


class BearerToken(HttpBearer):
    """Takes `Authorization: Bearer …`."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """Return the token's account; raises AuthenticationError for one that is not known or not valid any more."""
        found = tokens.recognise(token.strip())
        if found is None:
            raise AuthenticationError(message=tokens.why_not(token.strip()))
        request.user = found
        return found


class SignedInPage(SessionAuth):
    """Takes the session of a page of this very site."""

    def __call__(self, request: HttpRequest) -> User | None:
        """Return who is signed in; raises HttpError when the request could come from elsewhere."""
        user = request.user
        if "Authorization" in request.headers or not isinstance(user, User):
            return None
        if check_csrf(request) is not None:
            raise HttpError(403, "The CSRF token is missing or wrong; load the page again.")
        return user


def caller(request: HttpRequest) -> User:
    """Return who calls, after authentication."""
    user = request.user
    if not isinstance(user, User):
        raise AuthenticationError(message="Sign in first.")
    return user
