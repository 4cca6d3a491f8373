"""Addresses of pages. Websockets are in routing, boards in urls_boards."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from dashboard.views import (
    agents,
    approvals,
    audit,
    comparison,
    forks,
    overview,
    palette,
    patterns,
    run,
    runs,
    shell,
    signin,
    steps,
    tokens,
    trials,
    workflow_files,
    workflows,
)

urlpatterns = [
    path("", include("orchestrator.api.urls")),
    path("", overview.index, name="overview"),
    path("shell/", shell.shell, name="shell"),
    path("palette/", palette.found, name="palette"),
    path("", include("dashboard.urls_boards")),
    path("runs/", runs.index, name="runs"),
    path("runs/+compare/", comparison.index, name="runs-compare"),
    path("runs/<str:run_id>/", run.detail, name="runs-detail"),
    path("runs/<str:run_id>/step/", run.step, name="runs-step"),
    path("runs/<str:run_id>/step/retry/", steps.retry, name="runs-step-retry"),
    path("runs/<str:run_id>/step/skip/", steps.skip, name="runs-step-skip"),
    path("runs/<str:run_id>/parts/", run.parts, name="runs-parts"),
    path("runs/<str:run_id>/events/<int:n>/", run.event, name="runs-event"),
    path("runs/<str:run_id>/output/", run.output, name="runs-output"),
    path("runs/<str:run_id>/fork/", forks.form, name="runs-fork"),
    path("runs/<str:run_id>/pause/", runs.pause, name="runs-pause"),
    path("runs/<str:run_id>/resume/", runs.resume, name="runs-resume"),
    path("runs/<str:run_id>/cancel/", runs.cancel, name="runs-cancel"),
    path("approvals/", approvals.index, name="approvals"),
    path("approvals/mine/", approvals.mine, name="approvals-mine"),
    path("approvals/together/", approvals.together, name="approvals-together"),
    path("approvals/decided/", approvals.decided, name="approvals-decided"),
    path("approvals/<int:gate_id>/", approvals.detail, name="approvals-detail"),
    path("approvals/<int:gate_id>/decision/", approvals.decision, name="approvals-decision"),
    path("agents/", agents.index, name="agents"),
    path("agents/<str:name>/", agents.detail, name="agents-detail"),
    path("agents/<str:name>/try/", trials.begin, name="agents-try"),
    path("audit/", audit.index, name="audit"),
    path("workflows/", workflows.index, name="workflows"),
    path("workflows/+new/", workflow_files.new, name="workflows-new"),
    path("workflows/+apply/", workflow_files.apply, name="workflows-apply-new"),
    path("workflows/<str:name>/", workflows.detail, name="workflows-detail"),
    path("workflows/<str:name>/edit/", workflow_files.edit, name="workflows-edit"),
    path("workflows/<str:name>/apply/", workflow_files.apply, name="workflows-apply"),
    path("workflows/<str:name>/start/", workflows.begin, name="workflows-start"),
    path("patterns/", patterns.index, name="patterns"),
    path("patterns/<str:name>/run/", patterns.run, name="patterns-run"),
    path("patterns/<slug:name>/card/", patterns.card, name="patterns-card"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="tokens-revoke"),
    path("signin/", signin.SignIn.as_view(), name="signin"),
    path("signin/<str:token>/", signin.link, name="signin-link"),
    path("signout/", LogoutView.as_view(next_page="signin"), name="signout"),
]
handler400, handler403 = "dashboard.views.errors.unreadable", "dashboard.views.errors.forbidden"
handler404, handler500 = "dashboard.views.errors.missing", "dashboard.views.errors.broken"
