"""Faults: live workers are harmed in the middle of a simulated day, and what they say is held against its replay."""
