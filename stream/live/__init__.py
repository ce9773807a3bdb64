"""The live driver: the pure stages of `stream.core` as Faust processors on Kafka topics, each event exactly once.

worker.py         one worker process from its checks to its clean stop;  preflight.py  what must be there before
app.py            the Faust app of this centre;  stages.py  which stage folds which topic
processors.py     the three Faust agents
transport.py      our own Faust transport: a message is a batch of one partition;  group.py  the thread that talks to Kafka
reading.py        what was fetched, a record batch at a time;  inbox.py  the batch under way;  lead.py  who waits for the slowest source
transactions.py   one transactional producer per partition number, and Faust's hooks around a rebalance
holding.py        the partition numbers of this worker;  pace.py  how often it commits;  rejoining.py  when it asks for a new assignment
partition.py      one partition number: batches in, one transaction out
section.py        one stage of it: decode, set aside what cannot be read, fold
tables.py         the Faust tables that hold the committed state;  stores/  where they keep it: memory or RocksDB
recovery.py       our own recovery: fence, read the changelogs, seek to the marks;  fetching.py  how they are read
continuity.py     whether a topic is still the one that was read up to the mark
changelogs.py     the changelog topics, as Kafka has them;  rebuild.py  state anew under a new application id
web.py            the worker's pages;  follower.py  the readings of the whole centre behind them;  outage.py  one line a matter in the log
garbage.py        Python's search for cyclic garbage, made rare
"""
