"""The contract as an AsyncAPI 3.0 document, made of topics/: channels, keys, messages, and who sends and who receives.

The JSON Schemas are referred to, not copied; a tool reads them beside the document.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from stream import __version__
from stream.wire.codec import EVENT_TOPICS
from stream.wire.outputs import CLOUD_EVENT_TOPICS
from stream.wire.topics import load

if TYPE_CHECKING:
    from stream.wire.topics import Schema, Topic

NAME: Final = Path("asyncapi.yaml")
HEAD: Final = "# Generated from the files of this folder by `make generate`; edit those, not this one.\n"
HEADERS: Final = {
    "type": "object",
    "required": ["ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_type": {"type": "string", "description": "cc.<title of the schema>.v<version>"},
        "ce_source": {"type": "string", "description": "Who says so."},
        "ce_id": {"type": "string", "description": "Unique per source: the same id again is the same event."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened; Kafka's timestamp says nothing."},
        "ce_subject": {"type": "string", "description": "What it is about."},
        "content-type": {"const": "application/json"},
    },
}


def files() -> dict[Path, str]:
    """The document by its path below topics/."""
    return {NAME: HEAD + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)}


def document() -> dict[str, Any]:
    """The document; internal topics are left out, because nobody else may read or write them."""
    topics = [topic for topic in load().values() if not topic.internal]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Answerable",
            "version": __version__,
            "description": "Events of a contact centre in; readings, intervals and broken service standards out. "
            "Records of events and of breaches are CloudEvents 1.0 in binary mode (ce_* headers).",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {name: operation for topic in topics for name, operation in _operations(topic)},
        "components": {
            "schemas": {"cloudEventHeaders": HEADERS},
            "messages": {_message(topic, schema): _content(topic, schema) for topic in topics for schema in topic.schemas},
        },
    }


def _message(topic: Topic, schema: Schema) -> str:
    return f"{topic.name}.{schema.name}.v{schema.version}"


def _channel(topic: Topic) -> dict[str, Any]:
    names = [_message(topic, schema) for schema in topic.schemas]
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                **({} if topic.partitions is None else {"partitions": topic.partitions}),
                "topicConfiguration": _configuration(topic),
                "bindingVersion": "0.5.0",
            }
        },
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    """What the Kafka binding can say of a topic's configuration; its times are whole numbers."""
    found: dict[str, Any] = {"cleanup.policy": topic.config["cleanup.policy"].split(",")}
    return found | {name: int(topic.config[name]) for name in ("retention.ms", "delete.retention.ms") if name in topic.config}


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """What the application does: it receives what others produce, and sends what its worker produces."""
    ours = any("worker" in producer for producer in topic.producers)
    action = "send" if ours else "receive"
    parties = topic.consumers if ours else topic.producers
    other = "read by" if ours else "written by"
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{topic.name}, {other} {', '.join(parties)}.",
    }
    return [(f"{action}-{topic.name}", operation)]


def _content(topic: Topic, schema: Schema) -> dict[str, Any]:
    as_event = topic.name in (*EVENT_TOPICS, *CLOUD_EVENT_TOPICS)
    return {
        "name": f"cc.{schema.name}.v{schema.version}" if as_event else schema.name,
        "contentType": "application/json",
        **({"headers": {"$ref": "#/components/schemas/cloudEventHeaders"}} if as_event else {}),
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {"$ref": f"./schemas/{schema.path.name}"}},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }
