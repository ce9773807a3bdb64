"""The pure core: no clock, no I/O, no async, no logging, no randomness. Time is an argument, in integer milliseconds UTC."""
