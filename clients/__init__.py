"""Clients of the HTTP API in other people's programs, and what makes them from its document."""
