"""The jars: only bytes that the lock knows are ever run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stream.embedded.jars import Jar, cache_directory, class_path, locked, read_lock
from stream.errors import PartMissing

Serve = Callable[[bytes], Jar]


class Silent(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Say nothing."""


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A mirror of Maven artefacts on this machine; what it is given to serve, it tells as a line of a lock."""
    files = tmp_path / "mirror"
    folder = files / "org/example/thing/1.0"
    folder.mkdir(parents=True)

    def put(content: bytes) -> Jar:
        (folder / "thing-1.0.jar").write_bytes(content)
        (folder / "thing-1.0.jar.sha1").write_text(hashlib.sha1(content, usedforsecurity=False).hexdigest())
        return Jar("org.example", "thing", "1.0", len(content), hashlib.sha256(content).hexdigest())

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(files))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("ANSWERABLE_MAVEN_MIRROR", f"http://127.0.0.1:{server.server_port}")
        yield put
        server.shutdown()
        thread.join()


def test_a_lock_is_read_line_by_line() -> None:
    """A line is group, artefact, version, bytes and SHA-256; what begins with # is for people."""
    assert (Jar("g.h", "a", "1.2", 34, "ff"),) == read_lock("# for people\n\ng.h:a:1.2:34:ff\n")


def test_our_lock_is_whole() -> None:
    """The lock that is shipped names one Kafka 4.1, each artefact once, each with a full SHA-256, in its own words."""
    jars = locked()
    kafka = {jar.version for jar in jars if jar.group == "org.apache.kafka"}
    assert (1, True, len(jars)) == (len(kafka), kafka.pop().startswith("4.1."), len({(jar.group, jar.artifact) for jar in jars}))
    assert [] == [jar for jar in jars if len(bytes.fromhex(jar.sha256)) != 32 or read_lock(jar.line) != (jar,)]


def test_a_jar_is_fetched_once(serve: Serve, tmp_path: Path) -> None:
    """What is missing is fetched, with its progress told; what is there is taken as it is."""
    jar, told = serve(b"the thing"), list[tuple[int, int]]()
    first = class_path((jar,), tmp_path, lambda done, whole: told.append((done, whole)))
    again = class_path((jar,), tmp_path, lambda done, whole: told.append((done, whole)))
    assert ([b"the thing"], [(9, 9)], first) == ([path.read_bytes() for path in first], told, again)


def test_a_wrong_checksum_is_refused(serve: Serve, tmp_path: Path) -> None:
    """Bytes that the lock does not know are refused in a sentence and leave nothing behind."""
    jar = serve(b"the thing")
    serve(b"another thing")
    with pytest.raises(PartMissing, match=rf"thing-1\.0\.jar was refused because its SHA-256 is [0-9a-f]{{64}} and not {jar.sha256}"):
        class_path((jar,), tmp_path)
    assert [] == [path for path in tmp_path.rglob("*thing-1.0.jar") if "mirror" not in path.parts]


def test_a_spoilt_jar_in_the_cache_is_fetched_anew(serve: Serve, tmp_path: Path) -> None:
    """The cache is checked at every start, and mended."""
    jar = serve(b"the thing")
    (path,) = class_path((jar,), tmp_path)
    path.write_bytes(b"the thimg")
    class_path((jar,), tmp_path)
    assert path.read_bytes() == b"the thing"


def test_a_jar_that_cannot_be_had_is_a_sentence(serve: Serve, tmp_path: Path) -> None:
    """Where the mirror does not have it, the sentence says what to do."""
    with pytest.raises(PartMissing, match=r"other-1\.0\.jar of the embedded Kafka cannot be fetched: connect to the network"):
        class_path((Jar("org.example", "other", "1.0", 1, "00"),), tmp_path)


def test_a_cache_that_cannot_be_written_is_a_sentence(serve: Serve, tmp_path: Path) -> None:
    """It says where, and which variable names another place."""
    (tmp_path / "file").touch()
    cache = tmp_path / "file" / "cache"
    with pytest.raises(PartMissing, match=rf"^The embedded Kafka's files cannot be kept in {cache} \(.+\): set ANSWERABLE_CACHE to "):
        class_path((serve(b"the thing"),), cache)


def test_the_cache_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """$ANSWERABLE_CACHE comes before $XDG_CACHE_HOME."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    monkeypatch.delenv("ANSWERABLE_CACHE", raising=False)
    by_default = cache_directory()
    monkeypatch.setenv("ANSWERABLE_CACHE", "/chosen")
    assert (Path("/caches/answerable"), Path("/chosen")) == (by_default, cache_directory())
