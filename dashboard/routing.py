"""Websocket addresses. Pages are in urls."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from dashboard.live.consumer import LiveConsumer
from dashboard.live.grouped import GroupedConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/live", LiveConsumer.as_asgi())]
if settings.BENCH:
    websocket_urlpatterns.append(path("ws/groups", GroupedConsumer.as_asgi()))
