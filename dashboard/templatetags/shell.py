"""The parts of the shell that every page has: navigation, the pill of what needs you, the map of JavaScript modules."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard import navigation

register = template.Library()


@register.inclusion_tag("components/_nav.html", takes_context=True)
def navigation_(context: Context) -> dict[str, object]:
    """Draw the navigation for the signed-in viewer."""
    request = context["request"]
    request.navigation = navigation.entries(request.user, request.path, navigation.counts(request))
    return {"entries": request.navigation}


register.tags["navigation"] = register.tags.pop("navigation_")


@register.inclusion_tag("components/_need.html", takes_context=True)
def needs_you(context: Context) -> dict[str, object]:
    """Draw the pill that counts what the viewer may decide now."""
    return {"count": navigation.counts(context["request"])["approvals"]}


@register.simple_tag(takes_context=True)
def module_map(context: Context) -> SafeString:
    """Write the import map: `signalbox/<name>` stands for static/js/<name>.js under its hashed address."""
    text = imports(Path(settings.BASE_DIR) / "static" / "js")
    nonce = context.get("csp_nonce") or getattr(context.get("request"), "csp_nonce", "")
    return format_html('<script type="importmap" nonce="{}">{}</script>', str(nonce), mark_safe(text))  # noqa: S308 - our own file names as JSON


@lru_cache
def imports(folder: Path) -> str:
    """Return the import map as JSON; files are collected before a process starts, and stay while it runs."""
    found = ((name, address(f"js/{name}.js")) for name in modules(folder))
    named = {f"signalbox/{name}": url for name, url in found if url}
    return json.dumps({"imports": named}).replace("<", "\\u003c")


def address(path: str) -> str:
    """Return where a static file is served; nothing for one that came after the files were collected."""
    try:
        return static(path)
    except ValueError:
        return ""


def modules(folder: Path) -> tuple[str, ...]:
    """List the JavaScript modules of the project by their names."""
    return tuple(sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.js")))
