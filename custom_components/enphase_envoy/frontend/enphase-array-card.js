/**
 * A card for Home Assistant's dashboards: the roof as tiles, one for each microinverter.
 *
 * Configuration: title, device (one of several gateways), show (power, energy or yield), tap (info
 * or device), and arrays, each with name, direction in degrees, orientation and rows: see layout.js.
 */

import { Day, dayAway, hoursOf, startOfDay } from "./day.js";
import { ICONS, directionText, icon, make } from "./dom.js";
import { ArrayCardEditor } from "./editor.js";
import { arraysOf, configOf, firstArrays, unplaced } from "./layout.js";
import { colourOf, css, gradient, scaleOf, wantsDarkInk } from "./paint.js";
import {
  findSite, hasHistory, isSilent, modesOf, numberOf, reports, troubled, watched, yieldOf,
} from "./site.js";
import { CARD, sheet } from "./styles.js";
import { Reader, isLearned, languageOf, learn, word } from "./words.js";

const TYPE = "enphase-array-card";
const DOCUMENTATION = "https://github.com/enphase-envoy-community/enphase_envoy#readme";
const GAP_PX = 3;
const TALL = 1.5;
const TILE_PX = { least: 28, most: 64, withUnit: 40 };
/** More tiles than this change their colours at once: hundreds of fading ones stutter. */
const MANY = 60;
const KEPT_MS = 300_000;
const STEP_MS = 900;
const UNITS = { power: "W", energy: "Wh", yield: "%" };
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const looks = sheet(CARD);

class ArrayCard extends HTMLElement {
  static getConfigElement() {
    return document.createElement(`${TYPE}-editor`);
  }

