"""Tests of engine/backup."""
