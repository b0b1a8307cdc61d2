"""Tests of engine/web/webhooks."""