  static getStubConfig(hass) {
    return { type: `custom:${TYPE}`, arrays: configOf(firstArrays(findSite(hass))) };
  }

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.shadowRoot.adoptedStyleSheets = [looks];
    this._tiles = new Map();
    this._days = new Map();
    this._chosen = null;
    this._dayStart = null;
    this._hour = null;
    this._planned = false;
    this._wasSilent = null;
    this._wasTroubled = null;
    this._resizes = new ResizeObserver(() => this._fit());
  }

  // What Home Assistant calls

  setConfig(config) {
    if (config.arrays !== undefined && !Array.isArray(config.arrays)) {
      throw new Error("arrays is a list");
    }
    this._config = config;
    this._built = false;
    this._plan();
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    if (!before || before.devices !== hass.devices || before.entities !== hass.entities) {
      this._built = false;
    } else if (!this._reader?.isFor(hass)) {
      this._built = false;
    } else if (this._built && this._watched.every((id) => before.states[id] === hass.states[id])) {
      return;
    }
    this._plan();
  }

  get hass() {
    return this._hass;
  }

  getCardSize() {
    const rows = this._arrays?.reduce((sum, array) => sum + array.rows.length, 0) ?? 3;
    return 3 + Math.ceil(rows * 1.5);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback() {
    this._resizes.observe(this);
    this._plan();
  }

  disconnectedCallback() {
    this._resizes.disconnect();
    this._stop();
  }

  // When to draw: at most once a frame, however many states arrive

  _plan() {
    if (this._planned || !this._hass || !this._config) {
      return;
    }
    this._planned = true;
    requestAnimationFrame(() => {
      this._planned = false;
      this._draw();
    });
  }

  _draw() {
    if (!this.isConnected) {
      return;
    }
    const language = languageOf(this._hass);
    if (!isLearned(language)) {
      learn(language).then(() => this._plan());
      return;
    }
    if (!this._built || `${modesOf(this._hass, this._site)}` !== `${this._modes}`) {
      this._build();
    }
    this._paint();
  }

  // What is there

  _build() {
    const hass = this._hass;
    this._reader = new Reader(hass);
    this._site = findSite(hass, this._config.device);
    this._watched = watched(this._site);
    this._modes = modesOf(hass, this._site);
    this._arrays = this._config.arrays ? arraysOf(this._config) : firstArrays(this._site);
    const focused = this.shadowRoot.activeElement?.dataset?.serial;
    this._tiles = new Map();
    const card = make("ha-card", {}, this._body());
    this.shadowRoot.replaceChildren(card);
    const first = this._tiles.get(focused) ?? this._tiles.values().next().value;
    if (first) {
      first.element.tabIndex = 0;
    }
    if (focused) {
      this._tiles.get(focused)?.element.focus();
    }
    this._built = true;
    this._width = null;
    this._fit();
  }

  _body() {
    const say = (key, values) => this._reader.say(key, values);
    if (!this._site.inverters.size) {
      const key = this._config.device && this._site.all.length ? "no_gateway" : "no_inverters";
      this._parts = null;
      return make("div", { class: "body" }, make("div", { class: "empty" }, say(key)));
    }
    const parts = {
      total: make("div", { class: "total" }),
      reporting: make("dd"),
      reported: make("dd"),
      estimated: make("div", {}, say("estimated")),
      modes: this._modeButtons(),
      scale: make("span", { class: "scale" }),
      what: make("span"),
      low: make("span"),
      high: make("span"),
      status: make("div", { class: "unseen", role: "status", "aria-live": "polite" }),
    };
    this._parts = parts;
    const rest = unplaced(this._arrays, [...this._site.inverters.keys()]);
    const fact = (key, value) => make("div", {}, make("dt", {}, say(key)), value);
    return make(
      "div",
      { class: "body" },
      make(
        "div",
        { class: "head" },
        make(
          "div",
          {},
          this._config.title ? make("h2", { class: "title" }, this._config.title) : null,
          parts.total,
          make(
            "dl",
            { class: "facts" },
            fact("reporting", parts.reporting),
            fact("last_report", parts.reported),
            rest.length ? fact("not_placed", make("dd", {}, String(rest.length))) : null,
            parts.estimated,
          ),
        ),
        this._modes.length > 1 ? parts.modes : null,
      ),
      make("div", { class: "arrays" }, this._arrays.map((array, index) => this._array(array, index))),
      hasHistory(this._hass) ? this._replay() : null,
      make(
        "div",
        { class: "legend" },
        make(
          "span",
          { class: "colours" },
          parts.what,
          make("span", { class: "ends" }, parts.low, parts.scale, parts.high),
        ),
        make("span", {}, make("span", { class: "swatch" }), say("silent")),
        this._site.gateways.some((gateway) => gateway.trouble)
          ? make("span", {}, make("span", { class: "swatch marked" }, "!"), say("trouble"))
          : null,
      ),
      parts.status,
    );
  }

  _modeButtons() {
    const buttons = this._modes.map((mode) =>
      make(
        "button",
        {
          type: "button", role: "radio", "data-mode": mode,
          onclick: () => this._choose(mode),
          onkeydown: (event) => this._changeMode(event),
        },
        this._reader.say(`mode_${mode}`),
      ),
    );
    const label = this._reader.say("modes");
    return make("div", { class: "modes", role: "radiogroup", "aria-label": label }, buttons);
  }

  _array(array, index) {
    const { name, direction, orientation, rows } = array;
    const label = name || this._reader.say("array", { number: index + 1 });
    const way = direction === null ? "" : directionText(this._reader, direction);
    const arrow = way ? icon(ICONS.arrow) : null;
    arrow?.style.setProperty("transform", `rotate(${direction}deg)`);
    const grid = make("div", {
      class: `grid ${orientation}`,
      role: "group",
      "aria-label": way ? `${label}, ${way}` : label,
      onkeydown: (event) => this._move(event),
      onfocusin: (event) => this._stayAt(event.target),
      onclick: (event) => this._open(event.target.closest(".tile")?.dataset.serial),
      onpointerover: (event) => this._explain(event.target.closest(".tile")),
    });
    grid.style.gridTemplate = `repeat(${rows.length}, var(--high)) / repeat(${rows[0].length}, var(--wide))`;
    rows.forEach((row, y) =>
      row.forEach((serial, x) => {
        if (serial && !this._tiles.has(serial)) {
          grid.append(this._tile(serial, index, y, x));
        }
      }),
    );
    const caption = make(
      "div",
      { class: "caption" },
      name || (this._arrays.length > 1 ? label : ""),
      way ? make("span", { class: "way" }, arrow, way) : null,
    );
    const shown = name || way || this._arrays.length > 1;
    return make("div", { class: "array" }, shown ? caption : null, make("div", { class: "scroll" }, grid));
  }

  _tile(serial, array, row, column) {
    const figure = document.createTextNode("");
    const unit = document.createTextNode("");
    const fill = make(
      "span",
      { class: "fill" },
      make("span", { class: "figure" }, figure),
      make("span", { class: "unit" }, unit),
    );
    const element = make(
      "div",
      { class: "tile", role: "button", tabIndex: -1, "data-serial": serial },
      fill,
      make("i", { class: "cells" }),
    );
    element.style.gridArea = `${row + 1} / ${column + 1}`;
    this._tiles.set(serial, { element, fill, figure, unit, array, row, column, shown: {} });
    return element;
  }

  _replay() {
    const say = (key) => this._reader.say(key);
    const button = (key, path, onclick) =>
      make("button", { type: "button", "aria-label": say(key), title: say(key), onclick }, icon(path));
    const parts = this._parts;
    parts.before = button("day_before", ICONS.back, () => this._goToDay(-1));
    parts.after = button("day_after", ICONS.on, () => this._goToDay(1));
    parts.day = make("span");
    parts.play = button("play", ICONS.play, () => (this._timer ? this._stop() : this._play()));
    parts.slider = make("input", {
      type: "range", min: 0, step: 1, "aria-label": say("hour"),
      oninput: () => {
        this._stop();
        this._goToHour(Number(parts.slider.value));
      },
    });
    parts.when = make("span", { class: "when" });
    const days = make("div", { class: "days" }, parts.before, parts.day, parts.after);
    return make("div", { class: "replay" }, days, parts.play, parts.slider, parts.when);
  }

  // What it shows

  get _mode() {
    const wanted = this._chosen ?? this._config.show;
    return this._modes.includes(wanted) ? wanted : this._modes[0];
  }

  _paint() {
    if (!this._parts) {
      return;
    }
    const mode = this._mode;
    const report = reports(this._hass, this._site);
    const replayed = this._replayed();
    const inTrouble = troubled(this._hass, this._site);
    const estimates = mode === "energy" && this._needsEstimate();
    if (estimates && this._hour === null) {
      this._load(startOfDay(Date.now(), this._reader.zone));
    }
    const values = new Map();
    const silent = new Set();
    for (const serial of this._tiles.keys()) {
      const inverter = this._site.inverters.get(serial);
      const value = inverter ? this._valueOf(inverter, mode, replayed) : null;
      values.set(serial, value);
      const mute = replayed
        ? !inverter || replayed.day.mean(inverter.entities.power, replayed.hour) === null
        : !inverter || isSilent(this._hass, inverter, report);
      if (mute) {
        silent.add(serial);
      }
    }
    const told = [...values.values()].filter((value) => value !== null);
    const scale = replayed ? this._scaleOfDay(mode, replayed.day) : scaleOf(mode, told);
    for (const [serial, tile] of this._tiles) {
      this._paintTile(serial, tile, {
        mode, scale, value: values.get(serial), silent: silent.has(serial),
        trouble: !replayed && inTrouble.has(serial),
      });
    }
    this._paintFacts(mode, told, silent, report.newest, estimates, replayed);
    this._paintLegend(mode, scale);
    this._paintReplay(replayed);
    if (!replayed) {
      this._announce(silent, inTrouble);
    }
  }

  _valueOf(inverter, mode, replayed) {
    const { power } = inverter.entities;
    const entity = inverter.entities[mode];
    if (replayed) {
      const { day, hour, isToday } = replayed;
      if (mode === "power") {
        return day.mean(power, hour);
      }
      if (mode === "yield" && !entity && isToday) {
        return yieldOf(this._hass, this._site, inverter); // it changes at midnight only
      }
      return entity || mode === "yield" ? day.last(entity, hour) : day.energy(power, hour + 3_600_000);
    }
    if (mode === "yield") {
      return yieldOf(this._hass, this._site, inverter);
    }
    if (entity || mode === "power") {
      return numberOf(this._hass.states[entity]);
    }
    const today = this._days.get(startOfDay(Date.now(), this._reader.zone))?.day;
    return today?.energy(power, Date.now()) ?? null;
  }

  _needsEstimate() {
    const inverters = [...this._site.inverters.values()];
    return inverters.some((inverter) => !inverter.entities.energy);
  }

  _paintTile(serial, tile, { mode, scale, value, silent, trouble }) {
    const { element, fill, shown } = tile;
    const known = value !== null && !(silent && mode === "power");
    const [figure, unit] = known ? this._figure(mode, value) : ["–", ""];
    const colour = known && !silent ? colourOf(mode, value, scale) : null;
    const background = colour ? css(colour) : "";
    if (shown.figure !== figure) {
      shown.figure = tile.figure.data = figure;
    }
    if (shown.unit !== unit) {
      shown.unit = tile.unit.data = unit;
    }
    if (shown.background !== background) {
      shown.background = fill.style.backgroundColor = background;
    }
    const ink = !colour ? "fill bare" : wantsDarkInk(colour) ? "fill dark" : "fill";
    if (shown.ink !== ink) {
      shown.ink = fill.className = ink;
    }
    const classes = ["tile", silent && "silent", trouble && "trouble"].filter(Boolean).join(" ");
    if (shown.classes !== classes) {
      shown.classes = element.className = classes;
    }
    const label = this._label(serial, known ? `${figure} ${unit}` : "", silent, trouble);
    if (shown.label !== label) {
      shown.label = label;
      element.setAttribute("aria-label", label);
    }
  }

  _label(serial, figure, silent, trouble) {
    const inverter = this._site.inverters.get(serial);
    const states = inverter
      ? [silent && this._reader.say("silent"), trouble && this._reader.say("trouble")]
      : [this._reader.say("missing")];
    return [inverter?.name ?? serial, figure, ...states].filter(Boolean).join(", ");
  }

  /** Return the figure in a tile and its unit. */
  _figure(mode, value) {
    if (mode === "energy" && value >= 1000) {
      return [this._reader.number(value / 1000, 2), "kWh"];
    }
    return [this._reader.number(value, 0), UNITS[mode]];
  }

  _paintFacts(mode, told, silent, newest, estimates, replayed) {
    const { total, reporting, reported, estimated } = this._parts;
    const sum = told.reduce((all, value) => all + value, 0);
    const [figure, unit] = told.length
      ? this._totalText(mode, mode === "yield" ? sum / told.length : sum)
      : ["–", ""];
    text(total, `${figure} ${unit}`, () => [`${figure} `, make("small", {}, unit)]);
    text(reporting, `${this._tiles.size - silent.size} / ${this._tiles.size}`);
    text(reported, newest === null ? "–" : this._instant(newest));
    reported.parentElement.hidden = Boolean(replayed);
    estimated.hidden = !estimates;
  }

  _totalText(mode, value) {
    if (mode === "yield") {
      return [this._reader.number(value, 0), "%"];
    }
    const large = value >= 1000;
    return [this._reader.number(large ? value / 1000 : value, large ? 2 : 0), (large ? "k" : "") + UNITS[mode]];
  }

  _instant(time) {
    const today = startOfDay(Date.now(), this._reader.zone) <= time;
    return today ? this._reader.time(time) : `${this._reader.day(time)} ${this._reader.time(time)}`;
  }

  _paintLegend(mode, { low, high }) {
    const { what, low: least, high: most, scale, modes } = this._parts;
    text(what, this._reader.say(`legend_${mode}`));
    const ends = [low, high].map((end) => this._figure(mode, end).join(" "));
    text(least, mode === "yield" ? `≤ ${ends[0]}` : ends[0]);
    text(most, mode === "yield" ? `≥ ${ends[1]}` : ends[1]);
    if (scale.dataset.mode !== mode) {
      scale.dataset.mode = mode;
      scale.style.background = gradient(mode);
    }
    for (const button of modes.children) {
      const chosen = button.dataset.mode === mode;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
  }

  _announce(silent, inTrouble) {
    const news = [];
    const compare = (before, now, begins, ends) => {
      for (const serial of this._tiles.keys()) {
        const name = this._site.inverters.get(serial)?.name ?? serial;
        if (before && before.has(serial) !== now.has(serial)) {
          news.push(this._reader.say(now.has(serial) ? begins : ends, { name }));
        }
      }
    };
    compare(this._wasSilent, silent, "became_silent", "reports_again");
    compare(this._wasTroubled, inTrouble, "became_troubled", "trouble_over");
    this._wasSilent = silent;
    this._wasTroubled = inTrouble;
    if (news.length) {
      this._parts.status.textContent = news.join(". ");
    }
  }

  // What a user does

  _choose(mode) {
    this._chosen = mode;
    this._paint();
  }

  _changeMode(event) {
    const [down, right] = MOVES[event.key] ?? [];
    if (down === undefined) {
      return;
    }
    event.preventDefault();
    const count = this._modes.length;
    this._choose(this._modes[(this._modes.indexOf(this._mode) + down + right + count) % count]);
    this._parts.modes.querySelector('[tabindex="0"]').focus();
  }

  /** Let the pointer's hint say what the tile says to a screen reader. */
  _explain(tile) {
    if (tile) {
      tile.title = tile.ariaLabel;
    }
  }

  _stayAt(element) {
    if (element.classList.contains("tile")) {
      for (const tile of this._tiles.values()) {
        tile.element.tabIndex = tile.element === element ? 0 : -1;
      }
    }
  }

  _move(event) {
    const { serial } = event.target.dataset;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this._open(serial);
      return;
    }
    const from = this._tiles.get(serial);
    const [down, right] = MOVES[event.key] ?? [];
    if (!from || down === undefined) {
      return;
    }
    event.preventDefault();
    this._neighbour(from, down, right)?.element.focus();
  }

  /** Return the next tile in a direction; past the first or last row it is one of the next array. */
  _neighbour(from, down, right) {
    const ahead = (tile) => {
      const rows = (tile.array - from.array) * 1000 + tile.row - from.row;
      if (right) {
        return tile.array === from.array && rows === 0 ? (tile.column - from.column) * right : 0;
      }
      return rows * down;
    };
    let best = null;
    let least = Infinity;
    for (const tile of this._tiles.values()) {
      const far = ahead(tile);
      const distance = far * 1000 + Math.abs(tile.column - from.column);
      if (far > 0 && distance < least) {
        [best, least] = [tile, distance];
      }
    }
    return best;
  }

  _open(serial) {
    const inverter = this._site.inverters.get(serial);
    if (!inverter) {
      return;
    }
    const wanted = inverter.entities[this._mode] ?? inverter.entities.power;
    if (this._config.tap === "device" || !wanted) {
      history.pushState(null, "", `/config/devices/device/${inverter.deviceId}`);
      window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
    } else {
      const detail = { entityId: wanted };
      this.dispatchEvent(new CustomEvent("hass-more-info", { detail, bubbles: true, composed: true }));
    }
  }

  // The day, hour by hour

  _hours() {
    const now = Date.now();
    const today = startOfDay(now, this._reader.zone);
    const start = this._dayStart ?? today;
    return { start, isToday: start === today, hours: hoursOf(start, this._reader.zone, now) };
  }

  /** Return the day and the hour that are replayed, or null: then it shows what is now. */
  _replayed() {
    const { start, isToday } = this._hours();
    const day = this._hour === null ? null : this._days.get(start)?.day;
    return day ? { day, hour: this._hour, isToday } : null;
  }

  async _goToHour(index) {
    const { start, hours } = this._hours();
    this._hour = hours[index] ?? null;
    if (this._hour !== null) {
      await this._load(start);
    }
    this._paint();
  }

  async _goToDay(step) {
    this._stop();
    const { start } = this._hours();
    const today = startOfDay(Date.now(), this._reader.zone);
    const day = dayAway(start, step, this._reader.zone);
    this._dayStart = day < today ? day : null;
    const hours = hoursOf(day, this._reader.zone, Date.now());
    await this._goToHour(this._dayStart === null ? hours.length : Math.min(12, hours.length - 1));
  }

  async _play() {
    const { hours, isToday } = this._hours();
    const last = hours.length - (isToday ? 0 : 1);
    const at = hours.indexOf(this._hour);
    let index = this._hour === null || at === last ? 0 : at;
    this._timer = setInterval(() => {
      index += 1;
      this._goToHour(index);
      if (index >= last) {
        this._stop();
      }
    }, STEP_MS);
    await this._goToHour(index);
  }

  _stop() {
    clearInterval(this._timer);
    this._timer = null;
    if (this._parts?.play) {
      this._paintPlay();
    }
  }

  /** Have a day here; one that goes on is asked for again after some minutes. */
  async _load(start) {
    const now = Date.now();
    const end = Math.min(now, dayAway(start, 1, this._reader.zone));
    const kept = this._days.get(start);
    if (kept && (kept.loading || kept.until === end || now - kept.until < KEPT_MS)) {
      await kept.loading;
      return;
    }
    const figures = [...this._site.inverters.values()].map(({ entities }) => entities);
    const ids = figures.flatMap(({ power, energy, yield: share }) => [power, energy, share]).filter(Boolean);
    const entry = { day: kept?.day, until: end, scales: new Map() };
    this._days.set(start, entry);
    entry.loading = Day.load(this._hass, ids, start, end)
      .then((day) => {
        entry.day = day;
      })
      .catch(() => {
        // Without an answer there is nothing to replay; the slider says so.
        entry.day = new Day(start, end, new Map());
      })
      .finally(() => {
        entry.loading = null;
        this._plan();
      });
    await entry.loading;
  }

  _scaleOfDay(mode, day) {
    const { scales } = this._days.get(day.start);
    if (!scales.has(mode)) {
      const { hours } = this._hours();
      const inverters = [...this._site.inverters.values()];
      const values = hours.flatMap((hour) =>
        inverters.map((inverter) => this._valueOf(inverter, mode, { day, hour }) ?? 0),
      );
      scales.set(mode, scaleOf(mode, values));
    }
    return scales.get(mode);
  }

  _paintReplay(replayed) {
    const { slider, when, day, before, after } = this._parts;
    if (!slider) {
      return;
    }
    const { start, hours, isToday } = this._hours();
    const now = isToday && this._hour === null;
    slider.max = hours.length - (isToday ? 0 : 1);
    slider.value = now ? hours.length : hours.indexOf(this._hour);
    const gone = `${(100 * slider.value) / (slider.max || 1)}%`;
    if (slider.dataset.gone !== gone) {
      slider.dataset.gone = gone;
      slider.style.setProperty("--gone", gone);
    }
    text(day, isToday ? this._reader.say("today") : this._reader.day(start));
    after.disabled = isToday;
    before.disabled = false;
    text(when, this._whenText(now, replayed));
    slider.setAttribute("aria-valuetext", when.textContent);
    this._paintPlay();
  }

  _whenText(now, replayed) {
    if (now) {
      return this._reader.say("now");
    }
    if (!replayed) {
      return this._reader.say("loading");
    }
    if (replayed.day.isEmpty) {
      return this._reader.say("no_history");
    }
    return `${this._reader.time(this._hour)} – ${this._reader.time(this._hour + 3_600_000)}`;
  }

  _paintPlay() {
    const { play } = this._parts;
    const state = this._timer ? "pause" : "play";
    if (play.dataset.state !== state) {
      play.dataset.state = state;
      play.replaceChildren(icon(ICONS[state]));
      play.title = this._reader.say(state);
      play.setAttribute("aria-label", play.title);
    }
  }

  // How large

  /** Let all tiles be of one size, the largest in which every array fits the card. */
  _fit() {
    const room = this.shadowRoot.querySelector(".arrays")?.clientWidth;
    if (!room || room === this._width) {
      return;
    }
    this._width = room;
    const sizes = this._arrays.map(({ rows, orientation }) => {
      const columns = rows[0].length;
      const wide = (room - GAP_PX * (columns - 1)) / columns;
      return orientation === "landscape" ? wide / TALL : wide;
    });
    const size = Math.floor(Math.max(TILE_PX.least, Math.min(TILE_PX.most, ...sizes)));
    const arrays = this.shadowRoot.querySelector(".arrays");
    arrays.style.setProperty("--tile", `${size}px`);
    arrays.style.setProperty("--letters", `${Math.min(17, Math.max(9, size * 0.33)).toFixed(1)}px`);
    arrays.classList.toggle("small", size < TILE_PX.withUnit);
    arrays.classList.toggle("many", this._tiles.size > MANY);
  }
}

/** Change a text only where it is another one. */
function text(element, content, make = () => [content]) {
  if (element.dataset.shown !== content) {
    element.dataset.shown = content;
    element.replaceChildren(...make());
  }
}

// The picker reads the texts when it opens, in the language of then.
const said = (key) => word(languageOf(document.querySelector("home-assistant")?.hass), key);

await Promise.all([learn("en"), learn(languageOf(document.querySelector("home-assistant")?.hass))]);
if (!customElements.get(TYPE)) {
  customElements.define(`${TYPE}-editor`, ArrayCardEditor);
  customElements.define(TYPE, ArrayCard);
  window.customCards = window.customCards ?? [];
  window.customCards.push({
    type: TYPE,
    get name() {
      return said("card_name");
    },
    get description() {
      return said("card_description");
    },
    preview: true,
    documentationURL: DOCUMENTATION,
  });
}
