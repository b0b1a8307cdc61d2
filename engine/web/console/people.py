"""Who may log in to the console: made, given a password, and shut out again. Passwords are kept as argon2id hashes."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from peewee import fn

from engine.errors import UsageError
from models import Role, User, UserRole

ROLES = {"admin": "everything, and the audit log", "marketer": "look and act", "viewer": "look only"}
CONSOLE_LANGUAGES = ("en", "pl", "uk")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000  # characters, with their accents apart


def new_password() -> str:
    """Returns a password that nobody guesses."""
    return secrets.token_urlsafe(12)


def hashed(password: str) -> str:
    """Returns the hash that the login compares with; raises UsageError for a password that is too short, or far too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(
            f"a password needs at least {SHORTEST_PASSWORD} characters", remedy="write a longer one"
        )
    written = unicodedata.normalize("NFKD", password)
    if len(written) > LONGEST_PASSWORD:
        raise UsageError(
            f"a password has at most {LONGEST_PASSWORD} characters", remedy="write a shorter one"
        )
    return PasswordHasher().hash(written)


def find_user(email: str) -> User:
    """Returns the user of an address; raises UsageError where there is none."""
    found: User | None = User.select().where(fn.LOWER(User.email) == email.strip().lower()).first()
    if found is None:
        raise UsageError(f"nobody is called {email!r}", remedy="see who there is with: users list")
    return found


def create_user(email: str, password: str, role: str, now: int, language: str = "en") -> User:
    """Makes a user with one role, inside the caller's transaction; raises UsageError where the address is taken."""
    email = email.strip().lower()
    if "@" not in email or len(email) > 320 or any(map(str.isspace, email)):
        raise UsageError(f"{email!r} is not an email address")
    if User.select().where(User.email == email).exists():
        raise UsageError(
            f"{email} is a user already", remedy="change the password with: users password EMAIL"
        )
    user: User = User.create(
        email=email,
        password=hashed(password),
        fs_uniquifier=secrets.token_hex(32),
        language=language,
        created_at=now,
    )
    _give(user, role)
    return user


def set_password(user: User, password: str) -> None:
    """Changes a password; every session of the user ends, because the login's identity changes with it."""
    change = {"password": hashed(password), "fs_uniquifier": secrets.token_hex(32)}
    User.update(change).where(User.id == user.id).execute()


def set_role(user: User, role: str) -> None:
    """Gives a user another role, and no more than that; it counts from the next page on."""
    UserRole.delete().where(UserRole.user == user).execute()
    _give(user, role)


def _give(user: User, role: str) -> None:
    Role.insert(name=role, description=ROLES[role]).on_conflict_ignore().execute()
    UserRole.create(user=user, role=Role.get(Role.name == role))


def end_sessions(user_id: int) -> None:
    """Ends every session of a user: a cookie that somebody has kept opens nothing any more."""
    User.update(fs_uniquifier=secrets.token_hex(32)).where(User.id == user_id).execute()


def set_active(user: User, active: bool) -> None:
    """Lets a user in or shuts them out, at once and everywhere."""
    User.update(active=active, fs_uniquifier=secrets.token_hex(32)).where(User.id == user.id).execute()


def roles_of(user: User) -> list[str]:
    """Lists the names of a user's roles."""
    rows = Role.select(Role.name).join(UserRole).where(UserRole.user == user.id).order_by(Role.name)
    return [name for (name,) in rows.tuples()]
