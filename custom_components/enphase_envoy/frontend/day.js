/** A day out of the history, hour by hour. */

import { numberOf } from "./site.js";

const HOUR_MS = 3_600_000;

/** Return the first instant of the day that `instant` is in, in a time zone or in the browser's. */
export function startOfDay(instant, zone) {
  if (!zone) {
    return new Date(instant).setHours(0, 0, 0, 0);
  }
  // Twice, for the offset of noon may not be that of midnight.
  let start = instant;
  const [year, month, day] = partsOf(instant, zone);
  for (let round = 0; round < 2; round += 1) {
    const [y, m, d, h, min, s] = partsOf(start, zone);
    const offset = Date.UTC(y, m - 1, d, h, min, s) - Math.trunc(start / 1000) * 1000;
    start = Date.UTC(year, month - 1, day) - offset;
  }
  return start;
}

/** Return the first instant of the day that is this many days away from that of `instant`. */
export function dayAway(instant, days, zone) {
  let start = startOfDay(instant, zone);
  for (let left = Math.abs(days); left > 0; left -= 1) {
    start = startOfDay(start + (days < 0 ? -HOUR_MS : 26 * HOUR_MS), zone);
  }
  return start;
}

const formats = new Map();

function partsOf(instant, zone) {
  if (!formats.has(zone)) {
    const two = "2-digit";
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-CA", {
        timeZone: zone,
        hourCycle: "h23",
        ...{ year: "numeric", month: two, day: two, hour: two, minute: two, second: two },
      }),
    );
  }
  const parts = formats.get(zone).formatToParts(instant);
  const value = (type) => Number(parts.find((part) => part.type === type).value);
  return ["year", "month", "day", "hour", "minute", "second"].map(value);
}

/** Return the begins of the hours of a day that have begun until now: 23, 24 or 25 if all have. */
export function hoursOf(start, zone, now) {
  const end = Math.min(dayAway(start, 1, zone), now);
  const hours = [];
  for (let hour = start; hour < end; hour += HOUR_MS) {
    hours.push(hour);
  }
  return hours;
}

/** What some entities have been from `start` to `end`, in milliseconds. */
export class Day {
  constructor(start, end, tracks) {
    this.start = start;
    this.end = end;
    this._tracks = tracks;
  }

  /** Ask Home Assistant for it. */
  static async load(hass, entityIds, start, end) {
    const found = await hass.callWS({
      type: "history/history_during_period",
      start_time: new Date(start).toISOString(),
      end_time: new Date(end).toISOString(),
      entity_ids: entityIds,
      minimal_response: true,
      no_attributes: true,
      significant_changes_only: false,
    });
    const tracks = new Map();
    for (const [id, rows] of Object.entries(found)) {
      const point = (row) => [Math.max(start, row.lu * 1000), numberOf(hass.states[id], row.s)];
      tracks.set(id, rows.map(point));
    }
    return new Day(start, end, tracks);
  }

  /** Tell whether anything is known of it. */
  get isEmpty() {
    return ![...this._tracks.values()].some((track) => track.some(([, value]) => value !== null));
  }

  /** Return the mean over an hour, weighted by time; null if there was no figure in it. */
  mean(id, hour) {
    const { sum, time } = this._area(id, hour, hour + HOUR_MS);
    return time ? sum / time : null;
  }

  /** Return the last figure before the end of an hour that there is. */
  last(id, hour) {
    let found = null;
    for (const [at, value] of this._tracks.get(id) ?? []) {
      if (at >= hour + HOUR_MS) {
        break;
      }
      found = value ?? found;
    }
    return found;
  }

  /** Return the watt-hours that watts have made from the begin of the day to `until`. */
  energy(id, until) {
    const { sum, time } = this._area(id, this.start, until);
    return time ? sum / HOUR_MS : null;
  }

  _area(id, from, until) {
    const track = this._tracks.get(id) ?? [];
    const end = Math.min(until, this.end);
    let sum = 0;
    let time = 0;
    track.forEach(([at, value], index) => {
      const begin = Math.max(at, from);
      const stop = Math.min(track[index + 1]?.[0] ?? this.end, end);
      if (value !== null && stop > begin) {
        sum += value * (stop - begin);
        time += stop - begin;
      }
    });
    return { sum, time };
  }
}
