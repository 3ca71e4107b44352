"""Named sites: what is built there, which firmware shows it, and what a reader should find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from . import firmware as fw
from .firmware import Firmware, Quirk
from .site import Plan, Site

WayIn = Literal["open", "digest", "digest-installer", "token", "token-installer"]
Model = Literal["P0", "P", "PC"]

WRAP_WH = 2**32 / 3600
"""Energy at which a 32-bit counter of joules begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A site, and the facts that hold for it."""

    name: str
    text: str
    model: Model
    firmware: Firmware
    plan: Plan
    way_in: WayIn = "token"

    @property
    def serial(self) -> str:
        """The gateway's serial number."""
        return self.plan.serial

    @property
    def phases(self) -> int:
        """Number of configured phases."""
        return self.plan.phases

    @property
    def inverters(self) -> int:
        """Number of inverters built in."""
        return self.plan.inverters

    @property
    def batteries(self) -> int:
        """Number of IQ Batteries."""
        return self.plan.batteries

    def site(self, start: float, noon_s: float) -> Site:
        """Build the site as it is at ``start``."""
        return Site(self.plan, start, noon_s=noon_s, interval_s=self.firmware.interval_s)


_AMERICA = Plan(
    number=0,
    time_zone="US/Central",
    phases=2,
    phase_mode="split",
    volts=120.0,
    hertz=60.0,
    part_number="800-00647-r11",
    load_w=1900.0,
)


def _with_batteries(name: str, number: int, inverters: int, text: str) -> Scenario:
    return Scenario(
        name=name,
        text=text,
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=number,
            phases=3,
            inverters=inverters,
            batteries=3,
            enpower=True,
            meters=("production", "net-consumption"),
            load_w=600.0 + 40.0 * inverters,
        ),
    )


