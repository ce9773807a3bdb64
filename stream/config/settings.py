"""How this installation is set up: one frozen record, read from the environment and from a file.

Each setting is `ANSWERABLE_<NAME>` in the environment or `<name>` in the YAML file that `--config` or ANSWERABLE_CONFIG names; the
environment wins over the file, the command line over both. What the centre is and what it promises does not belong here:
that is deploy/centre.yaml and deploy/standards.yaml.
"""
# ruff: noqa: RUF009 - _setting is dataclasses.field with our metadata, and paths do not change

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from stream.config.quantities import read_duration, read_share
from stream.config.yaml import load as load_yaml
from stream.config.yaml import suggestion
from stream.errors import WrongUse

PREFIX: Final = "ANSWERABLE_"
CONFIG: Final = "ANSWERABLE_CONFIG"
OTHERS: Final = ("ANSWERABLE_CONFIG", "ANSWERABLE_CACHE", "ANSWERABLE_MAVEN_MIRROR", "ANSWERABLE_TEST_")
"""Variables, or beginnings of them, that are ours without being a setting."""

ONLY_ENVIRONMENT: Final = ("sasl_password", "tls_key_password", "pseudonym_key", "board_token", "supervisor_token")
"""Secrets: never in a file that is likely to be committed."""

FROM_FILES: Final = ("pseudonym_key", "board_token", "supervisor_token")
TOKENS: Final = ("board_token", "supervisor_token", "pseudonym_key")
SHORTEST_TOKEN: Final = 16
"""Characters: what can be guessed is no token."""

PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
CLOCKS: Final = ("wall", "played")
STORES: Final = ("memory", "rocksdb")

Read = Callable[[str], Any]


def _whole(least: int, most: int) -> Read:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            problem = f"write a whole number from {least} to {most}"
            raise ValueError(problem)
        return int(text)

    return read


def _one_of(*words: str) -> Read:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(suggestion(text, words))
        return text

    return read


def _topic_part(text: str) -> str:
    if not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text):
        problem = "write letters, digits, - and _ only: a dot in the name of a topic collides with _ in Kafka's metrics"
        raise ValueError(problem)
    return text


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        problem = "write true or false"
        raise ValueError(problem)
    return text == "true"


