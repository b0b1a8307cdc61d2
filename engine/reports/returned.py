"""What came back of mails, for people to look at."""

from __future__ import annotations

from models import Feedback


def came_back(message_id: int) -> list[Feedback]:
    """Lists what came back of one mail, in the order in which it was learned."""
    return list(Feedback.select().where(Feedback.message == message_id).order_by(Feedback.at, Feedback.id))
