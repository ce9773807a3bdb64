"""How the engine grows: with open contacts, partitions, queues and workers.

shape.py    what a centre looks like when it is measured: its open contacts, and events that come in evenly
core.py     the stages alone, without a broker: where the cost comes from
workers.py  real workers through Kafka: cost and speed per event, memory per open contact
tick.py     what passing time costs where many queues are watched
back.py     how long figures are missing after `kill -9`, by store and by what lies behind
plan.py     which sizes are measured;  load.py  a simulated day's load;  capacity.py  docs/capacity.md out of the results
"""
