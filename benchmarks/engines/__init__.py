"""The engines that do the job of JOB.md, and the race between them."""

from benchmarks.engines.engine import Engine
from benchmarks.engines.limit import Limit
from benchmarks.engines.ours import Ours
from benchmarks.engines.python_peers import Peer
from benchmarks.engines.streams import KafkaStreams


def engines(workers: int) -> list[Engine]:
    """All of them, with `workers` processes or threads each. The shares make runs of a minute or more out of one pace for all."""
    return [
        Ours(workers, "ours", share=1 / 2),
        Ours(1, "ours-1", share=1 / 4),
        Limit(),
        KafkaStreams("exactly_once_v2", workers),
        KafkaStreams("at_least_once", workers),
        Peer("quix", "Quix Streams", workers, share=1 / 8),
        Peer("bytewax", "Bytewax", workers, share=1 / 4),
        Peer("faust", "Faust as its guide teaches", workers, share=1 / 48),
    ]
