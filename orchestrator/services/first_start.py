"""What must exist before anyone can sign in: one team and one account that may do everything."""

from __future__ import annotations

from django.db import transaction

from orchestrator.models import Role, Team, User

TEAM, ADMIN = "Default", "admin"
# The group of accounts that are no person's: nobody is signed in as one of them.
SCRIPTS = "scripts"


@transaction.atomic
def ensure_admin() -> User:
    """Return the longest-standing admin, making the first team and account if there is none."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(groups__name=SCRIPTS)
    found = admins.order_by("pk").first()
    if found is not None:
        return found
    team, _ = Team.objects.get_or_create(name=TEAM)
    admin = User(username=ADMIN, role=Role.ADMIN, team=team, is_staff=True, is_superuser=True)
    # No password: the first way in is a sign-in link, which only someone on this machine can make.
    admin.set_unusable_password()
    admin.save()
    return admin
