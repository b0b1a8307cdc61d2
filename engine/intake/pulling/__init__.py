"""Asking shop systems what they have not told, or never tell: by a schedule, one asker at a time, from where it was left off."""
