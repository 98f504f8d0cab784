/** Elements, words and icons of the panel. */

/** A sentence in the browser's language. @param {string} key @param {...(string | number)} values */
export const t = (key, ...values) => chrome.i18n.getMessage(key, values.map(String));

/**
 * Listens to what the user does, and to nothing that a script of the page made up.
 *
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} handle
 */
export function on(target, type, handle) {
  target.addEventListener(type, (event) => {
    if (event.isTrusted) {
      handle(event);
    }
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const ICONS = {
  mark: "M2 2h12v3H2zM2 6.5h12v3H2zM2 11h7v3H2z",
  close: "m3.5 3.5 9 9m0-9-9 9",
  options:
    "M8 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM8 1.5v2m0 9v2M1.5 8h2m9 0h2" +
    "M3.4 3.4l1.4 1.4m6.4 6.4 1.4 1.4m0-9.2-1.4 1.4m-6.4 6.4-1.4 1.4",
  grip: "M6 3.5h.01M10 3.5h.01M6 8h.01M10 8h.01M6 12.5h.01M10 12.5h.01",
  picture: "M1.5 2.5h13v11h-13zm0 9 4-4.5 3 3 2-2 4 4",
  retry: "M13.2 6.5A5.5 5.5 0 1 0 13.5 9m0-6.5v4h-4",
  save: "M8 2v8m-3.5-3L8 10.5 11.5 7M2.5 13.5h11",
  stop: "M4 4h8v8H4z",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon ${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {string} kind its class, by which it is styled
 * @param {() => void} act
 * @param {...(Node | string)} children
 */
export function button(kind, act, ...children) {
  const made = el("button", { type: "button", class: `button ${kind}` }, ...children);
  on(made, "click", act);
  return made;
}

/**
 * A button that shows an icon alone: its label is for those who cannot see it, its title for those who can.
 *
 * @param {keyof typeof ICONS} name
 * @param {string} label
 * @param {() => void} act
 */
export function iconButton(name, label, act) {
  const made = button("icon-button", act, icon(name));
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte"];
  const power = Math.min(2, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1000)));
  const style = { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(chrome.i18n.getUILanguage(), /** @type {any} */ (style)).format(bytes / 1000 ** power);
}

/** A picture's type as people write it. @param {string} mime */
export const typeName = (mime) => (mime === "image/webp" ? "WebP" : mime.replace(/^image\//, "").toUpperCase());
