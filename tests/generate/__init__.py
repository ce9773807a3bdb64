"""Tests of stream.generate."""
