"""Backups: everything that a home knows in one file, taken while it runs, and brought back without mailing anybody twice."""
