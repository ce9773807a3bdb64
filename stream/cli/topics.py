"""`answerable topics`: the contract's topics, and whether the cluster holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from stream.cli.options import connection
from stream.config.settings import load
from stream.intake.kafka import admin_client, apply, differences, wanted_topics
from stream.wire.topics import Topic
from stream.wire.topics import load as load_topics


@click.group("topics")
def command() -> None:
    """The topics of the contract: list them, see what differs in the cluster, make it so.

    \b
    Examples:
      answerable topics list
      answerable topics diff --bootstrap-servers kafka:9092
      answerable topics apply --partitions 8 --replication-factor 3
    """


def _counts(function: Any) -> Any:
    function = click.option("--partitions", type=click.IntRange(1), help="The count of topics that share one.")(function)
    function = click.option("--replication-factor", type=click.IntRange(1), help="Copies of a new topic.")(function)
    return click.option("--json", "as_json", is_flag=True, help="Write JSON.")(function)


@command.command("list")
@connection
@_counts
def list_topics(config: Path | None, *, as_json: bool, **given: Any) -> None:
    """List the declared topics; no broker is asked.

    \b
    Example:
      answerable topics list --json
    """
    settings = load(config, **given)
    declared = load_topics()
    wanted = wanted_topics(settings, declared)
    if as_json:
        rows = [_row(topic, one.name, one.partitions) for topic, one in zip(declared.values(), wanted, strict=True)]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    width = max(len(one.name) for one in wanted)
    for topic, one in zip(declared.values(), wanted, strict=True):
        kept = _kept(topic.config)
        notes = ", ".join(word for word, true in (("state", topic.state), ("internal", topic.internal)) if true)
        click.echo(f"{one.name:{width}}  {one.partitions:>3} partitions  {kept:9}  by {topic.key:16}  {notes}".rstrip())


def _kept(config: dict[str, str]) -> str:
    if config["cleanup.policy"] == "compact":
        return "compacted"
    return f"{int(config['retention.ms']) // 86_400_000} d"


def _row(topic: Topic, name: str, partitions: int) -> dict[str, Any]:
    return {
        "topic": name,
        "description": topic.description,
        "key": topic.key,
        "partitions": partitions,
        "state": topic.state,
        "internal": topic.internal,
        "config": topic.config,
        "producers": topic.producers,
        "consumers": topic.consumers,
        "schemas": [f"{schema.name}.v{schema.version}" for schema in topic.schemas],
    }


@command.command("diff")
@connection
@_counts
@click.pass_context
def diff(ctx: click.Context, /, config: Path | None, *, as_json: bool, **given: Any) -> None:
    """Say what is missing or different in the cluster; ends with 1 where something is.

    \b
    Example:
      answerable topics diff || answerable topics apply
    """
    settings = load(config, **given)
    with admin_client(settings) as client:
        found = differences(client, wanted_topics(settings))
    if as_json:
        click.echo(orjson.dumps([difference.as_json() for difference in found], option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(map(str, found)) or "The cluster holds all topics as declared.")
    ctx.exit(1 if found else 0)


@command.command("apply")
@connection
@_counts
def apply_command(config: Path | None, *, as_json: bool, **given: Any) -> None:
    """Create what is missing and set what differs. The partition count of a topic with state is never changed.

    \b
    Example:
      answerable topics apply --partitions 8 --replication-factor 3
    """
    settings = load(config, **given)
    with admin_client(settings) as client:
        changed = apply(client, wanted_topics(settings))
    if as_json:
        click.echo(orjson.dumps([difference.as_json() for difference in changed], option=orjson.OPT_INDENT_2))
        return
    for difference in changed:
        done = "created" if difference.found is None else f"{difference.what}: {difference.found} -> {difference.wanted}"
        click.echo(f"{difference.topic}: {done}")
    if not changed:
        click.echo("The cluster holds all topics as declared.")
