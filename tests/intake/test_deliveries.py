"""Deliveries lose nothing, are late only as far as asked, and the time that marks tell is true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.events import Event
from stream.intake.deliveries import DUPLICATE_WITHIN, Delivery, Disorder, Pending, deliveries

disorders = st.builds(
    Disorder, shuffle=st.sampled_from([0, 1, 5_000, 60_000]), duplicate_every=st.sampled_from([0, 1, 3, 10]), seed=st.integers(0, 99)
)
times = st.lists(st.integers(0, 200_000), max_size=60).map(sorted)


def offered(at: int, number: int) -> Event:
    """The number-th event, at this moment."""
    return Event(at, "contact.offered", f"c-{number}", f"pbx|{number}", {"contact_id": f"c-{number}"})


def sent(moments: list[int], disorder: Disorder) -> list[tuple[Delivery, int | None, int]]:
    """Each delivery with the time that was known to be all sent after it, and the one known in the pause before it."""
    pending = Pending()
    out = []
    for delivery in deliveries([offered(at, number) for number, at in enumerate(moments)], disorder, pending):
        before = pending.nothing_before(delivery.due)
        delivery.sent = True
        out.append((delivery, pending.all_sent_up_to(), before))
    return out


@given(times, disorders)
def test_every_event_is_delivered_once_and_each_nth_twice(moments: list[int], disorder: Disorder) -> None:
    """Nothing is lost and nothing is made up."""
    found = [delivery for delivery, _, _ in sent(moments, disorder)]
    copies = len(moments) // disorder.duplicate_every if disorder.duplicate_every else 0

    assert moments == sorted(delivery.event.time for delivery in found if not delivery.copy)
    assert copies == len({delivery.event.id for delivery in found if delivery.copy}) == sum(delivery.copy for delivery in found)


@given(times, disorders)
def test_deliveries_are_late_only_as_far_as_asked(moments: list[int], disorder: Disorder) -> None:
    """They come in the order in which they are due; an event within the shuffle, a copy after its first and within its span."""
    found = [delivery for delivery, _, _ in sent(moments, disorder)]
    firsts: set[str] = set()

    assert [delivery.due for delivery in found] == sorted(delivery.due for delivery in found)
    for delivery in found:
        late = delivery.due - delivery.event.time
        assert 0 <= late <= (max(DUPLICATE_WITHIN, disorder.shuffle) if delivery.copy else disorder.shuffle)
        assert not delivery.copy or delivery.event.id in firsts
        firsts.add(delivery.event.id)


@given(times, disorders)
def test_what_marks_say_is_true(moments: list[int], disorder: Disorder) -> None:
    """No event up to a told time comes after it for the first time, and the time never goes back."""
    found = sent(moments, disorder)
    for index, (delivery, after, before) in enumerate(found):
        rest = [other.event.time for other, _, _ in found[index + 1 :] if not other.copy]
        first = [] if delivery.copy else [delivery.event.time]

        assert after is None or all(at > after for at in rest)
        assert all(at > before for at in rest + first)
        assert before < delivery.due


def test_marks_among_the_events_are_left_out() -> None:
    """Whoever publishes writes marks of its own."""
    event = offered(5, 1)
    marked = Event(6, "clock.marked", "clock", "pbx|m", {})

    assert [event] == [delivery.event for delivery in deliveries([event, marked], Disorder(), Pending())]


def test_the_same_seed_gives_the_same_order() -> None:
    """A shuffled run can be repeated."""
    disorder = Disorder(shuffle=60_000, duplicate_every=2, seed=7)
    moments = list(range(0, 100_000, 1_000))

    assert sent(moments, disorder) == sent(moments, disorder)
    assert sent(moments, disorder) != sent(moments, Disorder(shuffle=60_000, duplicate_every=2, seed=8))
