"""Answerable: keeps a contact centre answerable to its service standards.

The distribution and the command are called `answerable`; the import package is `stream`.
Nothing is re-exported here: write `from stream.core.contact import ...`.
"""

__version__ = "0.1.0"
