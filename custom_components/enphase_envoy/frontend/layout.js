/**
 * Where the tiles are: arrays of rows and columns, as the card's configuration holds them.
 *
 * In the configuration a row is one text, its serial numbers separated by blanks, with a dash for
 * a gap. Here it is a list of serial numbers, with an empty text for a gap.
 */

const GAP = "-";
const LARGEST = 100;
const PER_ROW = 3;

/** Return the arrays of a configuration; each row has as many cells as the longest one. */
export function arraysOf(config) {
  return (config.arrays ?? []).map((array) => {
    const rows = (array.rows ?? []).map(cellsOf);
    return {
      name: array.name ?? "",
      direction: isDirection(array.direction) ? Number(array.direction) % 360 : null,
      orientation: array.orientation === "landscape" ? "landscape" : "portrait",
      rows: squared(rows, Math.max(1, ...rows.map((row) => row.length))),
    };
  });
}

/** Return arrays as the configuration holds them. */
export function configOf(arrays) {
  return arrays.map((array) => ({
    ...(array.name && { name: array.name }),
    ...(array.direction !== null && { direction: array.direction }),
    ...(array.orientation === "landscape" && { orientation: array.orientation }),
    rows: array.rows.map((row) => row.map((serial) => serial || GAP).join(" ")),
  }));
}

function cellsOf(row) {
  const cells = Array.isArray(row) ? row.map((cell) => String(cell ?? "")) : tokensOf(String(row ?? ""));
  return cells.map((cell) => (cell === GAP ? "" : cell));
}

function tokensOf(line) {
  return line.split(/[\s,;]+/).filter(Boolean);
}

function isDirection(value) {
  return value !== undefined && value !== null && value !== "" && Number.isFinite(Number(value));
}

function squared(rows, columns) {
  const least = rows.length ? rows : [[]];
  return least.map((row) => [...row, ...Array(Math.max(0, columns - row.length)).fill("")]);
}

/** Return a new array with nothing in it. */
export function emptyArray(rows = 2, columns = 5) {
  const grid = Array.from({ length: rows }, () => Array(columns).fill(""));
  return { name: "", direction: null, orientation: "portrait", rows: grid };
}

/** Return a sensible array for these serial numbers: portrait panels, about as wide as two high. */
export function gridOf(serials, name = "") {
  const wide = Math.max(1, Math.ceil(Math.sqrt(PER_ROW * serials.length)));
  const rows = Math.max(1, Math.round(serials.length / wide));
  return { ...emptyArray(), name, rows: filled(serials, Math.max(1, Math.ceil(serials.length / rows))) };
}

/** Return the arrays to begin with: one for each gateway that has inverters. */
export function firstArrays(site) {
  const groups = site.gateways
    .map((gateway) => ({ gateway, serials: serialsOf(site, gateway.id) }))
    .filter((group) => group.serials.length);
  const several = groups.length > 1;
  return groups.map(({ gateway, serials }) => gridOf(serials, several ? gateway.name : ""));
}

function serialsOf(site, gatewayId) {
  return [...site.inverters.values()]
    .filter((inverter) => inverter.gatewayId === gatewayId)
    .map((inverter) => inverter.serial);
}

function filled(serials, columns) {
  const rows = [];
  for (let at = 0; at < serials.length; at += columns) {
    rows.push(serials.slice(at, at + columns));
  }
  return squared(rows, columns);
}

/** Return an array with other numbers of rows and columns; what falls off is off the roof. */
export function resized(array, rows, columns) {
  const high = Math.min(LARGEST, Math.max(1, Math.trunc(rows) || 1));
  const wide = Math.min(LARGEST, Math.max(1, Math.trunc(columns) || 1));
  const kept = array.rows.slice(0, high).map((row) => row.slice(0, wide));
  while (kept.length < high) {
    kept.push([]);
  }
  return { ...array, rows: squared(kept, wide) };
}

/** Return where a serial number is, or null if it is not on the roof. */
export function placeOf(arrays, serial) {
  for (const [array, { rows }] of arrays.entries()) {
    for (const [row, cells] of rows.entries()) {
      const column = cells.indexOf(serial);
      if (column >= 0) {
        return { array, row, column };
      }
    }
  }
  return null;
}

/** Return the serial numbers that are not on the roof. */
export function unplaced(arrays, serials) {
  const placed = new Set(arrays.flatMap((array) => array.rows.flat()));
  return serials.filter((serial) => !placed.has(serial));
}

/** Return the arrays after a tile was moved; one that was there goes to where the tile was. */
export function moved(arrays, serial, to) {
  const from = placeOf(arrays, serial);
  const copy = arrays.map((array) => ({ ...array, rows: array.rows.map((row) => [...row]) }));
  const other = to ? copy[to.array].rows[to.row][to.column] : "";
  if (from) {
    copy[from.array].rows[from.row][from.column] = other;
  }
  if (to) {
    copy[to.array].rows[to.row][to.column] = serial;
  }
  return copy;
}

/** Return the arrays after tiles were put into the free cells, row by row; the last array grows. */
export function withRest(arrays, rest) {
  const waiting = [...rest];
  const copy = arrays.map((array) => ({
    ...array,
    rows: array.rows.map((row) => row.map((cell) => cell || (waiting.shift() ?? ""))),
  }));
  if (waiting.length && copy.length) {
    const last = copy[copy.length - 1];
    last.rows = [...last.rows, ...filled(waiting, last.rows[0].length)];
  }
  return copy;
}

/**
 * Return the rows that a pasted text means, and which of its serial numbers nobody knows.
 *
 * A line with several serial numbers is a row. Where each line has but one, it is a column copied
 * from a table, and fills rows of as many columns as the array has.
 */
export function pasted(text, columns, known) {
  const lines = text.split(/\r?\n/).map(tokensOf).filter((line) => line.length);
  const strangers = [...new Set(lines.flat().filter((it) => it !== GAP && !known.has(it)))];
  const seen = new Set();
  const clean = (token) => {
    const serial = known.has(token) && !seen.has(token) ? token : "";
    seen.add(serial);
    return serial;
  };
  const wanted = lines.map((line) => line.filter((it) => it === GAP || known.has(it)).map(clean));
  const listed = lines.every((line) => line.length === 1) && lines.length > 1;
  const rows = listed ? filled(wanted.flat(), columns) : wanted.filter((row) => row.length);
  const wide = Math.max(0, ...rows.map((row) => row.length));
  return { rows: rows.length ? squared(rows, wide) : [], strangers };
}
