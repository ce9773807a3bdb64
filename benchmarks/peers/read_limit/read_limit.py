"""Read a topic from its beginning and parse each value, over and over until the time is up; print events, seconds and CPU seconds.

read_limit.py BOOTSTRAP TOPIC PARTITIONS RECORDS WARM_UP SECONDS
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition


async def read(bootstrap: str, topic: str, partitions: int, records: int, warm_up: int, seconds: float) -> dict[str, float]:
    """Read all `records` of the topic at least once; only what comes after the warm-up is timed."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, fetch_max_bytes=64 << 20, max_partition_fetch_bytes=8 << 20, fetch_max_wait_ms=50
    )
    await consumer.start()
    loads = orjson.loads
    count = here = 0
    began = cpu = 0.0
    first = -1
    try:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        while True:
            for found in (await consumer.getmany(timeout_ms=1000, max_records=20_000)).values():
                for record in found:
                    loads(record.value)
                here += len(found)
                count += len(found)
            if first < 0 and count >= warm_up:
                first, began, cpu = count, time.perf_counter(), time.process_time()
            if here >= records:
                if first >= 0 and count > first and time.perf_counter() - began >= seconds:
                    break
                here = 0
                await consumer.seek_to_beginning(*parts)
        return {"records": count - first, "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    finally:
        await consumer.stop()


if __name__ == "__main__":
    where, name, parts, total, warm, least = sys.argv[1:]
    result = asyncio.run(read(where, name, int(parts), int(total), int(warm), float(least)))
    print(orjson.dumps(result).decode())
