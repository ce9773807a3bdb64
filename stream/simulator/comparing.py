"""The truth of a simulation and the report of a replay, laid side by side: every measure by its name, in every scope."""

from __future__ import annotations

from typing import Any

from stream.simulator.day import Simulation

OF_NOW = "live"
"""The formula of the service level that looks at who waits now, which is no figure of a day."""

Scope = tuple[tuple[str, str], ...]


def truth_of(simulation: Simulation) -> dict[Scope, dict[str, Any]]:
    """The measures of each scope, as the simulation knows them."""
    return {_scope(entry): _comparable(entry["measures"], entry["measures"]) for entry in simulation.truth.report()["scopes"]}


def found_of(report: dict[str, Any], simulation: Simulation) -> dict[Scope, dict[str, Any]]:
    """The same measures of the same scopes, as the report has them."""
    found = {_scope(entry): entry["measures"] for entry in report["scopes"]}
    return {_scope(entry): _comparable(found[_scope(entry)], entry["measures"]) for entry in simulation.truth.report()["scopes"]}


def _scope(entry: dict[str, Any]) -> Scope:
    return tuple(sorted(entry["scope"].items()))


def _comparable(measures: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    found = {name: rounded(measures[name]) for name in names}
    if "service_level" not in found:
        return found
    return {**found, "service_level": sorted(found["service_level"], key=lambda row: (row["formula"], row["within_seconds"]))}


def rounded(value: Any) -> Any:
    """Ratios and means to ten digits: the same sums may be divided in another order."""
    if isinstance(value, float):
        return float(f"{round(value, 12):.10g}")
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value if not (isinstance(inner, dict) and inner.get("formula") == OF_NOW)]
    return value
