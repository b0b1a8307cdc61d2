"""The users of the store as Flask-Security wants to see them."""

from __future__ import annotations

from typing import Any

from flask_security import PeeweeUserDatastore, RoleMixin, UserMixin

from models import Role, User, UserRole
from models.base import database


class ConsoleRole(RoleMixin, Role):
    """A role, of the same table."""

    class Meta:
        table_name = "role"


class ConsoleUser(UserMixin, User):
    """A user who can log in, of the same table."""

    class Meta:
        table_name = "user"

    @property
    def roles(self) -> Any:  # type: ignore[override]
        """Lists the user's roles, by name."""
        mine = UserRole.select(UserRole.role).where(UserRole.user == self.id)
        return list(ConsoleRole.select().where(ConsoleRole.id << mine).order_by(ConsoleRole.name))

    def may_act(self) -> bool:
        """Says whether the user may change anything; viewers only look."""
        return bool({"admin", "marketer"} & {role.name for role in self.roles})

    def is_admin(self) -> bool:
        """Says whether the user may see who changed what."""
        return any(role.name == "admin" for role in self.roles)


def datastore() -> Any:
    """Returns what Flask-Security finds users with."""
    return PeeweeUserDatastore(database, ConsoleUser, ConsoleRole, UserRole)  # type: ignore[no-untyped-call]
