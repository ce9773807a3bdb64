"""All that is generated, written or found stale in one go: what stands in deploy/, and in a checkout the pages and the contract too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.generate import asyncapi, reference, row_pages
from stream.generate.files import stale, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.core.centre import Centre
    from stream.core.declared import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The folders of this repository in which something is generated."""

    docs: Path = Path("docs")
    topics: Path = Path("topics")
    scenarios: Path = Path("tests/scenarios")

    @property
    def is_one(self) -> bool:
        """Whether they are there: who only deploys has none of them."""
        return all(path.is_dir() for path in (self.docs, self.topics, self.scenarios))


HERE: Final = Checkout()


def declared(deploy: Path) -> tuple[Centre, tuple[Standard, ...]]:
    """The centre and the standards in `deploy`. Raises DeclarationError where they cannot be read."""
    centre = read_centre(deploy / "centre.yaml")
    return centre, read_standards(deploy / "standards.yaml", centre)


def generate(deploy: Path, checkout: Checkout | None, centre: Centre, standards: tuple[Standard, ...], *, check: bool) -> list[Path]:
    """Write what is stale below `deploy`, and in `checkout` where one is given; give the paths. With `check` write nothing."""
    found = [deploy / path for path in (stale if check else write)(standards, deploy, centre)]
    if checkout is None:
        return found
    pages = reference.pages() | row_pages.pages(checkout.scenarios, deploy / "standards.yaml")
    return [*found, *_made(checkout.docs, pages, check=check), *_made(checkout.topics, asyncapi.files(), check=check)]


def _made(folder: Path, wanted: Mapping[Path, str], *, check: bool) -> list[Path]:
    return [folder / path for path in (reference.stale if check else reference.write)(folder, wanted)]