def _setting(default: Any, read: Read, meaning: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning}, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is set per installation. Times are integer milliseconds."""

    bootstrap_servers: str = _setting("127.0.0.1:9092", str, "Kafka brokers, host:port, separated by commas")
    security_protocol: str = _setting("PLAINTEXT", _one_of(*PROTOCOLS), "how to talk to the brokers")
    sasl_mechanism: str = _setting("PLAIN", _one_of(*MECHANISMS), "how to sign in, with a SASL protocol")
    sasl_username: str = _setting("", str, "who signs in")
    sasl_password: str = _setting("", str, "the password; only from the environment", secret=True)
    sasl_password_file: Path | None = _setting(None, Path, "a file that holds the password")
    tls_ca_file: Path | None = _setting(None, Path, "certificates that the brokers' are checked against; else the system's")
    tls_cert_file: Path | None = _setting(None, Path, "our own certificate, where the brokers ask for one")
    tls_key_file: Path | None = _setting(None, Path, "the key of our own certificate")
    tls_key_password: str = _setting("", str, "the password of that key; only from the environment", secret=True)
    tls_check_hostname: bool = _setting(default=True, read=_flag, meaning="whether the broker's name must be in its certificate")
    pseudonym_key: str = _setting("", str, "the key of customers' and agents' pseudonyms; only from the environment", secret=True)
    pseudonym_key_file: Path | None = _setting(None, Path, "a file that holds that key")
    application_id: str = _setting("answerable", _topic_part, "with the prefix, the consumer group and the name of the changelogs")
    topic_prefix: str = _setting("", _topic_part, "stands before every name in Kafka, so that installations can share a cluster")
    partitions: int = _setting(4, _whole(1, 1000), "partitions of new topics; fixed once there is state")
    replication_factor: int = _setting(1, _whole(1, 10), "copies of new topics; 3 in production")
    web_host: str = _setting("127.0.0.1", str, "the address that the worker's pages listen on")
    web_port: int = _setting(6066, _whole(0, 65_535), "their port; 0 takes a free one")
    board_token: str = _setting("", str, "who shows it may read the wallboard; needed where web_host is no loopback address", secret=True)
    board_token_file: Path | None = _setting(None, Path, "a file that holds it")
    supervisor_token: str = _setting("", str, "who shows it also sees agents and contacts by their ids, which is logged", secret=True)
    supervisor_token_file: Path | None = _setting(None, Path, "a file that holds it")
    store: str = _setting("memory", _one_of(*STORES), "where a worker keeps its copy of the state: memory, or rocksdb below data_dir")
    data_dir: Path = _setting(Path(".answerable"), Path, "where the embedded broker, RocksDB and temporary files live")
    clock: str = _setting("wall", _one_of(*CLOCKS), "wall: the time of day; played: the marks that publish writes")
    reject_share: float = _setting(
        0.1, read_share, "the worker stops above this share of rejects in a partition's latest 1,000 to 2,000 records"
    )
    keep_rejected_bytes: bool = _setting(default=False, read=_flag, meaning="whether dead letters hold the record's bytes")
    centre_file: Path = _setting(Path("deploy/centre.yaml"), Path, "the centre: queues, channels, opening hours")
    standards_file: Path = _setting(Path("deploy/standards.yaml"), Path, "the service standards")
    histograms_by_queue: bool = _setting(
        default=False,
        read=_flag,
        meaning="whether /metrics has its histograms by queue and channel: about 160 series for each queue and channel",
    )
    canary: bool = _setting(
        default=False, read=_flag, meaning="whether `answerable canary` sends synthetic contacts: then it is an alert when none ever came"
    )
    session_timeout: int = _setting(10_000, read_duration, "how long a silent worker keeps its partitions")
    batch_size: int = _setting(5_000, _whole(1, 100_000), "the most records that are folded at once")
    most_ahead: int = _setting(
        500_000, _whole(1, 100_000_000), "the most events, of all workers and inputs, that wait for the slowest partition"
    )

    def topic(self, name: str) -> str:
        """The name in Kafka of the topic that is declared as `name`."""
        return self.topic_prefix + name

    @property
    def installation(self) -> str:
        """The name of this installation in Kafka: its consumer group, and what its changelogs and transactional ids begin with."""
        return self.topic_prefix + self.application_id

    @property
    def brokers(self) -> list[str]:
        """The bootstrap servers as a list."""
        return [server.strip() for server in self.bootstrap_servers.split(",") if server.strip()]

    def for_kafka_python(self) -> dict[str, Any]:
        """What kafka-python's clients need to connect."""
        return {"bootstrap_servers": self.brokers, **self._security()}

    def for_aiokafka(self) -> dict[str, Any]:
        """What aiokafka's clients need to connect."""
        return {"bootstrap_servers": self.brokers, **self._security()}

    def _security(self) -> dict[str, Any]:
        found: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.security_protocol.endswith("SSL"):
            found["ssl_context"] = self._ssl_context()
        if self.security_protocol.startswith("SASL"):
            found |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return found

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.tls_ca_file)
            context.check_hostname = self.tls_check_hostname
            if self.tls_cert_file is not None:
                context.load_cert_chain(self.tls_cert_file, self.tls_key_file, self.tls_key_password or None)
        except (OSError, ssl.SSLError) as refused:
            problem = f"The TLS files cannot be used ({refused}): check tls_ca_file, tls_cert_file and tls_key_file, all in PEM."
            raise WrongUse(problem) from None
        return context


SETTINGS: Final[dict[str, Field[Any]]] = {setting.name: setting for setting in fields(Settings)}


