"""Two runs side by side: inputs, outputs and steps."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.partials.differences import changes
from dashboard.partials.values import as_text
from orchestrator.queries.comparison import compared


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """Compare the two runs of `?run=…&run=…`."""
    found = compared(request.user, request.GET.getlist("run"))
    only = request.GET.get("show") != "all"
    context = {
        "left": found.left, "right": found.right, "is_cut": found.is_cut, "only": only,
        "steps": [one for one in found.steps if one.difference or not only], "total": len(found.steps),
        "inputs": changes(as_text(found.left.input), as_text(found.right.input)),
        "outputs": changes(as_text(found.outputs[0]), as_text(found.outputs[1])),
        "has_output": any(one is not None for one in found.outputs),
    }  # fmt: skip
    return render(request, "dashboard/runs/comparison.html", context)
