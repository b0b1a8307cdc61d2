"""History brought in from files: learned when it happened, in flat memory, and taken up again where it stopped."""

from engine.intake.history.bring import Bringing, Progress, bring, open_file

__all__ = ["Bringing", "Progress", "bring", "open_file"]
