/** How it looks. All colours but those of the figures are the theme's. */

const SHARED = `
  :host { display: block; }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  button, select, input, textarea { font: inherit; color: inherit; }
  svg { width: 1em; height: 1em; fill: currentColor; flex: none; }
  .unseen {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
    clip-path: inset(50%); white-space: nowrap;
  }
  :focus-visible { outline: 2px solid var(--primary-color, #03a9f4); outline-offset: 2px; }
`;

/** The hatching of what is silent, on tiles and in the legend. */
const HATCH = `repeating-linear-gradient(
  -45deg, transparent 0 4px, color-mix(in srgb, var(--secondary-text-color, #727272) 45%, transparent) 4px 6px
)`;

export const CARD = `
  ${SHARED}
  ha-card { display: block; height: 100%; overflow: hidden; container-type: inline-size; }
  .body { padding: 16px; display: flex; flex-direction: column; gap: 14px; color: var(--primary-text-color, #212121); }
  .head { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: flex-start; justify-content: space-between; }
  .title { margin: 0; font-size: 16px; font-weight: 500; line-height: 1.4; }
  .total { font-size: 28px; font-weight: 500; line-height: 1.15; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
  .total small { font-size: 0.55em; font-weight: 400; color: var(--secondary-text-color, #727272); }
  .facts { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0 0; font-size: 13px; color: var(--secondary-text-color, #727272); }
  .facts div { display: flex; gap: 5px; }
  .facts dd { margin: 0; color: var(--primary-text-color, #212121); font-variant-numeric: tabular-nums; }
  .modes {
    display: flex; padding: 3px; gap: 2px; border-radius: 999px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 8%, transparent);
  }
  .modes button {
    border: 0; background: none; cursor: pointer; border-radius: 999px; padding: 5px 12px; font-size: 13px;
    line-height: 1.4; color: var(--secondary-text-color, #727272); white-space: nowrap;
  }
  .modes button[aria-checked="true"] {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 6%, var(--card-background-color, #fff));
    color: var(--primary-text-color, #212121); font-weight: 500;
    /* The ring is for the dark: there a shadow tells nobody which one is chosen. */
    box-shadow: 0 0 0 1px color-mix(in srgb, var(--primary-text-color, #212121) 22%, transparent), 0 1px 3px rgba(0, 0, 0, 0.3);
  }
  .arrays { display: flex; flex-wrap: wrap; gap: 16px 28px; }
  .array { min-width: 0; max-width: 100%; }
  .caption { display: flex; align-items: center; gap: 6px; min-height: 20px; margin-bottom: 6px; font-size: 13px; font-weight: 500; }
  .caption .way { display: inline-flex; align-items: center; gap: 4px; font-weight: 400; color: var(--secondary-text-color, #727272); }
  .caption svg { width: 14px; height: 14px; }
  .scroll { overflow-x: auto; padding: 3px; margin: -3px; scrollbar-width: thin; }
  .grid { display: grid; gap: 3px; width: max-content; --wide: var(--tile); --high: calc(var(--tile) * 1.5); }
  .grid.landscape { --wide: calc(var(--tile) * 1.5); --high: var(--tile); }
  /*
   * What changes is in .fill, and has as little style as can be: with hundreds of tiles a gradient,
   * a pseudo-element, spaced letters or a button there costs milliseconds.
   */
  .tile {
    position: relative; border-radius: 4px; cursor: pointer; user-select: none; overflow: hidden; contain: strict;
    text-align: center; line-height: 1.05;
  }
  .fill {
    display: block; height: 100%; color: #fff; padding-top: calc((var(--high) - var(--letters) * 1.75) / 2);
    transition: background-color 0.5s;
  }
  .many .fill { transition: none; }
  .fill.dark { color: #14200f; }
  .fill.bare {
    color: var(--primary-text-color, #212121);
    background-color: color-mix(in srgb, var(--secondary-text-color, #727272) 14%, var(--card-background-color, #fff));
  }
  .cells {
    position: absolute; inset: 0; border-radius: inherit; pointer-events: none;
    background-image:
      linear-gradient(to right, rgba(255, 255, 255, 0.13) 1px, transparent 1px),
      linear-gradient(to bottom, rgba(255, 255, 255, 0.13) 1px, transparent 1px);
    background-size: calc(100% / 4) 100%, 100% calc(100% / 6); background-position: -1px -1px;
    box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.14), inset 0 0 0 2px rgba(0, 0, 0, 0.08);
  }
  .landscape .cells { background-size: calc(100% / 6) 100%, 100% calc(100% / 4); }
  .tile .figure {
    display: block; font-size: var(--letters); font-weight: 600;
  }
  .tile .unit { display: block; font-size: calc(var(--letters) * 0.62); opacity: 0.85; }
  .small .fill { padding-top: calc((var(--high) - var(--letters) * 1.05) / 2); }
  .small .tile .unit { display: none; }
  .tile.silent {
    background-color: color-mix(in srgb, var(--secondary-text-color, #727272) 14%, var(--card-background-color, #fff));
    background-image: ${HATCH};
  }
  .silent .fill { background-color: transparent; }
  .silent .cells {
    background: none;
    box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--secondary-text-color, #727272) 60%, transparent);
  }
  .tile.trouble::after {
    content: "!"; position: absolute; top: 0; right: 0; width: 15px; height: 15px; border-bottom-left-radius: 6px;
    font-size: 11px; line-height: 15px; font-weight: 700; color: #fff; background: var(--error-color, #db4437);
  }
  .trouble .cells { box-shadow: inset 0 0 0 2px var(--error-color, #db4437); }
  .tile:focus-visible { outline-offset: 1px; z-index: 1; }
  @media (hover: hover) { .tile:hover { filter: brightness(1.12); } }
  .replay { display: flex; align-items: center; gap: 8px; font-size: 13px; }
  .replay button {
    border: 0; background: none; cursor: pointer; display: grid; place-content: center; width: 32px; height: 32px;
    border-radius: 50%; font-size: 20px; color: var(--secondary-text-color, #727272); padding: 0;
  }
  .replay button:hover { background: color-mix(in srgb, var(--primary-text-color, #212121) 8%, transparent); }
  .replay button:disabled { opacity: 0.35; cursor: default; background: none; }
  /* With accent-color alone, browsers draw the rest of the way black on white, for contrast. */
  .replay input {
    flex: 1; min-width: 80px; margin: 0; height: 24px; cursor: pointer; appearance: none; background: none; --way: linear-gradient(
      to right, var(--primary-color, #03a9f4) var(--gone, 0%),
      color-mix(in srgb, var(--primary-text-color, #212121) 18%, transparent) var(--gone, 0%)
    );
  }
  .replay input::-webkit-slider-runnable-track { height: 6px; border-radius: 3px; background: var(--way); }
  .replay input::-moz-range-track { height: 6px; border-radius: 3px; background: var(--way); }
  .replay input::-webkit-slider-thumb {
    appearance: none; width: 16px; height: 16px; margin-top: -5px; border-radius: 50%; background: var(--primary-color, #03a9f4);
  }
  .replay input::-moz-range-thumb { width: 16px; height: 16px; border: 0; border-radius: 50%; background: var(--primary-color, #03a9f4); }
  .replay .when { min-width: 92px; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .replay .days { display: flex; align-items: center; margin-left: -8px; }
  .replay .days span { min-width: 44px; text-align: center; white-space: nowrap; }
  .legend {
    display: flex; flex-wrap: wrap; align-items: center; gap: 6px 16px; font-size: 12px;
    color: var(--secondary-text-color, #727272);
  }
  .legend > span { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; font-variant-numeric: tabular-nums; }
  /* On a phone a long name has a line of its own. */
  .legend > .colours { flex-wrap: wrap; white-space: normal; }
  .ends { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
  .scale { display: inline-block; width: 110px; height: 10px; border-radius: 5px; }
  .swatch {
    position: relative; width: 12px; height: 16px; border-radius: 3px; background-image: ${HATCH};
    box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--secondary-text-color, #727272) 60%, transparent);
  }
  .swatch.marked {
    background: none; box-shadow: inset 0 0 0 2px var(--error-color, #db4437); font-size: 10px; line-height: 16px;
    text-align: center; font-weight: 700; color: var(--error-color, #db4437);
  }
  .empty { padding: 24px 8px; text-align: center; color: var(--secondary-text-color, #727272); }
  @container (max-width: 440px) {
    .body { padding: 12px; }
    .replay { flex-wrap: wrap; }
    .replay input { order: 3; flex-basis: 100%; }
    .replay .when { margin-left: auto; }
  }
  @media (prefers-reduced-motion: reduce) { .fill { transition: none; } }
`;

