"""Addresses of boards and cards. Moving a card, taking it over and deciding at its gate from itself go to the API."""

from __future__ import annotations

from django.urls import path

from dashboard.views import boards, cards

urlpatterns = [
    path("boards/", boards.index, name="boards"),
    path("boards/<slug:name>/", boards.detail, name="boards-detail"),
    path("boards/<slug:name>/frame/", boards.frame, name="boards-frame"),
    path("boards/<slug:name>/here/", boards.here, name="boards-here"),
    path("boards/<slug:name>/columns/<int:column_id>/", boards.column, name="boards-column"),
    path("boards/<slug:name>/cards/", cards.add, name="boards-cards"),
    path("boards/<slug:name>/cards/<int:card_id>/", cards.drawer, name="boards-card"),
    path("boards/<slug:name>/cards/<int:card_id>/refusals/", cards.refusals, name="boards-refusals"),
    path("boards/<slug:name>/cards/<int:card_id>/archive/", cards.archive, name="boards-archive"),
    path("boards/<slug:name>/cards/<int:card_id>/restore/", cards.restore, name="boards-restore"),
    path("boards/<slug:name>/cards/<int:card_id>/edit/", cards.edit, name="boards-edit"),
    path("boards/<slug:name>/cards/<int:card_id>/comment/", cards.comment, name="boards-comment"),
    path("boards/<slug:name>/cards/<int:card_id>/guidance/", cards.guidance, name="boards-guidance"),
    path("boards/<slug:name>/cards/<int:card_id>/decide/", cards.decide, name="boards-decide"),
]
