"""Where a system is: host:port, as mappings say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stream.config.yaml import Section

ADDRESS: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
PORTS: Final = range(1, 65_536)
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """A host by name or number, and a port."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether what is sent there leaves no machine."""
        return self.host in LOCAL

    def __str__(self) -> str:
        """As people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(file: Section, example: str) -> Address:
    """The one under `address`; refused where it is none, with the example."""
    item = file.item("address")
    match = ADDRESS.fullmatch(item.text)
    if match is None or int(match[2]) not in PORTS:
        raise item.error(f"address cannot be {item.text}: write host:port, for example {example}")
    return Address(match[1].strip("[]"), int(match[2]))
