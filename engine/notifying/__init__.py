"""Webhooks out: what engine/notices.py has written down is told to the endpoints of config.yaml, at least once."""
