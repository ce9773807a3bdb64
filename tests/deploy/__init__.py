"""Tests of deploy/: what Prometheus, Alertmanager and containers are given."""
