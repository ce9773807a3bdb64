"""Tests of the live driver."""
