"""Tests of the broker-less driver and its report."""
