"""Boards, columns, cards and what happened to them. Written by services and the card follower."""

from __future__ import annotations

from django.db import models

from orchestrator.models.people import Team, User


class Policy(models.TextChoices):
    """What a column does with a card that enters it."""

    MANUAL = "manual"
    WORKFLOW = "workflow"
    GATE = "gate"
    DONE = "done"
    FAILED = "failed"


class Board(models.Model):
    """A kanban view of work."""

    name = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True)
    version = models.BigIntegerField(default=0)
    """Grows with every change; browsers ask for what is newer."""


class Column(models.Model):
    """A stage of work."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="columns")
    name = models.CharField(max_length=80)
    position = models.IntegerField()
    limit = models.PositiveIntegerField(null=True)
    """Cards at work at once; more may queue here."""
    policy = models.CharField(max_length=12, choices=Policy.choices, default=Policy.MANUAL)
    workflow = models.CharField(max_length=80, blank=True, default="")
    agent = models.CharField(max_length=80, blank=True, default="")
    """The agent that works here alone; `workflow` is then the one that was made for it."""
    source = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="pullers")
    """The column whose cards are pulled from there as places become free; null where cards come by hand."""
    inputs = models.JSONField(null=True)
    """Name of a run's input to the expression over `card` it comes from; null gives the card's own input."""

    @property
    def worker(self) -> str:
        """Return whom people know to be at work here: the agent, or else the workflow."""
        return self.agent or self.workflow

    class Meta:
        """In order; a name stands once on a board."""

        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["board", "name"], name="column_once")]


class Card(models.Model):
    """One item of work."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="cards")
    column = models.ForeignKey(Column, on_delete=models.PROTECT, related_name="cards")
    rank = models.FloatField()
    """Place in its column, ascending."""
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    input = models.JSONField(default=dict)
    priority = models.IntegerField(default=3)
    labels = models.JSONField(default=list)
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    version = models.IntegerField(default=1)
    """Grows with every change; a move names the one it saw."""
    run_id = models.CharField(max_length=36, blank=True, default="", db_index=True)
    """The run that works on it now, or worked on it last."""
    follows = models.BooleanField(default=False)
    """Whether it moves itself with its run: on while it stands where automation put it."""
    seen = models.IntegerField(default=0)
    """Number of the last run event it reacted to."""
    pulled_by = models.CharField(max_length=80, blank=True, default="")
    """The agent or workflow that pulled it, until a person moves it."""
    pulled_version = models.IntegerField(default=0)
    """Its version as a pull left it: as long as it has this one, nothing but the pull has happened to it."""
    taken_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    """Who has taken it over: until it is handed back nobody pulls it."""
    guidance = models.TextField(blank=True, default="")
    """What a person wants the next agent to know; it stays until a run that was given it succeeds."""
    guided_run = models.CharField(max_length=36, blank=True, default="")
    """The run that was given the guidance last; empty while none was."""
    unfit = models.TextField(blank=True, default="")
    """Versions of workflows that would not take it as it is now, so that nobody tries again before it has changed."""
    why = models.CharField(max_length=300, blank=True, default="")
    """Why it is not moving, in one sentence."""
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    board_version = models.BigIntegerField(default=0)
    """Version of its board when it changed last: what a browser has missed is what has a higher one."""
    archived_at = models.DateTimeField(null=True)
    """When it was taken off the board; null while it is there."""

    class Meta:
        """In order within a column."""

        ordering = ["rank", "id"]
        indexes = [
            models.Index(fields=["board", "column", "rank"], name="card_by_place"),
            models.Index(fields=["board", "board_version"], name="card_by_change"),
        ]


class CardEntry(models.Model):
    """One line of a card's history: a move, an edit, a comment, a run."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=40, blank=True, default="")
    actor_name = models.CharField(max_length=150, blank=True, default="")
    verb = models.CharField(max_length=24)
    text = models.TextField(blank=True, default="")
    run_id = models.CharField(max_length=36, blank=True, default="")
