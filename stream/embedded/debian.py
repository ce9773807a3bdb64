"""Programs out of Debian's packages, without root: the system's where installed, else fetched and unpacked into the user's cache.

apt works on a state of its own here (lists, archives), reads the system's list of installed packages, and so fetches exactly what is
missing. Nothing is installed and nothing outside the cache is written.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.embedded.jars import cache_directory
from stream.errors import PartMissing

SECONDS = 900
NOBODY: Final = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
"""Runs what follows as the user `nobody` of Debian, who has the rights of whoever calls it."""
FONTS = "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>{directories}<cachedir>{cache}</cachedir></fontconfig>"


@dataclass(frozen=True, slots=True)
class Part:
    """A program: the package that holds it and where in the package; over: the directory in which it looks for files by their names.

    nobody: whether it refuses to run as root, so that it is run as `nobody`, also where that is only another name for the user.
    A path with a star is looked for on this system, too: PATH does not lead there.
    """

    package: str
    path: str
    over: str = ""
    nobody: bool = False


PARTS: Final[dict[str, Part]] = {
    "prometheus": Part("prometheus", "usr/bin/prometheus"),
    "promtool": Part("prometheus", "usr/bin/promtool"),
    "prometheus-alertmanager": Part("prometheus-alertmanager", "usr/bin/prometheus-alertmanager", over="usr/share"),
    "amtool": Part("prometheus-alertmanager", "usr/bin/amtool", over="usr/share"),
    "initdb": Part("postgresql", "usr/lib/postgresql/*/bin/initdb"),
    "postgres": Part("postgresql", "usr/lib/postgresql/*/bin/postgres"),
    "dovecot": Part("dovecot-imapd", "usr/sbin/dovecot", over="usr", nobody=True),
    "wrk": Part("wrk", "usr/bin/wrk"),
    "chromium": Part("chromium", "usr/lib/chromium/chromium"),
}


def find(
    name: str, tell: Callable[[str], None] | None = None, *, cache: Path | None = None, system: bool = True, status: Path | None = None
) -> Path:
    """The path of a program that can be run as it is. `tell` hears what takes minutes. Raises PartMissing where it cannot be had.

    `system=False` passes over the system's own and `status` names another list of installed packages: both for testing the fetch itself.
    """
    if system and (installed := shutil.which(name) or _beside(Path("/"), PARTS[name].path)):
        return Path(installed)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PartMissing(f"Install {name} first, or run this on Debian, where it is fetched by itself.")
    home = (cache or cache_directory()) / "debian" / _release()
    home.mkdir(parents=True, exist_ok=True)
    part = PARTS[name]
    with (home / "lock").open("w") as lock:  # two test runs may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = home / part.package
        if not (root / ".complete").exists():
            (tell or _say)(f"Fetching {part.package} and what it needs from Debian's packages")
            _fetch(part.package, home, root, status or Path("/var/lib/dpkg/status"))
        return _wrap(name, part, root, home)


def _beside(root: Path, path: str) -> Path | None:
    """The newest of the programs at a path with a star; None where there is none, or no star."""
    return max(root.glob(path), default=None) if "*" in path else None


def _say(text: str) -> None:
    """For a person who waits."""
    print(f"\n{text} ...", file=sys.stderr)  # noqa: T201 - minutes, for a person


def _release() -> str:
    """The release that packages have to fit."""
    told = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return told.get("VERSION_CODENAME", told.get("ID", "unknown")).strip('"')


def _apt(home: Path, status: Path, *arguments: str) -> None:
    """Run apt-get on a state of our own."""
    settings = {
        "Dir::State": home / "state",
        "Dir::State::Lists": home / "state" / "lists",
        "Dir::State::Status": status,
        "Dir::Cache": home / "apt",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
        "Acquire::Retries": "3",
    }
    for directory in ("state/lists/partial", "apt/archives/partial"):
        (home / directory).mkdir(parents=True, exist_ok=True)
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    _run(["apt-get", "-q", "-y", *options, *arguments])


def _run(call: list[str]) -> None:
    """Run it; its last words become the reason where it fails."""
    done = subprocess.run(  # noqa: S603 - our own words
        call, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise PartMissing(f"`{call[0]} {' '.join(call[-3:])}` failed: {said[0] if said else 'it said nothing'}")


def _fetch(package: str, home: Path, root: Path, status: Path) -> None:
    """Fetch a package with all it needs that is not installed, and unpack all of it into one directory."""
    _apt(home, status, "update")
    archives = home / "apt" / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    _apt(home, status, "install", "--download-only", package)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(archive), str(root)])
    shutil.rmtree(archives)
    (root / ".complete").touch()


def _wrap(name: str, part: Part, root: Path, home: Path) -> Path:
    """A small script that runs the program with the libraries, the fonts and the shared files that came with it."""
    program = _beside(root, part.path) if "*" in part.path else root / part.path
    if program is None or not program.exists():
        raise PartMissing(f"This system's packages hold no {name} at {part.path}: install {name} yourself.")
    libraries = sorted({found.parent for found in root.glob("**/*.so*") if "chromium" not in found.parts[-2]})
    fonts = home / "fonts.conf"
    directories = "".join(f"<dir>{each}</dir>" for each in ("/usr/share/fonts", root / "usr/share/fonts"))
    fonts.write_text(FONTS.format(directories=directories, cache=home / "font-cache"))
    environment = {"LD_LIBRARY_PATH": ":".join(map(str, libraries)), "FONTCONFIG_FILE": str(fonts)}
    settings = " ".join(f"{variable}={shlex.quote(value)}" for variable, value in environment.items() if value)
    script = home / "bin" / name
    script.parent.mkdir(exist_ok=True)
    fresh = script.with_suffix(".new")
    user = f"{shlex.join(NOBODY)} " if part.nobody else ""
    call = f'exec {user}env {settings} {shlex.quote(str(program))} "$@"'
    if part.over:
        # Only for this process: the directory with the package's files in it, where its program looks for them.
        overlay = f"mount -t overlay -o lowerdir={shlex.quote(str(root / part.over))}:/{part.over} overlay /{part.over}"
        call = f'exec unshare --mount{_mapped()} sh -c {shlex.quote(f"{overlay} && {call}")} {name} "$@"'
    fresh.write_text(f"#!/bin/sh\n{call}\n")
    fresh.chmod(0o755)
    if part.over:
        _run([str(fresh), "--version"])
    os.replace(fresh, script)  # noqa: PTH105 - atomic, for a run that uses it now
    return script


def _mapped() -> str:
    """What lets a user who is not root have mounts of their own."""
    return "" if os.geteuid() == 0 else " --map-root-user"
