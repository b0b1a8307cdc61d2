"""Tests of engine/web/api."""