_ALL = (
    Scenario(
        name="p0_r37_html",
        text="Envoy-R before 3.9: HTML pages only, /info is HTML too",
        model="P0",
        firmware=fw.R37,
        plan=Plan(
            number=1,
            time_zone="US/Hawaii",
            metered=False,
            part_number="800-00069-r05",
            volts=240.0,
            hertz=60.0,
            inverters=34,
            peak_w=215.0,
            inverter_wh=3_910_000.0,
        ),
        way_in="open",
    ),
    Scenario(
        name="p0_d37_xml",
        text="Envoy-C before 3.9: HTML pages in French, /info as XML announced as JSON",
        model="P0",
        firmware=fw.D37,
        plan=Plan(
            number=2,
            time_zone="Europe/Paris",
            metered=False,
            part_number="800-00069-r05",
            inverters=12,
            peak_w=215.0,
            inverter_wh=1_900_000.0,
        ),
        way_in="open",
    ),
    Scenario(
        name="p_r39_digest",
        text="Envoy-R R3.9.36: JSON and HTML, inverters for the installer only",
        model="P",
        firmware=fw.R39,
        plan=Plan(
            number=3,
            time_zone="US/Pacific",
            metered=False,
            part_number="800-00069-r05",
            volts=240.0,
            hertz=60.0,
            inverters=14,
            peak_w=240.0,
        ),
        way_in="digest-installer",
    ),
    Scenario(
        name="p_d318_closing",
        text="Envoy-R D3.18.10: hangs up after asking for digest, without saying so",
        model="P",
        firmware=fw.D318,
        plan=Plan(
            number=4,
            metered=False,
            part_number="800-00069-r05",
            inverters=9,
            peak_w=240.0,
        ),
        way_in="digest-installer",
    ),
    Scenario(
        name="p_d5_standard",
        text="Envoy-S standard with firmware 5: no clamps, digest",
        model="P",
        firmware=fw.D5,
        plan=Plan(
            number=5,
            metered=False,
            part_number="800-00551-r02",
            volts=240.0,
            hertz=60.0,
            time_zone="US/Mountain",
            inverters=20,
            inverter_wh=3_345_000.0,
        ),
        way_in="digest",
    ),
    Scenario(
        name="pc_d5_metered",
        text="Envoy-S metered with firmware 5, split phase, digest",
        model="PC",
        firmware=fw.D5,
        plan=replace(
            _AMERICA,
            number=6,
            part_number="800-00555-r03",
            inverters=18,
            meters=("production", "net-consumption"),
            production_wh=26_785_000.0,
        ),
        way_in="digest",
    ),
    Scenario(
        name="p_d7_standard",
        text="IQ Gateway standard with firmware 7: no clamps, tokens, the inverters' sum wrapped",
        model="P",
        firmware=fw.D7,
        plan=Plan(
            number=7,
            metered=False,
            part_number="800-00656-r06",
            inverters=24,
            inverter_wh=255_800.0,
        ),
    ),
    Scenario(
        name="pc_d7_no_cts",
        text="Metered gateway whose clamps are disabled: today is zero, the lifetime about to wrap",
        model="PC",
        firmware=replace(fw.D7, quirks=frozenset({Quirk.INVERTER_SUM_WRAPS, Quirk.V1_ZERO_ENERGY})),
        plan=Plan(
            number=8,
            phases=3,
            inverters=14,
            inverter_wh=(WRAP_WH - 350.0) / 14,
            disabled_meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d7_one_phase",
        text="Metered, one phase, firmware 7",
        model="PC",
        firmware=fw.D7,
        plan=Plan(
            number=9,
            inverters=12,
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d7_three_phase",
        text="Metered, three phases, firmware 7",
        model="PC",
        firmware=fw.D7,
        plan=Plan(
            number=10,
            phases=3,
            inverters=15,
            meters=("production", "net-consumption"),
            load_w=900.0,
        ),
    ),
    Scenario(
        name="pc_d7_total_ct",
        text="Metered, one phase, the consumption clamp on the load instead of the grid",
        model="PC",
        firmware=fw.D7,
        plan=Plan(
            number=11,
            inverters=10,
            meters=("production", "total-consumption"),
        ),
    ),
    Scenario(
        name="pc_d7_acb",
        text="Three AC Batteries, one of them asleep, and one IQ Battery behind one phase",
        model="PC",
        firmware=replace(fw.D7, version="D7.6.185"),
        plan=Plan(
            number=12,
            inverters=10,
            meters=("production", "net-consumption"),
            ac_batteries=3,
            sleeping_ac_batteries=1,
            batteries=1,
            battery_wh=3500.0,
            battery_max_w=1280.0,
        ),
    ),
    Scenario(
        name="pc_d8_acb_storage_ct",
        text="Two AC Batteries and no IQ Battery, a clamp on them",
        model="PC",
        firmware=fw.D8_DEVICE_DATA,
        plan=Plan(
            number=51,
            inverters=8,
            meters=("production", "net-consumption", "storage"),
            ac_batteries=2,
        ),
    ),
    Scenario(
        name="pc_d8_mute_battery",
        text="Three IQ Batteries, one of which does not communicate",
        model="PC",
        firmware=fw.D8,
        plan=Plan(
            number=52,
            inverters=10,
            batteries=3,
            mute_batteries=1,
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d7_installer",
        text="Three phases with a battery, read with an installer's token",
        model="PC",
        firmware=fw.D7,
        plan=Plan(
            number=13,
            phases=3,
            inverters=14,
            meters=("production", "net-consumption"),
            batteries=1,
        ),
        way_in="token-installer",
    ),
    Scenario(
        name="pc_d8_three_phase_battery",
        text="Three phases, two IQ Batteries, no system controller, firmware 8",
        model="PC",
        firmware=replace(
            fw.D8,
            version="D8.1.41",
            interval_s=300,
            quirks=frozenset({Quirk.INVERTER_SUM_WRAPS, Quirk.CONSUMPTION_TODAY_ZERO}),
        ),
        plan=Plan(
            number=14,
            phases=3,
            inverters=20,
            batteries=2,
            meters=("production", "net-consumption"),
            load_w=900.0,
        ),
    ),
    Scenario(
        name="pc_d8_split_storage_ct",
        text="Split phase, five IQ Batteries, system controller, a clamp on the storage",
        model="PC",
        firmware=replace(
            fw.D8,
            quirks=frozenset({Quirk.EACH_INVERTER_WRAPS, Quirk.WEEK_IS_LIFETIME_LESS_TODAY}),
        ),
        plan=replace(
            _AMERICA,
            number=15,
            inverters=28,
            batteries=5,
            enpower=True,
            meters=("production", "net-consumption", "storage"),
        ),
    ),
    Scenario(
        name="pc_d83_device_data",
        text="Firmware 8.3 with device data; each inverter's lifetime wraps in the sum",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=16,
            inverters=12,
            inverters_wh=(WRAP_WH + 169_000.0, WRAP_WH - 90.0),
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d42_no_cts",
        text="Envoy-S with firmware 4: the clamps show power, but are not enabled",
        model="PC",
        firmware=fw.D42,
        plan=replace(_AMERICA, number=24, part_number="800-00551-r02", inverters=16),
        way_in="digest",
    ),
    Scenario(
        name="pc_d70_cookie",
        text="Early firmware 7: wants cookie and token, denies the battery pages, redirects astray",
        model="PC",
        firmware=fw.D70,
        plan=Plan(number=25, inverters=11, meters=("production", "net-consumption")),
    ),
    Scenario(
        name="pc_d82_stalled",
        text="No clamps, 8.2.4345: /api/v1/production shows figures that never change",
        model="PC",
        firmware=replace(
            fw.D8_DEVICE_DATA,
            quirks=frozenset({Quirk.V1_STALLED, Quirk.EACH_INVERTER_WRAPS}),
            left_over=(-3.2, 1583.0),
        ),
        plan=Plan(
            number=26,
            inverters=16,
            disabled_meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="p_d83_standard",
        text="Standard gateway with 8.3.5422: v1 all zero, readings of meters that are not there",
        model="P",
        firmware=replace(
            fw.D83_NEW,
            version="D8.3.5422",
            quirks=frozenset({Quirk.V1_ALL_ZERO, Quirk.ZERO_METERS, Quirk.EACH_INVERTER_WRAPS}),
        ),
        plan=Plan(number=27, metered=False, part_number="800-00656-r06", inverters=15),
    ),
    Scenario(
        name="pc_d83_total_is_net",
        text="Clamp on the load, 8.3.5528: total shows net, and the clamp flickers",
        model="PC",
        firmware=replace(
            fw.D83_NEW,
            version="D8.3.5528",
            quirks=frozenset(
                {
                    Quirk.TOTAL_IS_NET,
                    Quirk.ACTIVE_COUNT_FLIPS,
                    Quirk.TODAY_IS_LIFETIME,
                    Quirk.PHANTOM_METER,
                }
            ),
        ),
        plan=Plan(number=28, inverters=13, meters=("production", "total-consumption")),
    ),
    Scenario(
        name="pc_d83_storage_drops",
        text="Split phase, storage clamp, 8.3.6086: one storage phase drops out now and then",
        model="PC",
        firmware=replace(
            fw.D83_NEW,
            version="D8.3.6086",
            stream_level=2,
            quirks=frozenset(
                {
                    Quirk.STORAGE_PHASE_DROPS,
                    Quirk.NO_END_DATE_AT_NIGHT,
                    Quirk.INVERTERS_VANISH_AT_NIGHT,
                    Quirk.PHANTOM_METER,
                }
            ),
        ),
        plan=replace(
            _AMERICA,
            number=29,
            inverters=24,
            batteries=3,
            enpower=True,
            meters=("production", "net-consumption", "storage"),
        ),
    ),
    Scenario(
        name="pc_d83_collar",
        text="IQ Combiner 6C with meter collar: seven meters, two batteries, v1 all zero",
        model="PC",
        firmware=replace(
            fw.D83_NEW,
            version="D8.3.1598",
            port_80="redirect",
            login_page="/home",
            quirks=frozenset(
                {
                    Quirk.EACH_INVERTER_WRAPS,
                    Quirk.PHANTOM_METER,
                    Quirk.V1_ALL_ZERO,
                    Quirk.TODAY_IS_LIFETIME,
                    Quirk.POWER_FACTOR_SUMS,
                    Quirk.THREE_LINES,
                }
            ),
        ),
        plan=replace(
            _AMERICA,
            number=17,
            part_number="800-02409-r03",
            inverters=22,
            batteries=2,
            collar=True,
            combiner=True,
            meters=("production", "net-consumption", "storage", "backfeed"),
            disabled_meters=("load", "evse", "pv3p"),
        ),
    ),
    Scenario(
        name="pc_d83_generator",
        text="Split phase with system controller and generator, no battery",
        model="PC",
        firmware=replace(
            fw.D83,
            quirks=frozenset(
                {
                    Quirk.EACH_INVERTER_WRAPS,
                    Quirk.CONSUMPTION_TODAY_PHANTOM,
                    Quirk.CONSUMPTION_WEEK_TINY,
                }
            ),
        ),
        plan=replace(
            _AMERICA,
            number=18,
            inverters=20,
            enpower=True,
            generator=True,
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d8_q_relays",
        text="Three phases behind two Q-Relays, details of each device",
        model="PC",
        firmware=fw.D8_DEVICE_DATA,
        plan=Plan(
            number=41,
            phases=3,
            inverters=9,
            phase_relays=2,
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d83_three_phase_storage_ct",
        text="Three phases, three IQ Batteries, system controller, a clamp on the storage",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=23,
            phases=3,
            inverters=18,
            batteries=3,
            enpower=True,
            meters=("production", "net-consumption", "storage"),
            load_w=1100.0,
        ),
    ),
    Scenario(
        name="pc_d83_82_inverters",
        text="More inverters than the page of their details holds",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=31,
            phases=3,
            inverters=82,
            meters=("production", "net-consumption"),
            load_w=2500.0,
        ),
    ),
    Scenario(
        name="pc_d83_removed_inverters",
        text="Two of fourteen inverters were taken out, but are still listed here and there",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=32,
            inverters=12,
            removed_inverters=2,
            meters=("production", "net-consumption"),
        ),
    ),
    Scenario(
        name="pc_d83_controls",
        text="Split phase with all that can be switched: controller, batteries, loads, generator",
        model="PC",
        firmware=fw.D83_NEW,
        plan=replace(
            _AMERICA,
            number=71,
            inverters=16,
            batteries=2,
            enpower=True,
            generator=True,
            loads=("NC1", "NO1"),
            meters=("production", "net-consumption", "storage"),
        ),
    ),
    Scenario(
        name="pc_d83_installer",
        text="Firmware 8.3 with an installer's token: production and its limit can be set",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=72,
            inverters=12,
            batteries=1,
            meters=("production", "net-consumption"),
        ),
        way_in="token-installer",
    ),
    Scenario(
        name="pc_d8_load_clamp_only",
        text="Three phases, one clamp on the load and none on the roof or the grid",
        model="PC",
        firmware=fw.D8_DEVICE_DATA,
        plan=Plan(number=81, phases=3, inverters=11, meters=("total-consumption",), load_w=900.0),
    ),
    Scenario(
        name="pc_d83_load_clamp_battery",
        text="Three phases, clamps on roof, load and batteries, none on the grid",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=82,
            phases=3,
            inverters=16,
            batteries=2,
            meters=("production", "total-consumption", "storage"),
            load_w=1000.0,
        ),
    ),
    Scenario(
        name="pc_d83_other_sun",
        text="Three phases, solar power of another make behind a clamp of its own",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=83,
            phases=3,
            inverters=9,
            other_sun_w=2400.0,
            meters=("production", "net-consumption", "pv3p"),
            load_w=1200.0,
        ),
    ),
    Scenario(
        name="pc_d83_car",
        text="One phase, batteries without a clamp, one on the charger of a car",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=84,
            inverters=18,
            batteries=2,
            car_w=3600.0,
            meters=("production", "net-consumption", "evse"),
        ),
    ),
    Scenario(
        name="pc_d83_unbalanced",
        text="Three phases with all inverters on one of them, batteries behind a clamp",
        model="PC",
        firmware=fw.D83_NEW,
        plan=Plan(
            number=85,
            phases=3,
            inverter_phases=1,
            inverters=16,
            batteries=1,
            meters=("production", "net-consumption", "storage"),
            load_w=1500.0,
        ),
    ),
    _with_batteries(
        "pc_d8_300_inverters", 19, 300, "Three hundred inverters, three phases, batteries"
    ),
    _with_batteries("pc_bench_10", 20, 10, "For timing: ten inverters, three phases, batteries"),
    _with_batteries("pc_bench_50", 21, 50, "For timing: fifty inverters, three phases, batteries"),
    _with_batteries("pc_bench_300", 22, 300, "For timing: three hundred inverters, batteries"),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
