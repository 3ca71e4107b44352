/** The card's own words in the language of the user, and how figures and times are written there. */

const FALLBACK = "en";
const LANGUAGES = ["cs", "da", "de", "en", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv"];
const OTHER_NAMES = { no: "nb", nn: "nb" };
const NUMBER_FORMATS = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  system: undefined,
};

const known = new Map();

/** Return which of our languages a user reads best: "pt-BR" gives "pt", an unknown one English. */
export function languageOf(hass) {
  const asked = hass?.locale?.language || hass?.language || document.documentElement.lang || "";
  const short = asked.toLowerCase().split("-")[0];
  const own = OTHER_NAMES[short] ?? short;
  return LANGUAGES.includes(own) ? own : FALLBACK;
}

/** Fetch the words of a language, once. A language that cannot be fetched is read in English. */
export async function learn(language) {
  if (!known.has(language)) {
    known.set(language, fetchWords(language).catch(() => ({})));
  }
  const words = await known.get(language);
  known.set(language, words);
}

async function fetchWords(language) {
  const answer = await fetch(new URL(`translations/${language}.json`, import.meta.url));
  return answer.ok ? answer.json() : {};
}

/** Tell whether the words of a language are here. */
export function isLearned(language) {
  return known.has(language) && !(known.get(language) instanceof Promise);
}

/** Return the text of a key in a language, its {placeholders} filled in. */
export function word(language, key, values = {}) {
  const text = textOf(language, key) ?? textOf(FALLBACK, key) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

function textOf(language, key) {
  return isLearned(language) ? known.get(language)[key] : undefined;
}

/** How one user reads: words, figures and times. */
export class Reader {
  constructor(hass) {
    this.language = languageOf(hass);
    this.zone = hass.locale?.time_zone === "server" ? hass.config?.time_zone : undefined;
    this._locale = hass.locale ?? {};
    this._languageTag = this._locale.language || hass.language || this.language;
    this._numbers = new Map();
    this._hours = new Intl.DateTimeFormat(this._languageTag, {
      hour: "numeric",
      minute: "2-digit",
      timeZone: this.zone,
      ...hourCycle(this._locale.time_format),
    });
    this._days = new Intl.DateTimeFormat(this._languageTag, {
      weekday: "short",
      day: "numeric",
      month: "short",
      timeZone: this.zone,
    });
  }

  /** Tell whether another state of Home Assistant is read in the same way. */
  isFor(hass) {
    const other = hass.locale ?? {};
    const keys = ["language", "number_format", "time_format", "time_zone"];
    return keys.every((key) => other[key] === this._locale[key]);
  }

  say(key, values) {
    return word(this.language, key, values);
  }

  /** Write a number with this many digits behind the point. */
  number(value, digits) {
    if (!this._numbers.has(digits)) {
      const format = this._locale.number_format;
      const none = format === "none";
      const tags = none ? "en" : format in NUMBER_FORMATS ? NUMBER_FORMATS[format] : this._languageTag;
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      this._numbers.set(digits, new Intl.NumberFormat(tags, { ...options, useGrouping: !none }));
    }
    return this._numbers.get(digits).format(value);
  }

  /** Write the time of day of an instant in milliseconds. */
  time(instant) {
    return this._hours.format(instant);
  }

  /** Write the day of an instant in milliseconds. */
  day(instant) {
    return this._days.format(instant);
  }
}

function hourCycle(format) {
  if (format === "12") {
    return { hourCycle: "h12" };
  }
  return format === "24" ? { hourCycle: "h23" } : {};
}
