"""Accounts, teams, sign-in links, tokens and the audit trail."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    """What an account may do; each includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    BUILDER = "builder"
    ADMIN = "admin"


class Team(models.Model):
    """People who share boards, agents and runs."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        """Return its name."""
        return self.name


class User(AbstractUser):
    """An account of a person or a script."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="members")
    theme = models.CharField(max_length=8, blank=True, default="")


class SignInLink(models.Model):
    """A link that signs one account in, once, for a short time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A bearer token of the API; only its hash is kept."""

    name = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """When it stops working by itself; none for one that works until it is revoked."""
    revoked_at = models.DateTimeField(null=True)

    @property
    def state(self) -> str:
        """Return whether it works: `yes`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= timezone.now() else "yes"

    @property
    def status(self) -> str:
        """Return the status it is coloured by."""
        return "succeeded" if self.state == "yes" else "cancelled"


class AuditEntry(models.Model):
    """Who did what to what, when, from where, and what they changed."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    noun_id = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True)
    place = models.BigIntegerField(null=True, unique=True)
    """Its number in the chain, from 1 without gaps; none until the next sweep has sealed it."""
    seal = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Hash of the seal before it and of what this line says."""

    class Meta:
        """The sweep asks for lines that are not sealed yet; there are only ever a few."""

        indexes = [models.Index(fields=["id"], name="audit_unsealed", condition=models.Q(place__isnull=True))]


class SignInTry(models.Model):
    """A sign-in by password that did not succeed, or is being checked; kept for minutes, to slow down guessing."""

    account = models.CharField(max_length=64, db_index=True)
    """Hash of the name that was typed: it may be a password in the wrong field."""
    address = models.CharField(max_length=45, db_index=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
