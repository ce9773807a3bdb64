"""Grafana dashboards as code: made here, shipped as JSON in deploy/grafana/dashboards."""
