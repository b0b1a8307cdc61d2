"""The commands of server.py: one command is one file."""
