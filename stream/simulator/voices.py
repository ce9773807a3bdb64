"""What customers say of a day, and what others say of their contacts: surveys, evaluations, and who is a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.simulator.journeys import VIP, Journeys
from stream.simulator.plan import HOUR, MINUTE

if TYPE_CHECKING:
    from stream.simulator.people import Contact

GRADES: Final = {
    "csat": (1, 2, 3, 4, 4, 4, 5, 5),
    "nps": (0, 3, 6, 7, 8, 8, 9, 9, 10),
    "ces": (1, 2, 2, 3, 5, 7),
    "things_gone_wrong": (0, 0, 0, 1, 2, 4),
    "awareness": (0, 1, 1),
    "success": (0, 1, 1, 1),
}
"""By what is asked, the answers, each as often as it comes."""
BEST: Final = {"csat": 5, "nps": 10, "ces": 7}
"""The best grade, where the scale has one."""
CHECKLIST: Final = ("greeting", "identified", "solved", "documented")


class Voices(Journeys):
    """A floor whose customers are asked, and whose contacts are looked at."""

    asked = 0

    def note_end(self, contact: Contact) -> None:
        """When a contact is over, some customers are asked, and some contacts are evaluated."""
        super().note_end(contact)
        if not self.features.surveys:
            return
        if self.chance(0.5):
            self.at(self.later(MINUTE, 10 * MINUTE), lambda: self.ask(contact))
        if self.chance(0.15) and (contact.connected is not None or contact.replied):
            self.at(self.later(30 * MINUTE, 90 * MINUTE), lambda: self.evaluate(contact))
        if self.chance(0.05):
            self.at(self.later(MINUTE, 30 * MINUTE), lambda: self.come_or_go(contact.customer, active=self.chance(0.5)))

    def come_or_go(self, customer: str, *, active: bool) -> None:
        """Somebody is a customer from now on, or is none any more; some who came go again within hours."""
        if active and self.chance(0.3):
            self.at(self.later(HOUR, 10 * HOUR), lambda: self.come_or_go(customer, active=False))
        self.truth.statuses.append((customer, self.now, active))
        self.emit("customer.status_changed", customer, customer_ref=customer, active=active)

    def say(self, contact: Contact, kind: str, identity: str, **data: object) -> None:
        """Something is said of a contact now."""
        groups = {"groups": [VIP]} if contact.vip else {}
        line = contact.line
        self.emit(
            kind, identity, survey_id=identity, queue=line.queue, channel=line.channel, customer_ref=contact.customer, **groups, **data
        )

    def ask(self, contact: Contact) -> None:
        """A customer is asked one thing, and most answer; some think again, and then the later answer counts."""
        self.asked += 1
        survey, what = f"survey-{self.plan.day}-s{self.plan.seed}-{self.asked:05d}", self.dice.choice(list(GRADES))
        self.say(contact, "survey.sent", survey, survey=what)
        self.hear(contact, what, None)
        if not self.chance(0.7):
            return
        at = self.later(2 * MINUTE, 40 * MINUTE)
        thinks_again = self.chance(0.1)
        self.at(at, lambda: self.answer_survey(contact, survey, what, last=not thinks_again))
        if thinks_again:
            self.at(at + 5 * MINUTE, lambda: self.answer_survey(contact, survey, what, last=True))

    def answer_survey(self, contact: Contact, survey: str, what: str, *, last: bool) -> None:
        """The customer answers."""
        grade = self.dice.choice(GRADES[what])
        scale = {"scale_max": BEST[what]} if what in BEST else {}
        self.say(contact, "survey.answered", survey, survey=what, score=grade, **scale)
        if last:
            self.hear(contact, what, grade)

    def hear(self, contact: Contact, what: str, grade: int | None) -> None:
        """Note a survey that was sent (None), or its grade."""
        line = contact.line
        for tally in self.truth.tallies_of((line.queue, line.channel), [VIP] if contact.vip else []):
            tally.surveys.append((what, grade))

    def evaluate(self, contact: Contact) -> None:
        """Somebody goes through the checklist."""
        self.asked += 1
        met = {item: self.chance(0.8) for item in CHECKLIST if self.chance(0.9)}
        self.say(contact, "evaluation.completed", f"evaluation-{self.plan.day}-s{self.plan.seed}-{self.asked:05d}", items=met)
        line = contact.line
        for tally in self.truth.tallies_of((line.queue, line.channel), [VIP] if contact.vip else []):
            tally.evaluations.append(met)
