"""Tests of stream.sinks."""
