"""Which definitions give the figures of a vendor's own report, and which contacts still differ. Pure: files are read above.

`mapping` and `report` read the report into cells, `outcomes` makes segments out of events with the core's own fold,
`definitions` says what can be meant by a figure, `search` tries all of it, `differences` looks for the contacts.
"""
