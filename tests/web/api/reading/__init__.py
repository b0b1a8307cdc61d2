"""Tests of engine/web/api/reading."""
