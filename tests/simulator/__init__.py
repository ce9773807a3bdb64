"""Tests of the synthetic centre."""
