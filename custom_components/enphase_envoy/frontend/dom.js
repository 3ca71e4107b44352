/** Small helpers to make elements. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. A property that begins with "on" is a listener, "class" and names with a dash
 * are attributes, all else is a property. What is null or false among the children is left out.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "class" || name === "role" || name.includes("-")) {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}

/** Make an icon of one path, which a screen reader passes over. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  back: "M15 5l-7 7 7 7 1.5-1.5L11 12l5.500-5.500z",
  on: "M9 5l7 7-7 7-1.500-1.500L13 12 7.500 6.500z",
  arrow: "M12 2l8 19-8-4.500-8 4.500z",
  remove: "M6 7h12l-1 14H7zM9 3h6l1 2h4v1.500H4V5h4z",
};

/** The eight points of the compass, clockwise from north. */
export const POINTS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

/** Write a direction in degrees: as a point of the compass where it is one. */
export function directionText(reader, degrees) {
  const point = degrees % 45 === 0 ? POINTS[(degrees / 45) % 8] : null;
  return point ? reader.say(`direction_${point}`) : `${degrees}°`;
}