def load(path: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings: the file, the environment over it, `overrides` (of the command line; None = not given) over both.

    Raises WrongUse or DeclarationError for an unknown name or a value that makes no sense; no message repeats a secret.
    """
    environ = os.environ if environ is None else environ
    named = path or (Path(environ[CONFIG]) if environ.get(CONFIG) else None)
    found = _from_file(named) if named is not None else {}
    found |= _from_environment(environ)
    found |= {name: _overridden(name, value) for name, value in overrides.items() if value is not None}
    return _checked(replace(Settings(), **found))


def _overridden(name: str, value: Any) -> Any:
    """A value of the command line: a text is held to the same rules as in the file; what an option has made of it is right."""
    if not isinstance(value, str):
        return value
    try:
        return SETTINGS[name].metadata["read"](value)
    except ValueError as refused:
        problem = f"{name} cannot be {value}: {refused}"
        raise WrongUse(problem) from None


def _from_file(path: Path) -> dict[str, Any]:
    section = load_yaml(path)
    for item in section.keys():  # noqa: SIM118 - no dict: its keys carry their lines
        if item.text in ONLY_ENVIRONMENT:
            problem = f"{item.text} does not belong into a file: set {PREFIX}{item.text.upper()} instead"
            raise item.error(f"{problem}, or name a file in {item.text}_file" if f"{item.text}_file" in SETTINGS else problem)
    section.only(*(name for name in SETTINGS if name not in ONLY_ENVIRONMENT))
    found = {}
    for key in section.keys():  # noqa: SIM118 - see above
        item = section.item(key.text)
        try:
            found[key.text] = SETTINGS[key.text].metadata["read"](item.text)
        except ValueError as refused:
            problem = f"{key.text} cannot be {item.text}: {refused}"
            raise item.error(problem) from None
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(OTHERS) or text == "":
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in SETTINGS:
            hint = suggestion(variable, [PREFIX + known.upper() for known in SETTINGS])
            problem = f"The environment sets {variable}, which is no setting: {hint}"
            raise WrongUse(problem)
        try:
            found[name] = SETTINGS[name].metadata["read"](text)
        except ValueError as refused:
            shown = "has a value that" if name in ONLY_ENVIRONMENT else f"= {text}"
            problem = f"{variable} {shown} cannot be: {refused}"
            raise WrongUse(problem) from None
    return found


def _checked(settings: Settings) -> Settings:
    """Refuse what does not fit together, and read the password's file."""
    sasl = settings.security_protocol.startswith("SASL")
    tls = settings.security_protocol.endswith("SSL")
    file = settings.sasl_password_file
    problem = None
    doubled = next((name for name in FROM_FILES if getattr(settings, name) and getattr(settings, f"{name}_file")), None)
    if not settings.brokers:
        problem = "bootstrap_servers is empty: write host:port of a Kafka broker"
    elif file is not None and settings.sasl_password:
        problem = "Both sasl_password and sasl_password_file are set: keep one of them"
    elif doubled is not None:
        problem = f"Both {doubled} and {doubled}_file are set: keep one of them"
    elif sasl and not (settings.sasl_username and (settings.sasl_password or file)):
        problem = f"{settings.security_protocol} needs sasl_username and a password: set {PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD"
    elif settings.sasl_username and not sasl:
        problem = "sasl_username is set, so security_protocol must be SASL_SSL (or SASL_PLAINTEXT): set it, or take the name away"
    elif (settings.tls_ca_file or settings.tls_cert_file) and not tls:
        problem = "A TLS file is set, so security_protocol must be SSL or SASL_SSL: set it, or take the file away"
    elif (settings.tls_cert_file is None) != (settings.tls_key_file is None):
        problem = "tls_cert_file and tls_key_file belong together: set both or none"
    if problem is not None:
        raise WrongUse(problem + ".")
    read: dict[str, Any] = {
        secret: _secret(path)
        for secret, path in (("sasl_password", file if sasl else None), *((name, getattr(settings, f"{name}_file")) for name in FROM_FILES))
        if path is not None
    }
    short = next((name for name in TOKENS if 0 < len(read.get(name, getattr(settings, name))) < SHORTEST_TOKEN), None)
    if short is not None:
        raise WrongUse(f"{short} is shorter than {SHORTEST_TOKEN} characters: make a longer one, for example with `openssl rand -hex 16`.")
    made = replace(settings, **read)
    if made.board_token and made.board_token == made.supervisor_token:
        raise WrongUse("board_token and supervisor_token are the same, so every viewer would be a supervisor: give each its own.")
    return made


def _secret(path: Path) -> str:
    """The secret that a file holds."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as refused:
        problem = f"The secret's file {path} cannot be read: {refused.strerror if isinstance(refused, OSError) else 'it is no text'}."
        raise WrongUse(problem) from None
