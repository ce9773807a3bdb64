"""Tests of the stores that hold committed entries."""
