"""Where an alert's links lead. The bases are external labels of Prometheus, so that whoever runs it can set them without generating anew.

`alert_relabel_configs` in deploy/prometheus/prometheus.yml takes these labels off again before alerts are sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

GRAFANA: Final = "http://127.0.0.1:3000"
"""The dashboards' base where the external label `dashboards` is not set."""
RUNBOOKS: Final = "deploy/runbooks"
"""The runbooks' base where the external label `runbooks` is not set."""


def runbook(alert: str) -> str:
    """The page of an alert: its name in lower case."""
    return f"{_base('runbooks', RUNBOOKS)}/{alert.lower()}.md"


def dashboard(uid: str, labels: Iterable[str] = (), **fixed: str) -> str:
    """A dashboard with its variables set to the alert's labels; `fixed` are those that are the same for all series."""
    given = [f"var-{name}={value}" for name, value in fixed.items()]
    given += [f"var-{name}={{{{ $labels.{name} | urlquery }}}}" for name in labels]
    return f"{_base('dashboards', GRAFANA)}/d/{uid}{'?' if given else ''}{'&'.join(given)}"


def _base(label: str, otherwise: str) -> str:
    return f"{{{{ with $externalLabels.{label} }}}}{{{{ . }}}}{{{{ else }}}}{otherwise}{{{{ end }}}}"
