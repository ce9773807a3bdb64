"""Resolve another version of Kafka and write kafka.lock anew: `python -m stream.embedded.relock 4.1.2`. No run needs it."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from stream.embedded.jars import Jar

LOGGING = ("org.apache.logging.log4j", "log4j-slf4j-impl")
"""Kafka's own distribution adds this jar, its dependencies do not name it; without it the broker logs nothing."""


def resolve(version: str) -> list[Jar]:
    """Every jar that the broker of this version runs with."""
    from jgo.maven import Dependency, MavenContext  # noqa: PLC0415 - an optional package

    context = MavenContext(timeout=60)
    broker = Dependency(context.project("org.apache.kafka", "kafka_2.13").at_version(version).artifact())
    inputs, others = context.resolver.resolve([broker])
    artifacts = [dependency.artifact for dependency in (*inputs, *others)]
    log4j = next(artifact.version for artifact in artifacts if artifact.artifactId == "log4j-core")
    artifacts.append(context.project(*LOGGING).at_version(log4j).artifact())
    return [
        Jar(artifact.groupId, artifact.artifactId, artifact.version, len(content), hashlib.sha256(content).hexdigest())
        for artifact in artifacts
        for content in [artifact.resolve().read_bytes()]
    ]


def main() -> None:
    """Write the lock for the version named on the command line."""
    version = sys.argv[1]
    jars = sorted(resolve(version), key=lambda jar: (jar.group, jar.artifact))
    head = f"# Apache Kafka {version}: group:artifact:version:bytes:sha256. Made by python -m stream.embedded.relock {version}\n"
    Path(__file__).with_name("kafka.lock").write_text(head + "".join(f"{jar.line}\n" for jar in jars))


if __name__ == "__main__":
    main()
