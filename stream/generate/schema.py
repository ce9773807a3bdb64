"""deploy/standards.schema.json, for editors: made of the tables by which the reader reads, so that it knows what the reader knows.

A schema sees the shape of an entry. What a promise means, and whether it could ever be broken, `answerable standards check` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from stream.config.promise import CLOCKED, COMMON, FORM_KEYS, LIMITS, TIMES, WITHOUT_CLOCK, WITHOUT_WITHIN
from stream.config.variants import FIXED, OF_PLACES
from stream.core.declared import (
    CADENCES,
    CALENDARS,
    DIMENSIONS,
    FORMS,
    FORMULAS,
    FORMULAS_OF,
    MEASURES,
    NAMED_CLOCK,
    PERIODS,
    REPORTS,
    SEVERITIES,
    USUALS,
    Standard,
)
from stream.core.events import CHANNELS
from stream.core.measures.paths import SHAPE

Schema: TypeAlias = dict[str, Any]

NAME: Final = "standards.schema.json"
CLOCK_TIME: Final = r"^\s*\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d\s*$"
DEFAULTS: Final = Standard(name="", title="", form="", measure="")


def ref(name: str, **more: Any) -> Schema:
    """A reference to a definition, with what is said of it here."""
    return {"$ref": f"#/$defs/{name}", **more}


WHERE: Final = {
    "type": "object",
    "properties": {name: ref("channels" if name == "channel" else "words") for name in DIMENSIONS},
    "additionalProperties": False,
    "description": "Only these.",
}
PROPERTIES: Final[Schema] = {
    "name": {
        "type": "string",
        "pattern": "^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$",
        "maxLength": 60,
        "description": "Stable: breaches and metrics carry it.",
    },
    "title": {"type": "string", "minLength": 1, "description": "The promise in one line."},
    "form": {
        "enum": [*FORMS],
        "description": "percentage: a share of contacts; level: a number at each moment; mean: an average; clock: each contact by itself. "
        "Judged of closed periods: ratio, a number; band, between two; share, the largest row of a table; trend, against its usual.",
    },
    "measure": {"type": "string", "description": "What it is about."},
    "severity": {"enum": [*SEVERITIES], "default": DEFAULTS.severity},
    "cadence": {
        "enum": [*CADENCES],
        "default": DEFAULTS.cadence,
        "description": "page wakes people, ticket waits for the morning, report never notifies.",
    },
    "per": {
        "oneOf": [{"enum": [*DIMENSIONS]}, {"type": "array", "items": {"enum": [*DIMENSIONS]}, "uniqueItems": True}],
        "default": [*DEFAULTS.per],
        "description": "Judged for each of these; [] for the whole centre.",
    },
    "where": WHERE,
    "hours": {
        "type": "string",
        "default": "queue",
        "description": "queue: the queue's own opening hours; or always, or a name out of centre.yaml.",
    },
    "grace": ref("duration", default="15m", description="No verdict this long after opening."),
    "owner": {"type": "string", "minLength": 1},
    "runbook": {"type": "string", "minLength": 1, "description": "Where people read what to do."},
    "objective": ref("share", description="The share: at least, of abandonment at most."),
    "formula": {"enum": [*FORMULAS], "default": DEFAULTS.formula},
    "within": {"anyOf": [ref("duration"), ref("rings")]},
    "late": ref("duration", description="Each contact above it is a breach of its own."),
    "unacceptable": ref("duration", description="Each contact above it is a breach that nobody should ever bear."),
    "window": ref("duration", default="30m", description="The rolling window, a multiple of 10s."),
    "calendar": {
        "enum": [*PERIODS],
        "description": "Instead of a rolling window the period so far; for ratio, band, share and trend the period that is judged, "
        "28d: the last 28 days, at the end of each.",
    },
    "confidence": ref("share", default="95%", description="How sure a verdict on few contacts must be."),
    "hold": ref("duration", default="0s", description="How long it must be broken before it counts."),
    "clear_hold": ref("duration", default="0s", description="How long it must be kept before a breach ends."),
    "clear": ref("limit", description="The number at which a breach may end."),
    **{key: ref("limit") for key in LIMITS},
    "low": ref("limit", description="The lower edge of the band."),
    "high": ref("limit", description="The upper edge of the band."),
    "factor": ref("number", description="How many times more or less than usual it may be."),
    "usual": {"enum": [*USUALS], "description": "The mean of the last 28 days, or of the same weekday in the last four weeks."},
}


def _parts() -> Schema:
    """What stands in targets and overrides: keys of the entry, with another value."""
    of_target = {key: one for key, one in PROPERTIES.items() if key not in {*FIXED, *OF_PLACES, *CLOCKED}}
    of_override = {key: one for key, one in PROPERTIES.items() if key not in FIXED}
    targets = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "required": ["severity"], "properties": of_target, "additionalProperties": False},
        "description": "Several targets, each with a severity of its own: warning before critical.",
    }
    return {
        "targets": targets,
        "overrides": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["where"],
                "properties": {**of_override, "where": {**WHERE, "minProperties": 1}, "targets": targets},
                "additionalProperties": False,
            },
            "description": "The same, but with another value for a narrower scope; the most specific one holds.",
        },
    }


def _if(properties: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    rule = {"if": {"properties": properties, "required": [*properties]}, "then": then}
    return rule if otherwise is None else {**rule, "else": otherwise}


def _form(form: str) -> Schema:
    """The keys of a form, and those of them that must be there, in the entry or in each of its targets."""
    measure: Schema = {"type": "string", "pattern": f"^{SHAPE.pattern}$"} if form in REPORTS else {"enum": [*MEASURES[form]]}
    if form == "clock":
        measure = {"anyOf": [measure, {"type": "string", "pattern": f"^{NAMED_CLOCK}"}]}
    then: Schema = {
        "properties": {"measure": measure, **{key: True for key in (*COMMON, *FORM_KEYS[form]) if key != "measure"}},
        "additionalProperties": False,
    }
    limits = [key for key in LIMITS if key in FORM_KEYS[form]]
    if limits:
        then["anyOf"] = _here_or_in_targets({"oneOf": [{"required": [key]} for key in limits]})
    else:
        required = {"percentage": ["objective"], "clock": ["within"], "band": ["low", "high"], "trend": ["factor"]}[form]
        then["allOf"] = [{"anyOf": _here_or_in_targets({"required": [key]})} for key in required]
    if form in REPORTS:
        then["properties"]["cadence"] = {"enum": ["ticket", "report"]}
    elif "calendar" in FORM_KEYS[form]:
        then["properties"]["calendar"] = {"enum": [*CALENDARS]}
    return _if({"form": {"const": form}}, then)


def _here_or_in_targets(wanted: Schema) -> list[Schema]:
    return [wanted, {"required": ["targets"], "properties": {"targets": {"items": wanted}}}]


def _limits(kind: str, keys: Iterable[str]) -> Schema:
    return {"properties": {key: ref(kind) for key in keys}}


def standards() -> Schema:
    """The whole schema."""
    no_within = {"measure": {"enum": [*sorted(WITHOUT_WITHIN)]}}
    limited = (*LIMITS, "clear")
    judged = {"form": {"enum": [*MEASURES]}}
    rules = [
        *map(_form, FORMS),
        *(_if({"measure": {"const": name}}, {"properties": {"formula": {"enum": [*of]}}}) for name, of in FORMULAS_OF.items()),
        _if({"measure": {"not": {"enum": [*FORMULAS_OF]}}}, {"not": {"required": ["formula"]}}),
        _if({"measure": {"enum": [*sorted(WITHOUT_CLOCK)]}}, {"not": {"anyOf": [{"required": [key]} for key in CLOCKED]}}),
        _if(
            {"form": {"const": "percentage"}},
            _if(
                no_within,
                {"not": {"anyOf": [{"required": [key]} for key in ("within", *CLOCKED)]}},
                {"anyOf": _here_or_in_targets({"required": ["within"]})},
            ),
        ),
        _if(judged, _if({"measure": {"enum": sorted(TIMES)}}, _limits("duration", limited), _limits("number", limited))),
    ]
    entry = {
        "type": "object",
        "required": ["name", "title", "form", "measure"],
        "properties": {**PROPERTIES, **_parts()},
        "additionalProperties": False,
        "allOf": rules,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Service standards",
        "description": "deploy/standards.yaml, for editors; `answerable standards check` also holds it against the centre. "
        "Generated by `make generate`.",
        "type": "object",
        "required": ["version", "standards"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "alert_budget": {"type": "integer", "minimum": 1, "default": 4, "description": "How many pages a shift are borne."},
            "shifts": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": CLOCK_TIME},
                "description": "Who is on duty when, in local time; together they cover the day once.",
            },
            "standards": {"type": "array", "items": ref("standard")},
        },
        "$defs": {"standard": entry, **DEFINITIONS},
    }


DEFINITIONS: Final[Schema] = {
    "rings": {
        "type": "string",
        "pattern": "^\\s*[1-9]\\d*\\s*rings?\\s*$",
        "description": "Of ringing: 3 rings of the centre's ring_cadence.",
    },
    "duration": {
        "type": "string",
        "pattern": "^\\s*(\\d+(\\.\\d+)?\\s*(ms|s|min|m|h|d)\\s*)+$",
        "description": "A length of time with its unit: 90s, 2m, 1h 30m.",
    },
    "share": {
        "oneOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": "^\\s*(\\d{1,2}(\\.\\d+)?|100(\\.0+)?)\\s*%\\s*$"},
        ],
        "description": "A share: 90% or 0.9.",
    },
    "number": {"type": "number", "minimum": 0},
    "limit": {"anyOf": [{"type": "number"}, ref("duration"), ref("share")]},
    "words": {
        "oneOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        ]
    },
    "channels": {
        "oneOf": [
            {"enum": [*CHANNELS]},
            {"type": "array", "items": {"enum": [*CHANNELS]}, "minItems": 1, "uniqueItems": True},
        ]
    },
}


def text() -> str:
    """The file."""
    return json.dumps(standards(), indent=2, ensure_ascii=False) + "\n"
