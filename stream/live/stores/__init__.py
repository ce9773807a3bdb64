"""Where a worker keeps the committed entries of its partitions: in memory, or in RocksDB on its disk.

The truth is the changelog in Kafka. A store is a copy of it that knows which position of the changelog it has reached, so that
recovery reads the rest only; a copy that is not surely a beginning of that changelog is thrown away.

position.py  how far a copy has come, and whether that can be believed;  entries.py  what a store must offer
memory.py    one dictionary per partition;  rocks.py  one RocksDB per partition;  slots.py  one directory per worker process
choose.py    the store that the settings name
"""
