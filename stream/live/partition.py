"""One partition number on this worker: the batches of its stages go in, one transaction comes out.

Number i of all topics of events and of facts is here together, so one lock and one transaction cover what the stages have to do
at that moment: state, facts, readings, dead letters, the next source offsets.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiokafka.errors import ProducerFenced
from faust.types.tuples import TP

from stream.core.erasures import requests
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import partition_of
from stream.core.stage import MARK, STANDARD_BREACHES, EventStage
from stream.core.topology import FACT_TOPICS, SCOPE_FACTS, SOURCES
from stream.core.watermark import NOTHING
from stream.errors import TooManyRejects
from stream.live.continuity import check_chunk
from stream.live.lead import Lead
from stream.live.section import Folded, Rejects, Section
from stream.live.transactions import NotCommittedError, Record
from stream.wire.dead_letters import DEAD_LETTERS, Origin, dead_letter
from stream.wire.facts import Encoder
from stream.wire.outputs import breach_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.core.snapshot import Snapshot
    from stream.live.app import CentreApp
    from stream.live.inbox import Chunk, Inbox
    from stream.live.stores.entries import Entries
    from stream.live.transactions import Writer

log = logging.getLogger(__name__)

GIVEN_AWAY: Final = "the broker gave it away (this worker was silent for longer than session_timeout, or another one has taken it over)"
"""What is known where a commit is refused: not whether there is another worker."""
GROUP_OFFSETS_EVERY: Final = 1.0
"""Seconds between two writings of the group's offset, which is for lag tools only: the mark in the changelog is the truth."""


@dataclass(slots=True)
class Step:
    """What one transaction will hold."""

    writes: dict[TP, list[Record]] = field(default_factory=dict)
    ticked: set[str] = field(default_factory=set)  # the processors whose stages moved on with the time
    folded: list[tuple[Section, Folded, int, int]] = field(default_factory=list)  # with the next mark and the number of records read


