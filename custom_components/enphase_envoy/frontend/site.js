/** What Home Assistant knows of the inverters: which there are, and what their entities say. */

const DOMAIN = "enphase_envoy";
const INVERTER = "Inverter";
const SILENT_AFTER_MS = 3_600_000;
const NOTHING = new Set(["unavailable", "unknown", "", undefined]);

/** Which figure of an inverter an entity shows, by its translation key. Its power has none. */
const FIGURES = [
  ["energy", /^(inverter_)?(todays_energy_production|energy_today)$/],
  ["yield", /^(inverter_)?yield_vs_usual$/],
  ["reported", /^(inverter_)?last_reported$/],
  ["communicating", /^(inverter_)?communicating$/],
];
const TROUBLE = /^inverters_in_trouble$/;

/** Into watts, watt-hours, or as it is. */
const FACTORS = { mW: 0.001, kW: 1000, MW: 1e6, mWh: 0.001, kWh: 1000, MWh: 1e6 };

/**
 * Return the gateways and the inverters below them, by serial number and in its order.
 *
 * `wanted` limits it to one gateway: the id of its device, or its serial number.
 */
export function findSite(hass, wanted) {
  const devices = Object.values(hass.devices ?? {}).filter((device) => serialOf(device));
  const all = devices.filter((device) => device.model === INVERTER);
  const above = new Set(all.map((device) => device.via_device_id));
  const gateways = devices
    .filter((device) => above.has(device.id))
    .map((device) => ({
      id: device.id,
      serial: serialOf(device),
      name: device.name_by_user || device.name || serialOf(device),
      trouble: null,
    }))
    .sort((one, other) => bySerial(one.serial, other.serial));
  const chosen = wanted
    ? gateways.filter((gateway) => [gateway.id, gateway.serial].includes(String(wanted)))
    : gateways;
  const inverters = all
    .filter((device) => chosen.some((gateway) => gateway.id === device.via_device_id))
    .map((device) => ({
      serial: serialOf(device),
      name: device.name_by_user || serialOf(device),
      deviceId: device.id,
      gatewayId: device.via_device_id,
      entities: {},
    }))
    .sort((one, other) => bySerial(one.serial, other.serial));
  link(hass, chosen, inverters);
  return { all: gateways, gateways: chosen, inverters: new Map(inverters.map((it) => [it.serial, it])) };
}

function serialOf(device) {
  const own = (device.identifiers ?? []).find(([domain]) => domain === DOMAIN);
  return own && !device.disabled_by ? String(device.serial_number || own[1]) : null;
}

function bySerial(one, other) {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

function link(hass, gateways, inverters) {
  const gatewayOf = new Map(gateways.map((gateway) => [gateway.id, gateway]));
  const inverterOf = new Map(inverters.map((inverter) => [inverter.deviceId, inverter]));
  for (const entity of Object.values(hass.entities ?? {})) {
    if (entity.platform !== DOMAIN) {
      continue;
    }
    const key = entity.translation_key ?? "";
    const inverter = inverterOf.get(entity.device_id);
    if (inverter) {
      const figure = key ? FIGURES.find(([, pattern]) => pattern.test(key))?.[0] : "power";
      if (figure && (key || entity.entity_id.startsWith("sensor."))) {
        inverter.entities[figure] = entity.entity_id;
      }
    } else if (TROUBLE.test(key) && gatewayOf.has(entity.device_id)) {
      gatewayOf.get(entity.device_id).trouble = entity.entity_id;
    }
  }
}

/** Return the ids of all entities that the card shows something of. */
export function watched(site) {
  return [
    ...site.gateways.map((gateway) => gateway.trouble).filter(Boolean),
    ...[...site.inverters.values()].flatMap((inverter) => Object.values(inverter.entities)),
  ];
}

/** Return what can be shown: energy comes from the history of power where nobody measures it. */
export function modesOf(hass, site) {
  const inverters = [...site.inverters.values()];
  const has = (figure) => inverters.some((inverter) => inverter.entities[figure]);
  return [
    "power",
    ...(has("energy") || hasHistory(hass) ? ["energy"] : []),
    ...(has("yield") || inverters.some((it) => yieldOf(hass, site, it) !== null) ? ["yield"] : []),
  ];
}

/**
 * Return the yield of an inverter compared to usual, in percent; null if it is not known.
 *
 * Its entity is off at first; the gateway's list of those in trouble tells it of all inverters.
 */
export function yieldOf(hass, site, inverter) {
  const own = inverter.entities.yield;
  if (own) {
    return numberOf(hass.states[own]);
  }
  const { trouble } = site.gateways.find((gateway) => gateway.id === inverter.gatewayId);
  return hass.states[trouble]?.attributes?.yields?.[inverter.serial] ?? null;
}

/** Tell whether Home Assistant can tell what was. */
export function hasHistory(hass) {
  return (hass.config?.components ?? []).includes("history");
}

/** Return the number that a state is, in watts, watt-hours or as it is; null if it is none. */
export function numberOf(state, text = state?.state) {
  if (NOTHING.has(text)) {
    return null;
  }
  const value = Number(text);
  const factor = FACTORS[state?.attributes?.unit_of_measurement] ?? 1;
  return Number.isFinite(value) ? value * factor : null;
}

/** Return the serial numbers of the inverters that the gateways say are in trouble. */
export function troubled(hass, site) {
  const lists = site.gateways.map((gateway) => hass.states[gateway.trouble]?.attributes?.inverters);
  const rows = lists.flatMap((list) => (Array.isArray(list) ? list : Object.keys(list ?? {})));
  return new Set(rows.map((row) => String(row?.serial ?? row)));
}

/** Return when each inverter has reported, in milliseconds, and the latest of these times. */
export function reports(hass, site) {
  const times = new Map();
  let newest = null;
  for (const inverter of site.inverters.values()) {
    const power = hass.states[inverter.entities.power];
    const told = Date.parse(hass.states[inverter.entities.reported]?.state);
    const written = numberOf(power) === null ? NaN : Date.parse(power.last_updated);
    const time = Number.isNaN(told) ? written : told;
    if (!Number.isNaN(told)) {
      times.set(inverter.serial, told);
    }
    if (!Number.isNaN(time) && (newest === null || time > newest)) {
      newest = time;
    }
  }
  return { times, newest };
}

/** Tell whether an inverter says nothing, or has said nothing for long while others did. */
export function isSilent(hass, inverter, { times, newest }) {
  return (
    numberOf(hass.states[inverter.entities.power]) === null ||
    hass.states[inverter.entities.communicating]?.state === "off" ||
    newest - (times.get(inverter.serial) ?? newest) > SILENT_AFTER_MS
  );
}
