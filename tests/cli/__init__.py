"""Tests of stream.cli."""