class Partition:
    """One partition number, from its assignment until it is revoked."""

    def __init__(self, app: CentreApp, number: int) -> None:
        """Begin closed: recovery opens it.

        recovered: what the stages show is so now, from the first tick of theirs that was committed: without one, a restored
        stage knows no verdict yet.
        """
        self.app = app
        self.number = number
        self.sections = {processor.topic: Section(processor, number) for processor in app.processors}
        self._rejects = {topic: Rejects(app.reject_share) for topic in self.sections}
        inputs = [topic for topic, section in self.sections.items() if isinstance(section.stage, EventStage)]
        self._most = max(1, app.settings.most_ahead // (app.partitions * max(1, len(inputs))))
        self._leads = {topic: Lead(self._most) for topic in inputs}
        self._scopes = self.sections.get(app.topic_name(SCOPE_FACTS))
        self.lock = asyncio.Lock()
        self.open = False
        self.recovered = False
        self._erasures = app.topic_name(SOURCES["erasures"])
        self._ahead = False
        """Whether the stages hold what is not committed yet."""
        self._looking: list[asyncio.Future[list[Snapshot]]] = []
        self.ends: dict[TP, int] = {}
        self._writer: Writer | None = None
        self._fencing = asyncio.Lock()
        self._fences = 0
        """How often fencing was begun or became void: an attempt of before has no say any more."""
        self._offsets_at = 0.0
        self._offsets: dict[TP, int] = {}
        self._counts: dict[str, int] = {}

    def source(self, section: Section) -> TP:
        """Where a section reads."""
        return TP(section.processor.topic, self.number)

    def changelog(self, section: Section) -> TP:
        """Where its state is."""
        return TP(self.app.changelog(section.processor.name), self.number)

    async def fence(self) -> None:
        """Start a new producer: whoever held this number can commit no more, an old producer of our own included.

        One attempt at a time, so that the newest is the last that the broker hears of. Raises ProducerFenced where another attempt,
        or the end, has come meanwhile; what this one started is stopped then, as wherever it raises.
        """
        self._fences += 1
        attempt = self._fences
        async with self._fencing:
            old, self._writer = self._writer, None
            if old is not None:
                await old.stop()
            writer = self.app.writer(self.number)
            try:
                await writer.start()
                counts = {topic: await writer.partitions(self.app.topic_name(topic)) for topic in self.app.outputs}
                if attempt != self._fences:
                    raise ProducerFenced  # noqa: TRY301 - as if the broker had refused it
            except BaseException:
                await writer.stop()
                raise
            self._writer, self._counts = writer, counts

    def restore(self, section: Section, entries: Entries, end: int) -> None:
        """Make a stage anew of its committed entries, which are those up to `end` of its changelog. Raises StateUnreadable."""
        section.restore(entries)
        self.ends[self.changelog(section)] = end
        if isinstance(section.stage, EventStage):
            lead = self._leads[section.processor.topic] = Lead(self._most)
            if section.stage.watermark.settled > NOTHING:
                lead.resume(section.stage.watermark.settled)

    async def close(self) -> None:
        """End: no more transactions. Waits for the one under way."""
        self.open = False
        self.recovered = False
        self._fences += 1
        async with self.lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                await writer.stop()

    async def turn(self) -> None:
        """Fold and commit what is waiting, if anything is: another turn may have taken it."""
        async with self.lock:
            if self._waiting():
                await self.app.pace.wait()
                await self._step(tick=False)

    async def tick(self) -> None:
        """Let time move on, together with whatever is waiting."""
        async with self.lock:
            await self.app.pace.wait()
            await self._step(tick=True)

    def is_ahead(self, topic: str) -> bool:
        """Whether its source in a topic is so far ahead of the slowest one of all that it should not be read for now."""
        return topic in self._leads and self._leads[topic].is_too_long(self._reached(), monotonic())

    def _reached(self) -> int:
        """How far (ms of event time) all sources have come, those of other workers too, as the scopes of this number know it."""
        scopes = None if self._scopes is None else self._scopes.stage
        return scopes.settled if isinstance(scopes, ScopeStage) else NOTHING

    def _waiting(self) -> bool:
        return any(inbox.size for _, inbox in self._inboxes())

    async def snapshots(self) -> list[Snapshot]:
        """What the stages show to /metrics, never a batch that is not committed; nothing while this is not recovered.

        It waits for the transaction under way only, and not for those that wait behind it for the lock.
        """
        if not self._ahead:
            return self._shown()
        looking: asyncio.Future[list[Snapshot]] = asyncio.get_running_loop().create_future()
        self._looking.append(looking)
        return await looking

    def _shown(self) -> list[Snapshot]:
        if not self.recovered:
            return []
        stages = [section.stage for section in self.sections.values()]
        return [stage.snapshot(by_queue=self.app.histograms_by_queue) for stage in stages if hasattr(stage, "snapshot")]

    def _committed(self) -> None:
        """Show what is committed to those who wait for it, before the next batch is folded."""
        self._ahead = False
        waiting = [looking for looking in self._looking if not looking.done()]
        self._looking = []
        if waiting:
            shown = self._shown()
            for looking in waiting:
                looking.set_result(shown)

    def _inboxes(self) -> list[tuple[Section, Inbox]]:
        inbox = self.app.reader.inbox
        return [(section, inbox(self.source(section))) for section in self.sections.values()]

    async def _step(self, *, tick: bool) -> None:
        """Fold what is here and commit it."""
        if not self.open:
            return
        self._ahead = True
        try:
            await self._fold_and_commit(tick=tick)
        except BaseException:
            # The stages may be ahead of what is committed: nobody sees them, and no recovery keeps them.
            self.open = self.recovered = False
            self.ends = {}
            raise
        finally:
            self._committed()

    async def _fold_and_commit(self, *, tick: bool) -> None:
        step = Step()
        erased: list[tuple[str, int]] = []
        for section, inbox in self._inboxes():
            records, mark = await self._continuous(section, inbox.take(self.app.batch_size))
            if erased:
                section.stage.erase(erased)
            folded = section.fold(records, self._latest(section), self._allow(section)) if records else Folded()
            mark = mark if folded.end is None else folded.end
            if section.processor.topic == self._erasures:
                erased, folded.outputs = requests(folded.outputs), []
            elif erased:
                section.stage.erase(erased)  # Once more: a record that cannot be folded makes the stage anew.
            if records:
                section.appended = records[-1].timestamp
            now = self._time(section) if tick or (records and self._judges(section)) else None
            if now is not None:
                folded.outputs += section.stage.tick(now)
                step.ticked.add(section.processor.name)
            if records or now is not None or erased:
                folded.changes = section.changes(everything=bool(records))
                self._add(step, section, folded, mark, len(records))
        due = tick and bool(self._offsets)
        if step.writes or due:
            await self._commit(step, due=due)
        if self.open:
            self._stop_at_enough(step)
        if tick:
            self._moved_on(step.ticked)

    def _moved_on(self, ticked: set[str]) -> None:
        """Show the stages from now on, where those that show anything are at the present, and that is committed."""
        shown = {section.processor.name for section in self.sections.values() if hasattr(section.stage, "snapshot")}
        if self.open and shown <= ticked:
            self.recovered = True

    async def _continuous(self, section: Section, chunks: Sequence[Chunk]) -> tuple[list[Any], int]:
        """The records that follow the mark: what was folded before is skipped, before a gap the source is sought back.

        Raises PartMissing where the source was replaced.
        """
        mark = section.mark
        records: list[Any] = []
        for chunk in chunks:
            check_chunk(self.source(section), chunk)
            if chunk.end <= mark:
                continue
            if chunk.begin > mark:
                tp = self.source(section)
                log.info("%s is read from %d but the mark is %d: reading again from there", tp, chunk.begin, mark)
                self.app.reader.inbox(tp).clear()
                await self.app.reader.thread.seek_to({tp: mark})
                break
            records += chunk.records if chunk.begin == mark else [r for r in chunk.records if r.offset >= mark]
            mark = chunk.end
        return records, mark

    def _judges(self, section: Section) -> bool:
        """Whether a section that has read something says at once what it knows as of now, and does not wait for the next tick.

        So on the wall clock, of the stages behind the facts: a breach goes out with the facts that made it.
        """
        return not self.app.played and section.processor.name not in self.app.timed

    def _time(self, section: Section) -> int | None:
        """How far time may move on in a section: to the clock where nothing is waiting to be read.

        Else to when the last record that was read was appended: whatever still waits came after it. None: it stands still.
        """
        now = self.app.now()
        tp = self.source(section)
        if self.app.played or (self.app.reader.inbox(tp).size == 0 and self.app.reader.lag(tp) == 0):
            return now
        return None if section.appended is None else min(section.appended, now)

    def _latest(self, section: Section) -> int | None:
        """On the wall clock, events from the future are refused: up to when they are taken (ms)."""
        return None if self.app.played or section.processor.name not in self.app.timed else self.app.now() + self.app.tolerance

    def _allow(self, section: Section) -> Callable[[int, int], bool]:
        """Each topic is judged by itself: what goes well elsewhere does not make up for it."""
        rejects = self._rejects[section.processor.topic]
        return lambda seen, rejected: not rejects.exceeded(seen, rejected)

    def _stop_at_enough(self, step: Step) -> None:
        """Raise TooManyRejects behind a batch with too many: it is committed, so that its dead letters say what was wrong."""
        for section, folded, _, _ in step.folded:
            if folded.enough:
                problem = (
                    f"More than {self.app.reject_share:.0%} of the latest records of {section.processor.topic}, "
                    f"partition {self.number}, were rejected, so the worker stops before it drains the topic: "
                    "look into dead-letters, correct the producer or its schema, then start the worker again."
                )
                raise TooManyRejects(problem)

    def _add(self, step: Step, section: Section, folded: Folded, mark: int, read: int) -> None:
        """Put what came of one section into the transaction."""
        if read:
            # A mark belongs to one topic; where the broker tells no ids, to the one that was known.
            section.topic = self.app.changelogs.source_of(section.processor.name) or section.topic
            folded.changes.append((MARK, f"{mark} {section.topic}".rstrip().encode()))
        writes = step.writes
        if folded.changes:
            writes.setdefault(self.changelog(section), []).extend(Record(key, value) for key, value in folded.changes)
        encode = Encoder().encode
        for topic, key, value in folded.outputs:
            count = self._counts[topic]
            raw = encode(value) if topic in FACT_TOPICS else orjson.dumps(value)
            headers = breach_headers(value, self.app.settings.installation) if topic == STANDARD_BREACHES else ()
            writes.setdefault(TP(self.app.topic_name(topic), partition_of(key, count)), []).append(Record(key, raw, headers))
        now = self.app.now()
        source = self.source(section)
        for record, rejected in folded.rejected:
            origin = Origin(topic=source.topic, partition=source.partition, offset=record.offset)
            key, raw = dead_letter(rejected, origin, now, record.value, keep_bytes=self.app.keep_rejected_bytes)
            target = TP(self.app.topic_name(DEAD_LETTERS), partition_of(key, self._counts[DEAD_LETTERS]))
            writes.setdefault(target, []).append(Record(key, raw))
        step.folded.append((section, folded, mark, read))

    async def _commit(self, step: Step, *, due: bool) -> None:
        """Commit, then let tables, marks and figures follow; on a failure the partition ends until its next assignment."""
        writer = self._writer
        began = self.app.now()
        for section, _, mark, read in step.folded:
            if read:
                self._offsets[self.source(section)] = mark
        offsets: dict[TP, int] = {}
        if due or monotonic() - self._offsets_at >= GROUP_OFFSETS_EVERY:
            offsets = dict(self._offsets)
        try:
            if writer is None:
                raise NotCommittedError("no producer", fenced=True)  # noqa: TRY301 - as if the commit had raised it
            ends = await writer.commit(step.writes, offsets)
        except NotCommittedError as failed:
            self._end(failed)
            return
        if offsets:
            self._offsets = {}
            self._offsets_at = monotonic()
        for section, folded, mark, read in step.folded:
            changelog = self.changelog(section)
            table = self.app.table_of(section.processor.name)
            if changelog in ends:
                self.ends[changelog] = ends[changelog]
            if folded.changes:
                table.follow(self.number, folded.changes, table.position(ends[changelog], began))
            section.mark = mark
            if read and isinstance(section.stage, EventStage):
                self._leads[section.processor.topic].read(read, section.stage.watermark.settled)
            self.app.count(section, folded, read)

    def _end(self, failed: NotCommittedError) -> None:
        """What is in memory is ahead of what was committed: recovery makes it anew at the next assignment."""
        self.open = False
        self.recovered = False
        self.ends = {}
        how = GIVEN_AWAY if failed.fenced else f"a transaction was not committed ({failed})"
        log.warning("partition %d ends here until the next assignment: %s", self.number, how)
        self.app.rejoin_soon(after=self.app.conf.broker_session_timeout if failed.fenced else 1.0)
