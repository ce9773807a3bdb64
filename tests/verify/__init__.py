"""Tests of stream.verify."""
