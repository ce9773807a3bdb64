"""What is noted of contacts while a day is played: the truth, in other words than the core's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream.simulator.people import Contact
    from stream.simulator.truth import Tally, Truth


class Notes:
    """Notes about contacts, each made where the thing happens, at `now` (ms)."""

    def __init__(self, truth: Truth) -> None:
        """Nothing has happened yet."""
        self.truth = truth
        self.now = 0

    def tally(self, contact: Contact) -> Tally:
        """The notes that the contact belongs to."""
        return self.truth.tallies[contact.line.queue, contact.line.channel]

    def note_beginning(self, contact: Contact) -> None:
        """Note that it begins now."""
        contact.begun = self.now
        tally = self.tally(contact)
        tally.records += 1
        tally.begun += 1

    def note_end(self, contact: Contact) -> None:
        """Note that it is over; what the customer wrote and nobody answered stays without an answer."""
        tally = self.tally(contact)
        tally.closed += 1
        contact.over = True
        self.waive(contact)
        if contact.replies is not None:
            tally.replies.append(contact.replies)
            contact.replies = None

    def waive(self, contact: Contact) -> None:
        """Note that no answer will come to what is unanswered."""
        if contact.unanswered is not None:
            tally = self.tally(contact)
            (tally.responses_waived if contact.replied else tally.first_responses_waived).append(self.now - contact.unanswered)
            contact.unanswered = None

    def note_offer(self, contact: Contact) -> None:
        """Note that it is offered to the queue where it is."""
        contact.offered = self.now
        contact.over = False
        tally = self.tally(contact)
        tally.offered += 1
        tally.out_of_hours += not contact.line.open_at(self.now)
        if contact.handed is None:
            contact.handed = self.now
            tally.handed_off += 1

    def note_handle(self, contact: Contact, handled: int) -> None:
        """Note how long a person was busy with it."""
        self.tally(contact).handles.append(handled)

    def note_talk(self, contact: Contact, talk: int, held: int) -> None:
        """Note a talk that is over, and how long the customer was put on hold."""
        tally = self.tally(contact)
        tally.talks.append(talk)
        if held:
            tally.holds.append(held)
