"""Makes the pages of docs/ that list what is declared in code: settings, measures, metrics. Their prose stands here, too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stream.config.quantities import read_duration, read_share, write_duration
from stream.config.settings import CONFIG, ONLY_ENVIRONMENT, PREFIX, SETTINGS
from stream.core.declared import DIMENSIONS
from stream.core.measures import MEASURES
from stream.core.measures.entry import Measure
from stream.generate import wide
from stream.generate.budgets import LEVEL, MONTH
from stream.generate.recorded import recorded
from stream.generate.rules import RESTORED
from stream.sinks.families import DURATIONS, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HEAD: Final = "<!-- Generated from {} by `make generate`; edit that (the words around the table: stream/generate/reference.py). -->\n"

SETTINGS_PAGE: Final = f"""\
# Settings

A setting comes from the command line, else from the environment, else from the YAML file that `--config` or `{CONFIG}` names.
In the file it has the name below; in the environment it is `{PREFIX}` and that name in capitals.
A name that is no setting, and a value that cannot be, are refused with the line and what to write instead.
Times are written with their unit: `500ms`, `10s`, `2m`, `1h 30m`.

What the centre is and what it promises are no settings: that is `deploy/centre.yaml` and `deploy/standards.yaml`.

{{table}}

Secrets are never read from the settings' file: `sasl_password` and `tls_key_password` come from the environment.
`sasl_password_file` names a file that holds nothing but the password, as secret stores mount it.

## A managed Kafka: SASL over TLS

Most managed clusters ask for a name and a password, over TLS with a public certificate:

```shell
export ANSWERABLE_BOOTSTRAP_SERVERS=broker-1.example.com:9092,broker-2.example.com:9092
export ANSWERABLE_SECURITY_PROTOCOL=SASL_SSL
export ANSWERABLE_SASL_MECHANISM=SCRAM-SHA-512   # PLAIN where the cluster gives out an API key and its secret
export ANSWERABLE_SASL_USERNAME=answerable
export ANSWERABLE_SASL_PASSWORD_FILE=/run/secrets/kafka-password
```

The same without secrets in the environment, as a file for `--config`:

```yaml
bootstrap_servers: broker-1.example.com:9092,broker-2.example.com:9092
security_protocol: SASL_SSL
sasl_mechanism: SCRAM-SHA-512
sasl_username: answerable
sasl_password_file: /run/secrets/kafka-password
replication_factor: 3
```

## A private certificate authority, and a certificate of our own

```yaml
bootstrap_servers: kafka.internal.example.com:9093
security_protocol: SSL
tls_ca_file: /etc/answerable/ca.pem
tls_cert_file: /etc/answerable/worker.pem
tls_key_file: /etc/answerable/worker.key
replication_factor: 3
```

The key's password, where it has one, is `ANSWERABLE_TLS_KEY_PASSWORD`.

## What the cluster has to allow

`answerable topics apply`: to create, describe and configure the declared topics.
`answerable publish` and `answerable erase`: to write the topics of events, idempotently; `answerable listen`: `dead-letters` too.
A worker: to read the topics of events and of facts, and what the wallboard shows: `queue-readings`, `standard-breaches`;
to write the topics of facts, `queue-readings`, `queue-intervals`, `standard-breaches` and `dead-letters`;
to create, read and write its changelogs `<topic_prefix><application_id>-*-changelog`;
and the consumer group `<topic_prefix><application_id>` and the transactional ids `<topic_prefix><application_id>-*`.

## Without being a setting

| variable | what it is |
|---|---|
| `{CONFIG}` | the settings' file, where `--config` names none |
| `ANSWERABLE_CACHE` | where the embedded broker's files are kept between runs; else the user's cache directory |
| `ANSWERABLE_MAVEN_MIRROR` | a mirror that the embedded broker's files are fetched from; their checksums are locked |
"""

MEASURES_PAGE: Final = """\
# Measures

What readings, intervals and reports say of a scope and a window, by name.
A segment (one stay of a contact in one queue) counts in the window in which it was offered, whenever its outcome comes;
a response counts in the window of the customer's message.
The last column says by which dimensions (of `per` and `where`) it has no value; a standard about it per one of these is refused.
`null` is "no data" or "infinite", never 0; a level is of now, so it is `null` in a closed window.

{table}

`service_level` gives each formula at 20, 60 and 120 s, and at the thresholds of the standards that are judged.
The formulas stand in `stream/core/measures/service_level.py`.
"""

METRICS_PAGE: Final = """\
# Metrics

What a worker shows at `/metrics`, for the partitions that it owns and has recovered.
Labels are bounded by `deploy/centre.yaml`; none is ever a contact or a customer.
The counters and histograms of contacts hold first conclusions only, because a counter never goes down.
How many of those a later event corrected says `cc_corrections_total`; the corrected figures are in `queue-intervals`.
The histograms are by channel; with the setting `histograms_by_queue` they are by queue and channel.

{table}

Beside these stand the process's own figures (`process_*`).
The rules in `deploy/prometheus/rules/` read these names.

## Recorded series

Counters and histograms of contacts and standards are committed state, and go on where a partition moves to another worker.
Prometheus takes the series of another worker for another counter, so `increase()` of the metric itself counts a move twice, or loses it.
The shipped rules record each of them without its worker. **Graphs and reports of your own read these**, as the shipped dashboards do:
`sum by (queue) (increase(queue_channel:cc_contacts_transferred_total:max[1h]))`.

{recorded}

And what is derived of them; none is a verdict, those are the stream's:

{derived}
"""

DERIVED: Final = {
    "standard_severity_queue_channel:cc_standard_breached:max": "the verdicts, whoever shows them; a last one stands for ten minutes",
    "standard_queue_channel:cc_standard_target:max": "what each scope is asked for now, after `standards apply` too",
    f"{LEVEL}:cc_standard_breaches_per_contact:ratio_increase30m": "the share of contacts that broke a standard, of 30 minutes",
    f"{LEVEL}:cc_standard_breaches_per_contact:ratio_increase1d": "the same of 24 hours",
    f"{LEVEL}:cc_standard_breaches_per_contact:ratio_increase{MONTH}": "the same of 30 days",
    f"{LEVEL}:cc_standard_attainment:ratio_increase30m": "the share that kept it (of levels: of the time), of 30 minutes",
    f"{LEVEL}:cc_standard_attainment:ratio_increase1d": "the same of 24 hours, for a report of the day so far",
    f"{LEVEL}:cc_standard_attainment:ratio_increase{MONTH}": "the same of 30 days, for a report of the month",
    f"{LEVEL}:cc_standard_error_budget_remaining:ratio_increase{MONTH}": "how much of the 30 days' error budget is left: 1 all, 0 none",
    "standard:cc_target:ratio": "the shares that `deploy/standards.yaml` asks for, also while no worker runs: a line in a graph",
    "standard:cc_limit:count": "the numbers of contacts or agents likewise",
    "standard:cc_limit_seconds:value": "the times likewise, in seconds",
    "queue_channel:cc_queue_open:max": "1 while a queue is open",
    wide.DECLARED: "1 for each queue and channel that `deploy/centre.yaml` declares",
    wide.BROKEN: "how many open queues were in breach of a standard within the last five minutes",
    wide.JUDGED: "how many open queues are judged by it",
    wide.SHARE_BROKEN: "the share of these",
}
"""What each recorded series says that is more than a counter or a part of a histogram without its worker."""


def pages() -> dict[Path, str]:
    """Give the text of every generated page by its path below docs/."""
    found = {
        Path("settings.md"): ("stream/config/settings.py", SETTINGS_PAGE.format(table=_settings())),
        Path("measures.md"): ("stream/core/measures/", MEASURES_PAGE.format(table=_measures())),
        Path("metrics.md"): ("stream/sinks/families.py", METRICS_PAGE.format(table=_metrics(), recorded=_recorded(), derived=_derived())),
    }
    return {path: HEAD.format(origin) + text for path, (origin, text) in found.items()}


def stale(docs: Path, wanted: Mapping[Path, str]) -> list[Path]:
    """Name the pages of `wanted` that are missing below `docs` or differ."""
    return [path for path, text in wanted.items() if not (docs / path).exists() or (docs / path).read_text(encoding="utf-8") != text]


def write(docs: Path, wanted: Mapping[Path, str]) -> list[Path]:
    """Write what is stale below `docs` and give the paths that were written."""
    written = stale(docs, wanted)
    for path in written:
        target = docs / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted[path], encoding="utf-8")
    return written


def _settings() -> str:
    rows = []
    for name, setting in SETTINGS.items():
        where = "none, and never in a file" if name in ONLY_ENVIRONMENT else _default(setting.default, setting.metadata["read"])
        rows.append((f"`{name}`", f"`{PREFIX}{name.upper()}`", where, setting.metadata["meaning"]))
    return _table(("setting", "in the environment", "default", "what it means"), rows)


def _default(value: Any, read: Any) -> str:
    """The default as it would be written in the file."""
    if value is None or value == "":
        return "none"
    if read is read_duration:
        return f"`{write_duration(value)}`"
    if read is read_share:
        return f"`{value:.0%}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _measures() -> str:
    rows = [(f"`{one.name}`", one.kind, one.unit, one.help, one.source, _scopes(one)) for one in MEASURES]
    return _table(("measure", "kind", "unit", "what it says", "where the formula comes from", "not per"), rows)


def _scopes(measure: Measure) -> str:
    """The dimensions in which it has no value."""
    return ", ".join(name for name in DIMENSIONS if name not in measure.scopes)


def _metrics() -> str:
    rows = [(f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.help) for one in FAMILIES]
    return _table(("metric", "type", "labels", "what it says"), rows)


def _recorded() -> str:
    rows = [(f"`{recorded(one, one.name)}`", f"`{one.name}`") for one in RESTORED]
    for one in DURATIONS.values():
        parts = ("bucket", "sum", "count")
        rows.append((", ".join(f"`{recorded(one, f'{one.name}_{part}')}`" for part in parts), f"`{one.name}`"))
    return _table(("recorded series", "of"), rows)


def _derived() -> str:
    return _table(("recorded series", "what it says"), [(f"`{name}`", says) for name, says in DERIVED.items()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
