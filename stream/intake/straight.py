"""Requests with a secret go where they were sent, and nowhere else."""

from __future__ import annotations

import urllib.request
from typing import Any, Final


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A secret is for one address: an answer that points to another one is an answer that is wrong."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        """Follow nothing."""
        del args, more


STRAIGHT: Final = urllib.request.build_opener(_NoRedirects)
"""Opens a request as `urlopen` does; a redirect is an HTTPError."""
