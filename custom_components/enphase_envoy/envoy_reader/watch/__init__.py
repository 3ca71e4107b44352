"""Watch every inverter against its own usual yield, and find those that fail.

How to use it::

    watch = PanelWatch(section(memory, "watch"))        # once, at the start
    report = watch.update(                              # at every collection
        snapshot.inverters,
        at=now, zone=zone_of_the_gateway,
        fresh=...,      # this collection read the page that lists the inverters
        limited=is_limited(snapshot),
    )

``update`` writes into the section whenever ``fresh`` is set or a day has ended: then ask the memory
to save. Without a fresh page it returns the same report and does next to nothing.

``limited`` is for now, not for the settings: true while off grid, while production is switched off,
and while an export limit is being met. An hour with a limit is left out for all inverters. A limit
that is set but seldom met must not be passed all day long, or nothing is ever judged; limits that
are not known here do little harm, since they hold back all alike.

What comes back is a ``RoofReport``: *Inverters Producing* is ``producing``, *Inverters in Trouble*
``in_trouble`` with ``troubles`` as attributes, *Yield Compared to Usual* ``yields_pct`` by serial
number. There is one repair notice for each trouble, with ``Trouble.key`` as its id, to be deleted
when the key is no longer among the troubles. ``producing`` is of the last fresh page; while the
gateway does not answer, the figures are as old as that.

How it judges: a day ends at midnight of local standard time and is judged at the first collection
after it. An inverter is silent after one producing day without reports; after two, if three or more
fall silent together, who are then one trouble; after five, if there may be snow on the roof. It is
low after five producing days below four fifths of its usual share, at nearly all hours of the day:
what shades it at some hours is no fault. Where its share always spreads widely, the limit is lower.
A silence ends after six reports, a low yield after two good days.

What it cannot see: faults before the first two weeks have been learned (an inverter that never
reports is found, though), low yield of most inverters at once or of one that has fewer than two
others, and a loss that creeps in over months, which the usual yield follows. It is slower, or
blind to a smaller loss, where nothing else on the roof resembles a panel.
"""

from ..roof import RoofReport, Trouble, TroubleKind
from .limits import is_limited
from .panel_watch import PanelWatch

__all__ = ["PanelWatch", "RoofReport", "Trouble", "TroubleKind", "is_limited"]
