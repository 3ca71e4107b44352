"""The card in a browser, with a Home Assistant that is made up: one fact in each test."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

pytest.importorskip("playwright", reason="only scripts/browser installs a playwright")

from playwright.async_api import expect

from .browser import find_browser
from .card_bench import Stopwatch
from .card_page import FRONTEND, NOW, MadeUp, card_page, day_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
]

TODAY = datetime(2026, 6, 16, 22, tzinfo=UTC)
"""Midnight in Amsterdam."""
DARKEST, BRIGHTEST = (29, 42, 77), (255, 219, 77)
LANGUAGES = sorted(path.stem for path in (FRONTEND / "translations").glob("*.json"))
DASH = "\N{EN DASH}"
PHONE = {"width": 375, "height": 667}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened():
    if not find_browser():
        pytest.skip("there is no Chromium")
    async with card_page(viewport={"width": 900, "height": 800}) as page:
        expect.set_options(timeout=20_000)
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def card(opened):
    """The page as it was opened, and a browser that complains of nothing."""
    opened.complaints.clear()
    await opened.page.set_viewport_size({"width": 900, "height": 800})
    await opened.page.evaluate("() => { page.history({}); page.events.length = 0; }")
    await opened.page.evaluate("() => { page.asked.length = 0; }")
    yield opened
    assert opened.complaints == []


def rows(serials, *lengths):
    """Return rows of the configuration with so many serial numbers each."""
    left = iter(serials)
    return [" ".join(next(left) for _ in range(length)) for length in lengths]


def radio(card, name):
    return card.page.get_by_role("radio", name=name, exact=True)


def slider(card):
    return card.page.get_by_role("slider")


def fact(card, name):
    return card.page.locator(".facts div").filter(has_text=name).locator("dd")


async def drag(card, serial, target):
    """Drag a tile of the editor with the mouse."""
    start, end = await card.tile(serial).bounding_box(), await target.bounding_box()
    mouse = card.page.mouse
    await mouse.move(start["x"] + 10, start["y"] + 10)
    await mouse.down()
    await mouse.move(start["x"] + 30, start["y"] + 30)
    await mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=3)
    await mouse.up()


# What it shows


async def test_each_inverter_is_a_tile_with_its_power(card):
    home = MadeUp(count=12)

    await card.show(home)

    await expect(card.page.locator(".tile")).to_have_count(12)
    await expect(card.tile(home.serials[3])).to_have_text("210W")
    await expect(card.tile(home.serials[3])).to_have_accessible_name(f"{home.serials[3]}, 210 W")


async def test_brighter_means_more(card):
    home = MadeUp(count=3)
    for serial, watts in zip(home.serials, (0, 150, 300), strict=True):
        home.say(serial, "power", watts)

    await card.show(home)

    colours = [await card.colour(serial) for serial in home.serials]
    assert (colours[0], colours[2]) == (DARKEST, BRIGHTEST)
    assert sum(colours[0]) < sum(colours[1]) < sum(colours[2])
    await expect(card.page.locator(".colours")).to_have_text("Power0 W300 W")


async def test_figure_in_kilowatts_is_the_same_power(card):
    home = MadeUp(count=2)
    await card.show(home)
    before = await card.colour(home.serials[0])

    home.say(home.serials[0], "power", "0.18")
    home.states[f"sensor.{home.serials[0]}_power"]["attributes"]["unit_of_measurement"] = "kW"
    await card.take(home)

    await expect(card.tile(home.serials[0])).to_have_text("180W")
    assert await card.colour(home.serials[0]) == before


async def test_total_is_the_sum_of_the_tiles(card):
    await card.show(MadeUp(count=12))

    await expect(card.page.locator(".total")).to_have_text("2.82 kW")


async def test_last_report_is_the_latest_of_all(card):
    home = MadeUp(count=3, figures=("power", "reported"))
    home.say(home.serials[1], "reported", (NOW - timedelta(seconds=30)).isoformat())

    await card.show(home)

    await expect(fact(card, "Last report")).to_have_text("14:29")


async def test_changed_power_changes_its_tile_and_leaves_the_others_alone(card):
    home = MadeUp(count=12)
    home.say(home.serials[11], "power", 300)
    await card.show(home)
    await card.page.evaluate(
        """() => {
          page.changed = new Set();
          const root = document.querySelector("enphase-array-card").shadowRoot;
          page.observer = new MutationObserver((rows) => rows.forEach((row) => {
            const element = row.target.parentElement?.closest(".tile") ?? row.target;
            if (element.matches?.(".tile")) page.changed.add(element.dataset.serial);
          }));
          page.observer.observe(root, {
            subtree: true, attributes: true, characterData: true, childList: true,
          });
        }"""
    )

    home.say(home.serials[4], "power", 7)
    await card.take(home)

    await expect(card.tile(home.serials[4])).to_have_text("7W")
    assert await card.page.evaluate("() => [...page.changed]") == [home.serials[4]]


async def test_tile_that_goes_silent_is_hatched_and_announced(card):
    home = MadeUp(count=4)
    await card.show(home)

    home.say(home.serials[1], "power", "unavailable")
    await card.take(home)

    await expect(card.tile(home.serials[1])).to_have_class("tile silent")
    await expect(card.tile(home.serials[1])).to_have_text(DASH)
    await expect(card.page.get_by_role("status")).to_have_text(f"{home.serials[1]} is silent")
    await expect(fact(card, "Reporting")).to_have_text("3 / 4")


async def test_inverter_that_has_not_reported_for_long_is_silent(card):
    home = MadeUp(count=4, figures=("power", "reported"))
    home.say(home.serials[2], "reported", (NOW - timedelta(hours=3)).isoformat())

    await card.show(home)

    await expect(card.page.locator(".tile.silent")).to_have_count(1)
    await expect(card.tile(home.serials[2])).to_have_class("tile silent")


async def test_night_makes_nobody_silent(card):
    home = MadeUp(count=4, figures=("power", "reported"))
    for serial in home.serials:
        home.say(serial, "reported", (NOW - timedelta(hours=9)).isoformat())
        home.say(serial, "power", 0)

    await card.show(home)

    await expect(card.page.locator(".tile.silent")).to_have_count(0)


async def test_inverter_in_trouble_is_marked_and_said(card):
    home = MadeUp(count=4)
    home.trouble(home.serials[2])

    await card.show(home)

    await expect(card.page.locator(".tile.trouble")).to_have_count(1)
    name = f"{home.serials[2]}, 200 W, In trouble"
    await expect(card.tile(home.serials[2])).to_have_accessible_name(name)


async def test_legend_names_trouble_only_where_it_is_watched(card):
    marked = card.page.locator(".legend .marked")

    await card.show(MadeUp(count=4, watched=False))
    await expect(marked).to_have_count(0)

    await card.show(MadeUp(count=4))
    await expect(marked).to_have_count(1)


async def test_only_what_exists_can_be_chosen(card):
    await card.show(MadeUp(count=4, components=()))
    await expect(card.page.get_by_role("radio")).to_have_count(0)

    await card.show(MadeUp(count=4, figures=("power", "energy"), components=()))
    await expect(card.page.get_by_role("radio")).to_have_text(["Power", "Energy"])

    await card.show(MadeUp(count=4, figures=("power", "energy", "yield"), components=()))
    await expect(card.page.get_by_role("radio")).to_have_text(["Power", "Energy", "Yield"])


async def test_energy_of_the_day_is_shown_on_demand(card):
    home = MadeUp(count=4, figures=("power", "energy"))
    home.say(home.serials[0], "energy", 1234)
    await card.show(home)

    await radio(card, "Energy").click()

    await expect(card.tile(home.serials[0])).to_have_text("1.23kWh")
    await expect(card.tile(home.serials[1])).to_have_text("825Wh")
    await expect(card.page.get_by_text("Estimated from power")).to_be_hidden()


async def test_energy_that_nobody_measures_is_estimated_and_called_so(card):
    home = MadeUp(count=4)
    await card.page.evaluate("rows => page.history(rows)", day_of(home.serials, TODAY))
    await card.show(home)

    await radio(card, "Energy").click()

    # 1 to 8 watts from six to fourteen o'clock, and 9 for half an hour.
    await expect(card.tile(home.serials[0])).to_have_text("41Wh")
    await expect(card.page.get_by_text("Estimated from power")).to_be_visible()


async def test_yield_is_coloured_by_its_distance_from_the_usual(card):
    home = MadeUp(count=3, figures=("power", "yield"))
    for serial, share in zip(home.serials, (40, 100, 120), strict=True):
        home.say(serial, "yield", share)

    await card.show(home, show="yield")

    low, usual, high = [await card.colour(serial) for serial in home.serials]
    assert low[0] > low[2]  # red
    assert usual[2] > usual[0]  # blue
    assert high[2] > high[0]
    await expect(card.page.locator(".total")).to_have_text("87 %")


async def test_yield_is_shown_while_its_entities_are_off(card):
    home = MadeUp(count=3)
    await card.show(home)
    await expect(radio(card, "Yield")).to_have_count(0)

    home.learn(**dict(zip(home.serials, (52, 100), strict=False)))
    await card.take(home)
    await radio(card, "Yield").click()

    await expect(card.tile(home.serials[0])).to_have_text("52%")
    await expect(card.tile(home.serials[2])).to_have_text(DASH)
    await expect(card.page.locator(".total")).to_have_text("76 %")


async def test_figure_that_is_not_known_yet_can_be_read(card):
    home = MadeUp(count=2, figures=("power", "yield"))
    home.say(home.serials[0], "yield", "unknown")

    await card.show(home, show="yield")

    await expect(card.tile(home.serials[0])).to_have_class("tile")
    fill = card.tile(home.serials[0]).locator(".fill")
    assert await fill.evaluate("it => getComputedStyle(it).color") == "rgb(20, 20, 20)"


async def test_inverter_that_is_no_longer_there_says_so(card):
    home = MadeUp(count=2)

    await card.show(home, arrays=[{"rows": [f"{home.serials[0]} 999"]}])

    await expect(card.tile("999")).to_have_accessible_name("999, Not found")
    await expect(fact(card, "Not placed")).to_have_text("1")


async def test_site_without_inverters_says_what_to_do(card):
    await card.show(MadeUp(count=0))

    await expect(card.page.get_by_text("No inverters were found")).to_be_visible()


async def test_arrays_have_names_directions_and_shapes(card):
    home = MadeUp(count=6)
    south = {"name": "Garage", "direction": 180, "rows": rows(home.serials, 3)}
    flat = {"direction": 95, "orientation": "landscape", "rows": rows(home.serials[3:], 1, 2)}

    await card.show(home, arrays=[south, flat])

    await expect(card.page.get_by_role("group", name="Garage, South")).to_be_visible()
    await expect(card.page.get_by_role("group", name="Array 2, 95°")).to_be_visible()
    tall = await card.tile(home.serials[0]).bounding_box()
    wide = await card.tile(home.serials[4]).bounding_box()
    assert (tall["width"], tall["height"]) == (wide["height"], wide["width"])


async def test_gap_in_a_row_is_left_free(card):
    home = MadeUp(count=2)

    await card.show(home, arrays=[{"rows": [f"{home.serials[0]} - {home.serials[1]}"]}])

    first, second = [await card.tile(serial).bounding_box() for serial in home.serials]
    assert second["x"] - first["x"] > 1.9 * first["width"]


# Several gateways


async def test_several_gateways_are_an_array_each(card):
    await card.show(MadeUp(count=8, gateways=2))

    await expect(card.page.get_by_role("group")).to_have_count(2)
    await expect(card.page.locator(".tile")).to_have_count(8)


@pytest.mark.parametrize("wanted", ["gateway_1", "122000000001"])
async def test_card_can_be_of_one_gateway(card, wanted):
    home = MadeUp(count=8, gateways=2)

    await card.show(home, device=wanted)

    await expect(card.page.locator(".tile")).to_have_count(4)
    await expect(card.tile(home.serials[7])).to_be_visible()


async def test_gateway_that_is_gone_is_named_as_the_reason(card):
    await card.show(MadeUp(count=8), device="another")

    await expect(card.page.get_by_text("no longer exists")).to_be_visible()


# What a user does


async def test_tap_opens_the_details_of_what_is_shown(card):
    home = MadeUp(count=4, figures=("power", "energy"))
    await card.show(home)

    await card.tile(home.serials[1]).click()
    await radio(card, "Energy").click()
    await card.tile(home.serials[1]).click()

    tails = [event["entityId"].rpartition("_")[2] for event in await card.events("hass-more-info")]
    assert tails == ["power", "energy"]


async def test_tap_can_open_the_device_instead(card):
    home = MadeUp(count=4)
    await card.show(home, tap="device")

    await card.tile(home.serials[1]).click()

    assert await card.events("path") == [f"/config/devices/device/d{home.serials[1]}"]


async def test_arrow_keys_go_from_panel_to_panel_and_from_array_to_array(card):
    home = MadeUp(count=7)
    first = {"rows": rows(home.serials, 2, 2)}
    await card.show(home, arrays=[first, {"rows": rows(home.serials[4:], 3)}])
    await card.tile(home.serials[0]).focus()

    for key, index in (("ArrowRight", 1), ("ArrowDown", 3), ("ArrowDown", 5), ("ArrowLeft", 4)):
        await card.page.keyboard.press(key)
        await expect(card.tile(home.serials[index])).to_be_focused()

    await card.page.keyboard.press("Enter")
    assert len(await card.events("hass-more-info")) == 1


async def test_one_press_of_tab_passes_all_tiles(card):
    home = MadeUp(count=6)
    await card.show(home)
    await card.tile(home.serials[0]).focus()

    await card.page.keyboard.press("Tab")

    await expect(card.page.get_by_role("button", name="Day before")).to_be_focused()


async def test_what_is_shown_can_be_chosen_by_keyboard(card):
    await card.show(MadeUp(count=3, figures=("power", "energy", "yield")))
    await radio(card, "Power").focus()

    await card.page.keyboard.press("ArrowLeft")

    await expect(radio(card, "Yield")).to_be_focused()
    await expect(radio(card, "Yield")).to_be_checked()


# The day, hour by hour


@pytest_asyncio.fixture(loop_scope="module")
async def day(card):
    """A card with a day behind it, in which the n-th inverter makes n watts more each hour."""
    home = MadeUp(count=4)
    history = day_of(home.serials, TODAY)
    yesterday = day_of(home.serials, TODAY - timedelta(days=1))
    joined = {key: yesterday[key] + rows for key, rows in history.items()}
    await card.page.evaluate("rows => page.history(rows)", joined)
    await card.show(home)
    return home


async def test_slider_replays_an_hour(card, day):
    await slider(card).fill("9")

    # Four watts an hour and inverter.
    await expect(card.tile(day.serials[0])).to_have_text("4W")
    await expect(card.tile(day.serials[3])).to_have_text("16W")
    await expect(card.page.locator(".total")).to_have_text("40 W")
    await expect(slider(card)).to_have_attribute("aria-valuetext", f"09:00 {DASH} 10:00")


async def test_scale_of_a_replay_is_that_of_the_whole_day(card, day):
    await slider(card).fill("6")
    dawn = await card.colour(day.serials[3])
    await slider(card).fill("14")
    noon = await card.colour(day.serials[3])

    assert sum(dawn) < sum(noon)
    await expect(card.page.locator(".colours")).to_have_text("Power0 W40 W")


async def test_energy_grows_over_the_replayed_day(card, day):
    await radio(card, "Energy").click()

    await slider(card).fill("8")
    await expect(card.tile(day.serials[1])).to_have_text("12Wh")
    await slider(card).fill("9")
    await expect(card.tile(day.serials[1])).to_have_text("20Wh")


async def test_history_is_asked_for_once(card, day):
    await slider(card).fill("9")
    await slider(card).fill("10")
    await slider(card).fill("11")
    await expect(slider(card)).to_have_attribute("aria-valuetext", f"11:00 {DASH} 12:00")

    asked = await card.page.evaluate("() => page.asked.map((it) => it.type)")
    assert asked == ["history/history_during_period"]


async def test_end_of_the_slider_is_now_again(card, day):
    await slider(card).fill("9")
    await expect(card.tile(day.serials[0])).to_have_text("4W")

    await slider(card).fill("15")

    await expect(card.tile(day.serials[0])).to_have_text("180W")
    await expect(slider(card)).to_have_attribute("aria-valuetext", "Now")


async def test_yield_without_a_history_is_that_of_today_in_a_replay_of_today_alone(card, day):
    day.learn(**dict.fromkeys(day.serials, 97))
    await card.take(day)
    await radio(card, "Yield").click()

    await slider(card).fill("9")
    await expect(card.tile(day.serials[0])).to_have_text("97%")
    await card.page.get_by_role("button", name="Day before").click()

    await expect(card.tile(day.serials[0])).to_have_text(DASH)


async def test_inverter_without_history_is_hatched_in_the_replay(card, day):
    await slider(card).fill("9")
    await expect(card.page.locator(".tile.silent")).to_have_count(0)
    await card.page.evaluate("rows => page.history(rows)", day_of(day.serials[1:], TODAY))
    await card.show(day)

    await slider(card).fill("9")

    await expect(card.tile(day.serials[0])).to_have_class("tile silent")


async def test_day_before_can_be_replayed(card, day):
    await card.page.get_by_role("button", name="Day before").click()

    await expect(card.page.locator(".days span")).to_have_text("Tue, Jun 16")
    await expect(card.tile(day.serials[0])).to_have_text("7W")
    await expect(slider(card)).to_have_attribute("max", "23")

    await card.page.get_by_role("button", name="Day after").click()
    await expect(slider(card)).to_have_attribute("aria-valuetext", "Now")


async def test_day_without_history_says_so(card):
    await card.show(MadeUp(count=3))

    await card.page.get_by_role("button", name="Day before").click()

    await expect(slider(card)).to_have_attribute("aria-valuetext", "No history")


async def test_day_plays_from_its_begin(card, day):
    await card.page.get_by_role("button", name="Play the day").click()

    await expect(slider(card)).to_have_attribute("aria-valuetext", f"00:00 {DASH} 01:00")
    await expect(slider(card)).to_have_attribute("aria-valuetext", f"01:00 {DASH} 02:00")
    await card.page.get_by_role("button", name="Pause").click()
    await expect(card.page.get_by_role("button", name="Play the day")).to_be_visible()


async def test_without_history_there_is_no_slider(card):
    await card.show(MadeUp(count=3, components=()))

    await expect(slider(card)).to_have_count(0)


# Languages and sizes


@pytest.mark.parametrize("language", LANGUAGES)
async def test_card_and_editor_speak_the_language_of_the_user(card, language):
    home = MadeUp(count=4, figures=("power", "energy", "yield"), language=language)

    await card.show(home)
    words = await card.page.evaluate(
        "async (name) => (await fetch(`/translations/${name}.json`)).json()", language
    )
    await expect(radio(card, words["mode_yield"])).to_be_visible()
    await expect(card.page.get_by_text(words["silent"], exact=True)).to_be_visible()

    await card.edit(home)
    await expect(card.page.get_by_role("button", name=words["add_array"])).to_be_visible()


@pytest.mark.parametrize(("language", "read_in"), [("pt-BR", "Potência"), ("tlh", "Power")])
async def test_other_languages_are_read_in_the_nearest_or_in_english(card, language, read_in):
    await card.show(MadeUp(count=4, figures=("power", "energy"), language=language))

    await expect(radio(card, read_in)).to_be_visible()


async def test_figures_are_written_as_in_the_language(card):
    home = MadeUp(count=12, language="de")

    await card.show(home)

    await expect(card.page.locator(".total")).to_have_text("2,82 kW")


async def test_picker_offers_the_card_with_a_preview(card):
    await card.take(MadeUp(count=1))
    offered = await card.page.evaluate("() => window.customCards.map((it) => ({ ...it }))")

    assert [(card["type"], card["name"], card["preview"]) for card in offered] == [
        ("enphase-array-card", "Enphase roof", True)
    ]


async def test_first_configuration_is_a_sensible_grid(card):
    home = MadeUp(count=24)
    await card.take(home)

    first = await card.page.evaluate(
        "() => customElements.get('enphase-array-card').getStubConfig(page.hass)"
    )

    assert first["arrays"] == [{"rows": rows(home.serials, 8, 8, 8)}]


async def test_everything_fits_on_a_phone(card):
    home = MadeUp(count=30, figures=("power", "energy", "yield"))
    await card.page.set_viewport_size(PHONE)

    await card.show(home)

    assert await card.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    right = max(
        [
            (box := await tile.bounding_box())["x"] + box["width"]
            for tile in await card.page.locator(".tile").all()
        ]
    )
    assert right <= PHONE["width"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_legend_fits_on_a_phone_in_every_language(card, language):
    home = MadeUp(count=4, figures=("power", "yield"), language=language)
    await card.page.set_viewport_size(PHONE)

    await card.show(home, show="yield")

    ends = await card.page.locator(".ends").bounding_box()
    body = await card.page.locator(".body").bounding_box()
    assert ends["x"] + ends["width"] <= body["x"] + body["width"] - 12


async def test_wide_array_is_scrolled_on_a_phone_and_stays_readable(card):
    home = MadeUp(count=40)
    await card.page.set_viewport_size(PHONE)

    await card.show(home, arrays=[{"rows": rows(home.serials, 20, 20)}])

    assert await card.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    assert (await card.tile(home.serials[0]).bounding_box())["width"] >= 28


async def test_who_wants_less_motion_gets_none(card):
    home = MadeUp(count=3)
    await card.page.emulate_media(reduced_motion="reduce")
    await card.show(home)

    fill = card.tile(home.serials[0]).locator(".fill")
    still = await fill.evaluate("it => getComputedStyle(it).transition")
    await card.page.emulate_media(reduced_motion="no-preference")

    assert "background" not in still


async def test_three_hundred_tiles_are_laid_out_once_in_an_update(card):
    stopwatch = await Stopwatch.at(card)

    grown = await stopwatch.update(20)

    assert grown["LayoutCount"] == 20


# The editor


def cell(card, array, row, column):
    grid = card.page.locator("fieldset .grid").nth(array)
    return grid.locator(f".cell[style*='{row + 1} / {column + 1}']")


@pytest_asyncio.fixture(loop_scope="module")
async def editor(card):
    """An editor with two rows of three and one tile that has no place yet."""
    home = MadeUp(count=7)
    await card.edit(
        home, arrays=[{"rows": [*rows(home.serials, 3), f"{rows(home.serials[3:], 3)[0]} -"]}]
    )
    return home


async def test_tile_is_dragged_to_a_free_place(card, editor):
    one = editor.serials

    await drag(card, one[0], cell(card, 0, 1, 3))

    assert await card.rows() == [[f"- {one[1]} {one[2]} -", f"{one[3]} {one[4]} {one[5]} {one[0]}"]]


async def test_tile_that_is_dragged_onto_another_one_changes_places_with_it(card, editor):
    one = editor.serials

    await drag(card, one[0], card.tile(one[4]))

    assert await card.rows() == [[f"{one[4]} {one[1]} {one[2]} -", f"{one[3]} {one[0]} {one[5]} -"]]


async def test_tile_is_dragged_off_the_roof_and_onto_it(card, editor):
    one = editor.serials

    await drag(card, one[6], cell(card, 0, 0, 3))
    await drag(card, one[0], card.page.locator(".tray"))

    assert await card.rows() == [[f"- {one[1]} {one[2]} {one[6]}", f"{one[3]} {one[4]} {one[5]} -"]]
    await expect(card.page.locator(".tray .tile")).to_have_attribute("data-serial", one[0])


async def test_tile_that_is_dropped_beside_the_roof_stays(card, editor):
    await drag(card, editor.serials[0], card.page.get_by_role("button", name="Remove array"))

    assert await card.events("config-changed") == []


async def test_tile_is_moved_by_keyboard(card, editor):
    one = editor.serials
    await card.tile(one[2]).focus()

    for key in ("Enter", "ArrowRight", "ArrowDown", "Enter"):
        await card.page.keyboard.press(key)

    await expect(card.tile(one[2])).to_be_focused()
    assert (await card.rows())[0][1] == f"{one[3]} {one[4]} {one[5]} {one[2]}"
    await expect(card.tile(one[2])).to_have_accessible_name(f"{one[2]}, Array 1, row 2, column 4")


async def test_escape_takes_a_move_by_keyboard_back(card, editor):
    before = editor.serials
    await card.tile(before[2]).focus()

    for key in ("Enter", "ArrowRight", "ArrowDown", "Escape"):
        await card.page.keyboard.press(key)

    assert (await card.rows())[0] == [f"{' '.join(before[:3])} -", f"{' '.join(before[3:6])} -"]


async def test_delete_takes_a_tile_off_the_roof(card, editor):
    await card.tile(editor.serials[0]).focus()

    await card.page.keyboard.press("Delete")

    await expect(card.page.locator(".tray .tile")).to_have_count(2)


async def test_waiting_tile_is_put_onto_the_roof_by_keyboard(card, editor):
    await card.tile(editor.serials[6]).focus()

    await card.page.keyboard.press("Enter")
    await card.page.keyboard.press("ArrowUp")

    assert (await card.rows())[0][0].endswith(f" {editor.serials[6]}")


async def test_arrow_keys_alone_only_look_around(card, editor):
    await card.tile(editor.serials[0]).focus()

    await card.page.keyboard.press("ArrowRight")
    await card.page.keyboard.press("ArrowDown")

    await expect(card.tile(editor.serials[4])).to_be_focused()
    assert await card.events("config-changed") == []


async def test_array_gets_a_name_a_direction_and_a_shape(card, editor):
    await card.page.get_by_label("Name").fill("Barn")
    await card.page.get_by_label("Direction").select_option(label="Southwest")
    await card.page.get_by_label("Panels").select_option(label="Landscape")

    (array,) = (await card.events("config-changed"))[-1]["config"]["arrays"]
    assert {key: array[key] for key in ("name", "direction", "orientation")} == {
        "name": "Barn",
        "direction": 225,
        "orientation": "landscape",
    }


async def test_direction_between_the_points_of_the_compass_is_kept(card):
    home = MadeUp(count=2)
    await card.edit(home, arrays=[{"direction": 200, "rows": rows(home.serials, 2)}])

    await expect(card.page.get_by_label("Direction")).to_have_value("200")


async def test_fewer_columns_take_tiles_off_the_roof(card, editor):
    columns = card.page.get_by_label("Columns")
    await columns.fill("2")
    await columns.press("Enter")

    assert [len(row.split()) for row in (await card.rows())[0]] == [2, 2]
    await expect(card.page.locator(".tray .tile")).to_have_count(3)


async def test_rest_is_placed_into_the_free_cells(card, editor):
    await card.page.get_by_role("button", name="Place the rest").click()

    assert (await card.rows())[0][0].endswith(f" {editor.serials[6]}")
    await expect(card.page.locator(".tray .tile")).to_have_count(0)


async def test_array_is_added_and_a_tile_dragged_into_it(card, editor):
    await card.page.get_by_role("button", name="Add array").click()

    await drag(card, editor.serials[0], cell(card, 1, 0, 0))

    assert (await card.rows())[1][0] == f"{editor.serials[0]} - - - -"


async def test_array_is_removed_and_its_tiles_wait(card, editor):
    await card.page.get_by_role("button", name="Remove array").click()

    assert await card.rows() == []
    await expect(card.page.locator(".tray .tile")).to_have_count(7)


async def paste(card, text):
    await card.page.get_by_text("Paste a list").click()
    await card.page.get_by_role("textbox", name="Paste a list").fill(text)
    await card.page.get_by_role("button", name="Place", exact=True).click()


async def test_pasted_lines_are_rows(card, editor):
    one = editor.serials

    await paste(card, f"{one[6]}, {one[5]}\n{one[4]};{one[3]}\t{one[2]}\n- {one[0]}\n")

    assert await card.rows() == [
        [f"{one[6]} {one[5]} -", f"{one[4]} {one[3]} {one[2]}", f"- {one[0]} -"]
    ]


async def test_pasted_column_fills_the_rows(card, editor):
    one = editor.serials

    await paste(card, "\n".join(one[:6]))

    assert await card.rows() == [[" ".join(one[:4]), f"{one[4]} {one[5]} - -"]]


async def test_unknown_serial_numbers_of_a_list_are_named(card, editor):
    await paste(card, f"{editor.serials[0]} 777")

    await expect(card.page.get_by_role("status")).to_have_text("Unknown: 777")
    assert await card.rows() == [[editor.serials[0]]]


async def test_editor_asks_for_the_gateway_where_there_are_several(card):
    home = MadeUp(count=4, gateways=2)
    await card.edit(home)

    await card.page.get_by_label("Gateway").select_option(label="Envoy 122000000001")

    assert (await card.events("config-changed"))[-1]["config"]["device"] == "gateway_1"


async def test_editor_keeps_what_it_does_not_know(card, editor):
    await card.page.get_by_label("Title").fill("Our roof")
    await card.page.get_by_label("A tap opens").select_option(label="Page of the device")

    config = (await card.events("config-changed"))[-1]["config"]
    assert config["type"] == "custom:enphase-array-card"
    assert (config["title"], config["tap"], len(config["arrays"])) == ("Our roof", "device", 1)
