"""An installation of its own for the product's worker processes: topics, a centre's file, standards' file."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from stream.config.settings import load
from stream.embedded.broker import Broker
from stream.intake.kafka import apply_topics


def installed(broker: Broker, directory: Path, centre: str, standards: str) -> dict[str, str]:
    """Write both files, make the topics, and give the settings by their names."""
    (directory / "centre.yaml").write_text(centre)
    (directory / "standards.yaml").write_text(standards)
    name = f"own-{uuid4().hex[:8]}-"
    given = {
        "bootstrap_servers": broker.bootstrap,
        "topic_prefix": name,
        "application_id": f"{name}app",
        "centre_file": str(directory / "centre.yaml"),
        "standards_file": str(directory / "standards.yaml"),
    }
    apply_topics(load(None, {}, **given))
    return given
