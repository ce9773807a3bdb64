"""The pages that list what is declared in code: whole, fresh, and with examples that work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stream.config.settings import SETTINGS, load
from stream.core.measures import MEASURES
from stream.generate import row_pages
from stream.generate.__main__ import main
from stream.generate.reference import pages, stale, write
from stream.sinks.families import FAMILIES

ROOT = Path(__file__).parents[2]
WANTED = pages() | row_pages.pages(ROOT / "tests/scenarios", ROOT / "deploy/standards.yaml")
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def first_cells(page: str) -> list[str]:
    """What the rows of the page's first table are about."""
    table = pages()[Path(page)].partition("| --- |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def test_each_setting_measure_and_metric_has_its_row() -> None:
    """Whoever declares one finds it on its page, in the order of the declaration."""
    assert list(SETTINGS) == first_cells("settings.md")
    assert [measure.name for measure in MEASURES] == first_cells("measures.md")
    assert [family.name for family in FAMILIES] == first_cells("metrics.md")


def test_each_recorded_series_is_described_and_each_described_one_is_recorded() -> None:
    """Whoever makes a graph finds which series there are; none is recorded that nobody is told of."""
    page = pages()[Path("metrics.md")].partition("## Recorded series")[2]
    rules = [path.read_text() for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")]
    made = {rule["record"] for text in rules for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "record" in rule}
    told = {name for row in page.splitlines() if row.startswith("| `") for name in re.findall(r"`([a-z_]+:[\w:]+)`", row.split(" | ")[0])}
    assert made == told


def test_committed_pages_are_what_the_code_says() -> None:
    """docs/ is not stale; where it is, `make generate` makes it anew."""
    assert [] == stale(ROOT / "docs", WANTED)


def test_stale_pages_are_named_and_written_once(tmp_path: Path) -> None:
    """--check names a page that was edited, and writing mends only that one."""
    assert list(WANTED) == write(tmp_path, WANTED)
    (tmp_path / "measures.md").write_text("edited by hand")
    result = CliRunner().invoke(
        main, ["--check", "--deploy", str(ROOT / "deploy"), "--docs", str(tmp_path), "--scenarios", str(ROOT / "tests/scenarios")]
    )
    assert (1, f"{tmp_path / 'measures.md'} is stale: run `make generate` and commit it.\n") == (result.exit_code, result.output)
    assert [Path("measures.md")] == write(tmp_path, WANTED)
    assert [] == write(tmp_path, WANTED)


def test_the_example_for_the_environment_works(tmp_path: Path) -> None:
    """What the page tells to export makes settings that sign in over TLS."""
    secret = tmp_path / "kafka-password"
    secret.write_text("made up\n")
    environ = dict(re.findall(r"^export (\w+)=(\S+)", SETTINGS_PAGE, re.MULTILINE)) | {"ANSWERABLE_SASL_PASSWORD_FILE": str(secret)}
    found = load(environ=environ)
    assert ("SASL_SSL", "SCRAM-SHA-512", "answerable", "made up") == (
        found.security_protocol,
        found.sasl_mechanism,
        found.sasl_username,
        found.sasl_password,
    )
    assert 2 == len(found.brokers)


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", SETTINGS_PAGE, re.DOTALL), ids=["sasl", "tls"])
def test_the_examples_for_a_file_work(example: str, tmp_path: Path) -> None:
    """Each can be given to --config as it is, once its secrets are there."""
    secret = tmp_path / "kafka-password"
    secret.write_text("made up")
    path = tmp_path / "settings.yaml"
    path.write_text(example.replace("/run/secrets/kafka-password", str(secret)))
    assert 3 == load(path, {}).replication_factor
