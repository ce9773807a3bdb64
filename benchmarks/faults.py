"""Kill live workers in the middle of a simulated day and compare what they say with its replay: `make faults`.

`answerable verify` does the work and is the judge; this only makes the input and names the cases.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERABLE = Path(sys.executable).with_name("answerable")
CASES = {
    "two workers, one killed": ["--workers", "2", "--kill", "1"],
    "two workers, killed three times, events shuffled and doubled": [
        *("--workers", "2", "--kill", "3"),
        *("--shuffle", "30", "--duplicate-every", "10"),
    ],
}


def main() -> int:
    """Run every case; 0 when live was equal to replay in all of them."""
    with tempfile.TemporaryDirectory() as scratch:
        day = Path(scratch) / "day.jsonl"
        subprocess.run([ANSWERABLE, "simulate", "--events", day], check=True)
        codes = {}
        for name, options in CASES.items():
            print(f"{name}: answerable verify {' '.join(options)}", flush=True)
            codes[name] = subprocess.run([ANSWERABLE, "verify", "--source", "events", *options, day], check=False).returncode
    for name, code in codes.items():
        print(f"  {name}: {'equal' if code == 0 else f'exit code {code}'}")
    return max(codes.values())


if __name__ == "__main__":
    raise SystemExit(main())
