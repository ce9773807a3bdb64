"""A synthetic contact centre: a seeded discrete-event simulation that yields contact events and knows the truth about them.

Pure: no clock and no I/O; the day and the seed are arguments. Waits are never drawn: they are what comes of arrivals, handling
times and the people who happen to be there. `simulate` makes a day; `stream.simulator.truth` counts it apart from `stream.core`.
"""
