"""Tests of engine/web."""
