"""The live driver: the pure stages of `stream.core` as Faust processors on Kafka topics, each event exactly once.

app.py            builds the Faust app of this centre
processors.py     which topics are processed by which stage; the three Faust agents
transport.py      our own Faust transport: a message is a batch of records of one partition
transactions.py   one transactional producer per partition number
partition.py      one partition number on this worker: batches in, one transaction out
section.py        one stage of it: decode, set aside what cannot be read, fold
tables.py         the Faust tables that hold the committed state
recovery.py       our own recovery: fence, read the changelogs, seek to the marks
web.py, follower.py   the worker's pages, and the readings of the whole centre behind them
worker.py         one worker process from start to clean stop
"""
