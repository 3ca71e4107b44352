/** Which colour a figure has, and in which one it can be read on that. */

/** From nothing to the most there is: from a panel at night to the sun. Red is left to trouble. */
const SUN = ["#1d2a4d", "#25508c", "#2c82b3", "#5bb09a", "#c6c451", "#ffdb4d"];
/** From far below the usual over the usual to above it; told apart by the colour-blind, too. */
const BALANCE = ["#b3372f", "#e08a3c", "#e9c46a", "#3f8fb5", "#1f6f9e"];

const LEAST = { power: 20, energy: 100 };
const STEPS = [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10];
/** Of the yield in percent: the ends of the scale, and where "usual" is. */
const YIELD = { low: 40, high: 120 };

/** Return the ends of the scale on which these values are shown: 0 and a round number, or fixed. */
export function scaleOf(mode, values) {
  if (mode === "yield") {
    return YIELD;
  }
  const most = Math.max(LEAST[mode], ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  return { low: 0, high: STEPS.find((step) => step * power >= most * 0.999) * power };
}

/** Return the colour of a value as [red, green, blue]. */
export function colourOf(mode, value, { low, high }) {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
  const stops = stopsOf(mode);
  const at = share * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(at));
  return stops[below].map((from, part) => {
    const to = stops[below + 1][part];
    return Math.round(from + (to - from) * (at - below));
  });
}

/** Return whether dark letters are read better than white ones on a colour. */
export function wantsDarkInk([red, green, blue]) {
  const light = (part) => (part / 255) ** 2.2;
  return 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue) > 0.22;
}

/** Return a colour as CSS. */
export function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Return the whole scale as a CSS gradient. */
export function gradient(mode) {
  return `linear-gradient(to right, ${stopsOf(mode).map(css).join(", ")})`;
}

const parsed = new Map();

function stopsOf(mode) {
  const stops = mode === "yield" ? BALANCE : SUN;
  if (!parsed.has(stops)) {
    const parts = (stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16));
    parsed.set(stops, stops.map(parts));
  }
  return parsed.get(stops);
}
