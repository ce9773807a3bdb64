"""Bytes <-> records: the codec of events, the declared topics, dead letters. No networks and no clocks here."""
