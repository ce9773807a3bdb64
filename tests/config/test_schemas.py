"""The JSON Schemas for editors agree with the readers, as far as a schema can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from stream.config.centre import centre
from stream.config.standards import COMMON, FORM_KEYS, read_standards
from stream.config.yaml import parse
from stream.core.declared import CADENCES, DIMENSIONS, FORMS, FORMULAS, JUDGED, MEASURES, NAMED_CLOCK, SEVERITIES
from stream.core.events import CHANNELS
from stream.errors import DeclarationError
from tests.config.test_centre import GOOD, HEAD
from tests.config.test_standards import CENTRE, CLOCK, LEVEL, MEAN, PERCENTAGE, written

DEPLOY = Path(__file__).parents[2] / "deploy"


def schema(name: str) -> dict[str, Any]:
    """A schema out of deploy/."""
    found: dict[str, Any] = json.loads((DEPLOY / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return found


def allowed(name: str, text: str) -> bool:
    """Whether an editor would let the text pass."""
    return not list(Draft202012Validator(schema(name)).iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("name", ["centre", "standards"])
def test_the_shipped_files_are_allowed(name: str) -> None:
    """deploy/centre.yaml and deploy/standards.yaml are right for their schemas."""
    assert allowed(name, (DEPLOY / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_schema_knows_what_the_reader_knows() -> None:
    """Keys, forms, measures and words are the same in both."""
    entry = schema("standards")["$defs"]["standard"]
    words = {key: tuple(entry["properties"][key]["enum"]) for key in ("form", "severity", "cadence", "formula")}
    assert {"form": FORMS, "severity": SEVERITIES, "cadence": CADENCES, "formula": FORMULAS} == words
    assert {*COMMON, *(key for keys in FORM_KEYS.values() for key in keys)} == set(entry["properties"])
    by_form = {rule["if"]["properties"]["form"]["const"]: rule["then"]["properties"] for rule in entry["allOf"][: len(FORMS)]}
    assert {form: {*COMMON, *FORM_KEYS[form]} for form in FORMS} == {form: set(keys) for form, keys in by_form.items()}
    measures = {form: keys["measure"] for form, keys in by_form.items() if form in JUDGED}
    measures["clock"], named = measures["clock"]["anyOf"]
    assert MEASURES == {form: tuple(measure["enum"]) for form, measure in measures.items()}
    assert f"^{NAMED_CLOCK}" == named["pattern"]
    assert (list(CHANNELS), list(DIMENSIONS)) == (
        schema("standards")["$defs"]["channels"]["oneOf"][0]["enum"],
        entry["properties"]["per"]["oneOf"][0]["enum"],
    )


@pytest.mark.parametrize(
    "entry",
    [
        PERCENTAGE,
        f"{PERCENTAGE}, formula: live, window: 1h 30m, confidence: 0.99",
        "form: percentage, measure: abandonment, objective: 5%",
        "form: percentage, measure: first_response, objective: 0.5, within: 7s",
        LEVEL,
        f"{LEVEL}, clear: 12, hold: 30s, clear_hold: 1m, per: [], grace: 0s",
        "form: level, measure: staffed, at_least: 1, per: queue",
        "form: level, measure: longest_wait, below: 10m, clear: 5m",
        "form: level, measure: left_at_closing, at_most: 0, per: [queue], hold: 5m",
        MEAN,
        CLOCK,
        f"{CLOCK}, where: {{queue: billing, channel: [call, chat]}}",
        f"{CLOCK}, window: 30m",
        f"{LEVEL}, objective: 90%",
        f"{LEVEL}, below: 3",
        f"{LEVEL}, hold: 30",
        f"{LEVEL}, hold: soon",
        f"{LEVEL}, severity: crit",
        f"{LEVEL}, per: [team]",
        f"{LEVEL}, per: [shift]",
        f"{LEVEL}, where: {{channel: [fax]}}",
        f"{LEVEL}, per: [team], where: {{team: [a]}}",
        f"{LEVEL}, where: {{shift: [a]}}",
        f"{PERCENTAGE}, late: 5m, unacceptable: 10m",
        f"{PERCENTAGE}, late: soon",
        f"{PERCENTAGE}, calendar: day",
        f"{PERCENTAGE}, calendar: year",
        f"{LEVEL}, late: 5m",
        "form: percentage, measure: abandonment, objective: 5%, late: 1m",
        f"{CLOCK}, unacceptable: 10m",
        f"{PERCENTAGE}, targets: [{{severity: warning, objective: 92%}}, {{severity: critical, objective: 90%}}]",
        f"{PERCENTAGE}, targets: [{{objective: 92%}}]",
        f"{PERCENTAGE}, targets: [{{severity: warning, name: other}}]",
        "form: percentage, measure: service_level, within: 2m, targets: [{severity: warning, objective: 92%}]",
        f"{PERCENTAGE}, overrides: [{{where: {{group: [vip]}}, objective: 95%}}]",
        f"{PERCENTAGE}, overrides: [{{objective: 95%}}]",
        f"{PERCENTAGE}, overrides: [{{where: {{group: [vip]}}, measure: response}}]",
        "form: ratio, measure: 'service_level[strict,120]', at_least: 85%, calendar: week",
        "form: ratio, measure: talk_mean_seconds, at_most: 5m",
        "form: ratio, measure: offered, at_most: 5000, calendar: month, cadence: ticket",
        "form: ratio, measure: offered, at_most: 5000, grace: 5m",
        "form: ratio, measure: offered",
        "form: band, measure: 'abandonment[strict]', low: 2%, high: 5%",
        "form: band, measure: 'abandonment[strict]', low: 2%",
        "form: share, measure: abandonment, below: 5%, confidence: 99%",
        "form: share, measure: abandonment, at_least: 5%",
        "form: trend, measure: offered, factor: 1.5",
        "form: trend, measure: offered, factor: 2, usual: weekdays, calendar: half_hour",
        "form: trend, measure: offered, factor: 2, usual: years",
        "form: trend, measure: offered",
        "form: level, measure: waiting",
        "form: level, measure: waiting, at_most: 5m",
        "form: level, measure: waiting, at_most: -1",
        "form: level, measure: longest_wait, at_most: 15",
        "form: level, measure: handle, at_most: 1",
        "form: percentage, measure: service_level, within: 2m",
        "form: percentage, measure: service_level, objective: 90%",
        "form: percentage, measure: abandonment, objective: 5%, within: 1m",
        "form: percentage, measure: response, objective: 90%, within: 1m, formula: strict",
        "form: percentage, measure: abandonment, objective: 5%, formula: no_short",
        "form: percentage, measure: abandonment, objective: 5%, formula: live",
        PERCENTAGE.replace("90%", "90"),
        PERCENTAGE.replace("90%", "120%"),
        f"{PERCENTAGE}, limit: 3",
        f"name: Calls Answered, {LEVEL}",
    ],
)
def test_schema_and_reader_agree_on_a_standard(tmp_path: Path, entry: str) -> None:
    """What the reader takes the schema allows, and what it refuses for its shape the schema marks."""
    path = written(tmp_path, entry)
    try:
        read = bool(read_standards(path, CENTRE))
    except DeclarationError:
        read = False
    assert read == allowed("standards", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        HEAD,
        HEAD + "hours:\n  h: {mon-fri: 08:00-12:00, sat: closed}\n",
        HEAD + "hours:\n  h: {mon-fri: [08:00-12:00, '22:00-02:00'], zone: Europe/London, holidays: {country: DE, subdivision: BE}}\n",
        HEAD + "hours:\n  h: {mon: 08:00-12:00, days: {2026-12-24: ['09:00-12:00'], 2026-12-27: closed}}\n",
        HEAD + "hours:\n  h: {days: {2026-12-24: 09:00-12:00}}\n",
        HEAD + "hours:\n  h: {mon: 08:00-12:00, days: {24.12.2026: closed}}\n",
        HEAD + "hours:\n  h: {mon: 08:00-12:00, holidays: {subdivision: BE}}\n",
        HEAD + "hours:\n  h: {mon: 08:00-12:00, holidays: {country: Germany}}\n",
        HEAD + "hours:\n  h: {mon: []}\n",
        HEAD + "hours:\n  h: {monday: 08:00-09:00}\n",
        HEAD + "hours:\n  h: {mon: 8-12}\n",
        HEAD + "hours:\n  always: {mon: 08:00-09:00}\n",
        HEAD + "quues: {}\n",
        HEAD + "queues: {}\n",
        HEAD + "queues:\n  other: {channels: [call]}\n",
        HEAD + "queues:\n  billing: {channels: [fax]}\n",
        HEAD + "queues:\n  billing: {hours: always}\n",
        HEAD + "lateness: 60\n",
        "version: 2\ntime_zone: Europe/Berlin\n",
    ],
)
def test_schema_and_reader_agree_on_a_centre(text: str) -> None:
    """The same for the centre's file."""
    try:
        read = bool(centre(parse(text, "centre.yaml")))
    except DeclarationError:
        read = False
    assert read == allowed("centre", text)
