"""Tests of benchmarks/faults: each fault once, and that the judgement can fail."""
