"""Websocket addresses. Pages are in urls."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboard.live.consumer import LiveConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/live", LiveConsumer.as_asgi())]
