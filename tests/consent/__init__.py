"""Tests of engine/consent."""
