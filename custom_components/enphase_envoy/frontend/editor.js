/** The card's visual editor: tiles are dragged to where the panels are on the roof. */

import { ICONS, POINTS, icon, make } from "./dom.js";
import {
  arraysOf, configOf, emptyArray, firstArrays, moved, pasted, placeOf, resized, unplaced, withRest,
} from "./layout.js";
import { findSite, modesOf } from "./site.js";
import { EDITOR, sheet } from "./styles.js";
import { Reader, isLearned, languageOf, learn } from "./words.js";

const DRAG_PX = 5;
const LAST_DIGITS = 5;
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const looks = sheet(EDITOR);

export class ArrayCardEditor extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.shadowRoot.adoptedStyleSheets = [looks];
    this._held = null;
    this._drag = null;
    this._sent = "";
  }

  // What Home Assistant calls

  setConfig(config) {
    this._config = config;
    if (JSON.stringify(config) !== this._sent) {
      this._arrays = null;
      this._draw();
    }
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    if (!before || before.devices !== hass.devices || !this._reader?.isFor(hass)) {
      this._draw();
    }
  }

  connectedCallback() {
    this._draw();
  }

  // What is there

  _draw() {
    if (!this._hass || !this._config || !this.isConnected) {
      return;
    }
    const language = languageOf(this._hass);
    if (!isLearned(language)) {
      learn(language).then(() => this._draw());
      return;
    }
    this._reader = new Reader(this._hass);
    this._site = findSite(this._hass, this._config.device);
    this._arrays ??= this._config.arrays ? arraysOf(this._config) : firstArrays(this._site);
    const focused = this.shadowRoot.activeElement?.dataset?.focus;
    this._status ??= make("p", { class: "status", role: "status", "aria-live": "polite" });
    const say = (key) => this._reader.say(key);
    this._form = make(
      "div",
      { class: "form" },
      this._general(),
      make("p", { class: "hint", id: "hint" }, say("drag_hint")),
      this._arrays.map((array, index) => this._array(array, index)),
      this._tray(),
      make(
        "div",
        { class: "buttons" },
        make("button", { type: "button", "data-focus": "add", onclick: () => this._add() }, say("add_array")),
        make(
          "button",
          {
            type: "button", "data-focus": "rest", onclick: () => this._change(withRest(this._arrays, this._rest())),
            disabled: !this._arrays.length || !this._rest().length,
          },
          say("place_rest"),
        ),
      ),
      this._status,
    );
    this.shadowRoot.replaceChildren(this._form);
    if (focused) {
      this.shadowRoot.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  _rest() {
    return unplaced(this._arrays, [...this._site.inverters.keys()]);
  }

  _general() {
    const say = (key) => this._reader.say(key);
    const gateways = this._site.all;
    const modes = modesOf(this._hass, this._site);
    return make(
      "div",
      { class: "fields" },
      this._input("title", say("title"), this._config.title ?? "", (title) => this._set({ title })),
      gateways.length > 1
        ? this._select(
            "device",
            say("gateway"),
            [["", say("all_gateways")], ...gateways.map(({ id, name }) => [id, name])],
            gateways.find((it) => [it.id, it.serial].includes(this._config.device))?.id ?? "",
            (device) => this._set({ device }),
          )
        : null,
      this._select(
        "show",
        say("show"),
        modes.map((mode) => [mode, say(`mode_${mode}`)]),
        this._config.show ?? modes[0],
        (show) => this._set({ show }),
      ),
      this._select(
        "tap",
        say("tap"),
        ["info", "device"].map((tap) => [tap, say(`tap_${tap}`)]),
        this._config.tap ?? "info",
        (tap) => this._set({ tap }),
      ),
    );
  }

  _array(array, index) {
    const say = (key, values) => this._reader.say(key, values);
    const set = (changes) => this._change(this._arrays.map((it, at) => (at === index ? { ...it, ...changes } : it)));
    const size = (rows, columns) => set(resized(array, rows, columns));
    const [high, wide] = [array.rows.length, array.rows[0].length];
    const points = POINTS.map((point, at) => [String(at * 45), say(`direction_${point}`)]);
    const direction = array.direction === null ? "" : String(array.direction);
    if (direction && !points.some(([value]) => value === direction)) {
      points.push([direction, `${direction}°`]);
    }
    const grid = make("div", { class: `grid ${array.orientation}` });
    array.rows.forEach((row, y) =>
      row.forEach((serial, x) => {
        const place = { array: index, row: y, column: x };
        const cell = make("div", { class: "cell" }, serial ? this._tile(serial, place) : null);
        cell.place = place;
        cell.style.gridArea = `${y + 1} / ${x + 1}`;
        grid.append(cell);
      }),
    );
    const field = (key) => `${key}-${index}`;
    return make(
      "fieldset",
      {},
      make("legend", {}, this._nameOf(index)),
      make(
        "div",
        { class: "fields short" },
        this._input(field("name"), say("array_name"), array.name, (name) => set({ name })),
        this._select(field("direction"), say("direction"), [["", say("no_direction")], ...points], direction, (value) =>
          set({ direction: value === "" ? null : Number(value) }),
        ),
        this._select(
          field("orientation"),
          say("orientation"),
          ["portrait", "landscape"].map((it) => [it, say(it)]),
          array.orientation,
          (orientation) => set({ orientation }),
        ),
        this._input(field("rows"), say("rows"), high, (rows) => size(Number(rows), wide), "number"),
        this._input(field("columns"), say("columns"), wide, (columns) => size(high, Number(columns)), "number"),
      ),
      make("div", { class: "scroll" }, grid),
      this._paste(array, index),
      make(
        "div",
        { class: "buttons" },
        make(
          "button",
          { type: "button", class: "danger", "data-focus": field("remove"), onclick: () => this._remove(index) },
          icon(ICONS.remove),
          say("remove_array"),
        ),
      ),
    );
  }

  _paste(array, index) {
    const say = (key, values) => this._reader.say(key, values);
    const area = make("textarea", { spellcheck: false, "data-focus": `paste-${index}`, "aria-label": say("paste") });
    area.value = configOf([array])[0].rows.join("\n");
    const apply = () => {
      const known = new Set(this._site.inverters.keys());
      const { rows, strangers } = pasted(area.value, array.rows[0].length, known);
      if (rows.length) {
        const taken = new Set(rows.flat().filter(Boolean));
        const free = this._arrays.map((it) => ({
          ...it,
          rows: it.rows.map((row) => row.map((serial) => (taken.has(serial) ? "" : serial))),
        }));
        this._change(free.map((it, at) => (at === index ? { ...it, rows } : it)));
      }
      this._tell(strangers.length ? say("strangers", { serials: strangers.join(", ") }) : say("placed"));
    };
    return make(
      "details",
      {},
      make("summary", {}, say("paste")),
      make(
        "div",
        {},
        make("p", { class: "hint" }, say("paste_hint")),
        area,
        make("div", { class: "buttons" }, make("button", { type: "button", onclick: apply }, say("paste_apply"))),
      ),
    );
  }

  _tray() {
    const tray = make("div", { class: "tray" }, this._rest().map((serial) => this._tile(serial, null)));
    tray.place = "tray";
    return make(
      "fieldset",
      {},
      make("legend", {}, this._reader.say("not_placed")),
      tray,
    );
  }

  _tile(serial, place) {
    const inverter = this._site.inverters.get(serial);
    const name = inverter?.name ?? serial;
    const where = place ? this._placeText(place) : this._reader.say("not_placed");
    return make(
      "button",
      {
        type: "button",
        class: `tile${inverter ? "" : " stranger"}${this._held?.serial === serial ? " held" : ""}`,
        title: name,
        "aria-label": `${name}, ${where}`,
        "aria-pressed": this._held?.serial === serial,
        "aria-describedby": "hint",
        "data-serial": serial,
        "data-focus": `tile-${serial}`,
        onpointerdown: (event) => this._press(event, serial),
        onkeydown: (event) => this._key(event, serial),
      },
      name === serial ? serial.slice(-LAST_DIGITS) : name,
    );
  }

  _input(key, label, value, onValue, type = "text") {
    const limits = type === "number" ? { min: 1, max: 100 } : {};
    const onchange = (event) => onValue(event.target.value);
    return make("label", {}, label, make("input", { type, value, onchange, "data-focus": key, name: key, ...limits }));
  }

  _select(key, label, options, value, onValue) {
    const select = make(
      "select",
      { "data-focus": key, name: key, onchange: (event) => onValue(event.target.value) },
      options.map(([option, text]) => make("option", { value: option }, text)),
    );
    select.value = value;
    return make("label", {}, label, select);
  }

  // What changes

  _set(changes) {
    const config = { ...this._config, ...changes };
    for (const key of ["title", "device"]) {
      if (!config[key]) {
        delete config[key];
      }
    }
    this._send(config);
    this._draw();
  }

  _change(arrays) {
    this._arrays = arrays;
    this._send({ ...this._config, arrays: configOf(arrays) });
    this._draw();
  }

  _send(config) {
    this._config = config;
    this._sent = JSON.stringify(config);
    this.dispatchEvent(new CustomEvent("config-changed", { detail: { config }, bubbles: true, composed: true }));
  }

  _add() {
    this._change([...this._arrays, emptyArray()]);
  }

  _remove(index) {
    this._change(this._arrays.filter((_, at) => at !== index));
  }

  _nameOf(index) {
    return this._arrays[index].name || this._reader.say("array", { number: index + 1 });
  }

  _placeText({ array, row, column }) {
    return this._reader.say("place", { array: this._nameOf(array), row: row + 1, column: column + 1 });
  }

  _tell(message) {
    this._status.textContent = message;
  }

  // Dragging

  _press(event, serial) {
    if (event.button !== 0) {
      return;
    }
    const tile = event.currentTarget;
    const from = { x: event.clientX, y: event.clientY };
    tile.setPointerCapture(event.pointerId);
    const listeners = new AbortController();
    const on = (type, act) => tile.addEventListener(type, act, { signal: listeners.signal });
    const end = () => {
      listeners.abort();
      this._drag?.ghost.remove();
      this._drag?.target?.classList.remove("target");
      tile.classList.remove("dragged");
      this._drag = null;
    };
    on("pointermove", (move) => {
      if (!this._drag && Math.hypot(move.clientX - from.x, move.clientY - from.y) > DRAG_PX) {
        this._drag = { ghost: this._ghost(tile), target: null };
        tile.classList.add("dragged");
      }
      if (this._drag) {
        this._follow(move);
      }
    });
    on("pointerup", () => {
      const place = this._drag?.target?.place;
      end();
      if (place) {
        this._drop(serial, place === "tray" ? null : place);
      }
    });
    on("pointercancel", end);
  }

  /** Return what follows the pointer: in the top layer, as the dialogue of the editor may be. */
  _ghost(tile) {
    const ghost = make("div", { class: "tile ghost" }, tile.textContent);
    ghost.popover = "manual";
    this.shadowRoot.append(ghost);
    ghost.showPopover?.();
    return ghost;
  }

  _follow({ clientX, clientY }) {
    const { ghost, target } = this._drag;
    ghost.style.left = `${clientX}px`;
    ghost.style.top = `${clientY}px`;
    const below = this.shadowRoot.elementsFromPoint(clientX, clientY).find((element) => element.place);
    if (below !== target) {
      target?.classList.remove("target");
      below?.classList.add("target");
      this._drag.target = below;
    }
  }

  _drop(serial, place) {
    this._change(moved(this._arrays, serial, place));
    this._tell(this._droppedText(serial, place));
  }

  _droppedText(serial, place) {
    const where = place ? this._placeText(place) : this._reader.say("not_placed");
    return `${this._site.inverters.get(serial)?.name ?? serial}: ${where}`;
  }

  // The same by keyboard

  _key(event, serial) {
    const isHeld = this._held?.serial === serial;
    const move = MOVES[event.key];
    if (event.key === "Enter" || event.key === " ") {
      this._hold(isHeld ? null : serial);
    } else if (event.key === "Escape" && isHeld) {
      const before = this._held.before;
      this._hold(null);
      this._change(before);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this._held = null;
      this._drop(serial, null);
    } else if (move && isHeld) {
      const place = this._beside(placeOf(this._arrays, serial), move);
      if (place !== undefined) {
        this._drop(serial, place);
      }
    } else if (move) {
      this._goTo(serial, move);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  _hold(serial) {
    this._held = serial ? { serial, before: this._arrays } : null;
    this._draw();
    this._tell(serial ? this._reader.say("held", { name: this._site.inverters.get(serial)?.name ?? serial }) : "");
  }

  /** Return the place beside one; above the first array and below the last one is the tray. */
  _beside(place, [down, right]) {
    if (!place) {
      return this._firstFree(down < 0 ? this._arrays.length - 1 : 0);
    }
    const { rows } = this._arrays[place.array];
    const [row, column] = [place.row + down, place.column + right];
    if (row >= 0 && row < rows.length) {
      return rows[row][column] === undefined ? undefined : { ...place, row, column };
    }
    const array = place.array + down;
    const next = this._arrays[array]?.rows;
    if (!next) {
      return null;
    }
    return { array, row: down > 0 ? 0 : next.length - 1, column: Math.min(column, next[0].length - 1) };
  }

  _firstFree(array) {
    for (const [row, cells] of (this._arrays[array]?.rows ?? []).entries()) {
      const column = cells.indexOf("");
      if (column >= 0) {
        return { array, row, column };
      }
    }
    return this._arrays[array] && { array, row: 0, column: 0 };
  }

  /** Focus the next tile in a direction, passing over free cells. */
  _goTo(serial, [down, right]) {
    let place = placeOf(this._arrays, serial);
    while (place) {
      const { rows } = this._arrays[place.array];
      const next = { ...place, row: place.row + down, column: place.column + right };
      place = rows[next.row]?.[next.column] === undefined ? null : next;
      const found = place && rows[place.row][place.column];
      if (found) {
        this.shadowRoot.querySelector(`[data-focus="tile-${CSS.escape(found)}"]`)?.focus();
        return;
      }
    }
  }
}