export const EDITOR = `
  ${SHARED}
  .form { display: flex; flex-direction: column; gap: 16px; color: var(--primary-text-color, #212121); padding: 4px 0; }
  .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
  label { display: flex; flex-direction: column; gap: 4px; font-size: 13px; color: var(--secondary-text-color, #727272); min-width: 0; }
  input, select, textarea {
    width: 100%; min-height: 40px; padding: 8px 10px; border-radius: 8px; font-size: 14px; color: var(--primary-text-color, #212121);
    border: 1px solid var(--divider-color, #e0e0e0); background: var(--card-background-color, #fff);
  }
  textarea { min-height: 84px; font-family: ui-monospace, monospace; font-size: 13px; resize: vertical; }
  .hint { margin: 0; font-size: 13px; line-height: 1.45; color: var(--secondary-text-color, #727272); }
  fieldset {
    margin: 0; padding: 12px; min-width: 0; border: 1px solid var(--divider-color, #e0e0e0); border-radius: 12px;
    display: flex; flex-direction: column; gap: 12px;
  }
  legend { padding: 0 6px; font-weight: 500; font-size: 14px; }
  .short { grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); }
  .scroll { overflow-x: auto; padding: 3px; margin: -3px; }
  .grid { display: grid; gap: 4px; width: max-content; --wide: 44px; --high: 60px; }
  .grid.landscape { --wide: 60px; --high: 44px; }
  .cell { width: var(--wide); height: var(--high); border-radius: 6px; border: 1px dashed var(--divider-color, #bdbdbd); }
  .cell.target {
    border: 2px solid var(--primary-color, #03a9f4);
    background: color-mix(in srgb, var(--primary-color, #03a9f4) 18%, transparent);
  }
  .tile {
    width: 100%; height: 100%; padding: 2px; border: 0; border-radius: 5px; cursor: grab; touch-action: none; user-select: none;
    background: #33406b; color: #fff; font-size: 11px; line-height: 1.15; overflow: hidden; overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums; box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.18);
  }
  .tile.stranger { background: var(--secondary-text-color, #727272); }
  .tile.held { outline: 3px solid var(--primary-color, #03a9f4); outline-offset: 1px; }
  .tile.dragged { opacity: 0.35; }
  .tray {
    display: flex; flex-wrap: wrap; gap: 4px; min-height: 68px; padding: 4px; border-radius: 8px;
    border: 1px dashed var(--divider-color, #bdbdbd); --wide: 44px; --high: 58px;
  }
  .tray.target { border: 2px solid var(--primary-color, #03a9f4); }
  .tray .tile { width: var(--wide); height: var(--high); }
  .ghost {
    position: fixed; inset: auto; margin: 0; border: 0; pointer-events: none; width: 44px; height: 60px;
    transform: translate(-50%, -50%) rotate(-3deg); box-shadow: 0 6px 18px rgba(0, 0, 0, 0.4);
  }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px; }
  .buttons button, .plain {
    border: 1px solid var(--divider-color, #e0e0e0); background: none; border-radius: 999px; padding: 7px 14px; cursor: pointer;
    font-size: 14px; color: var(--primary-color, #03a9f4); display: inline-flex; align-items: center; gap: 6px;
  }
  .buttons button:disabled { opacity: 0.4; cursor: default; }
  .danger { color: var(--error-color, #db4437) !important; }
  details > summary { cursor: pointer; font-size: 14px; padding: 4px 0; }
  details > div { display: flex; flex-direction: column; gap: 8px; padding-top: 6px; }
  .status { min-height: 1.4em; font-size: 13px; margin: 0; color: var(--secondary-text-color, #727272); }
`;

/** Return a sheet that all elements of a kind share. */
export function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
