/** Small DOM helpers: elements, icons, copying, announcements, tabs. No knowledge of pictures. */

import { has, say, t } from "./i18n.mjs";

/** Makes an element: `el("p", { class: "note" }, "text", child)`. A function is a listener, `true` a bare attribute. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

/** An element that says a sentence in the language of the page. */
export const spoken = (tag, key, attributes = {}, values = {}) => say(el(tag, attributes), key, values);

/** An icon from the sheet in index.html; decoration, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A square button that shows only an icon: its label is for those who cannot see it, its title for those who can. */
export function iconButton(name, key, values, onClick) {
  const button = el("button", { type: "button", class: "icon-button", click: onClick }, icon(name));
  say(button, key, values, "aria-label");
  return say(button, key, values, "title");
}

/** A long value with its middle left out. */
export const shorten = (text, head = 16, tail = 8) =>
  text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;

/** Says a sentence to screen readers, once, when they have time for it. Behind an open dialog nothing is heard. */
export function announce(key, values = {}) {
  document.querySelector("dialog[open] [role=status], body > #announcer").textContent = t(key, values);
}

/** A button that copies `text()` and shows how it went. */
export function copyButton(what, text) {
  const show = (picture, key) => {
    button.replaceChildren(icon(picture));
    say(button, key, { what }, "aria-label");
    say(button, key, { what }, "title");
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      show("check", "action.copied");
      announce("action.copied");
    } catch {
      show("stop", "action.copyFailed");
      announce("action.copyFailed");
    }
    setTimeout(() => show("copy", "action.copyNamed"), 2000);
  };
  const button = el("button", { type: "button", class: "icon-button copy", click: copy });
  show("copy", "action.copyNamed");
  return button;
}

/** One term and its value in a description list. */
export function fact(key, value, attributes = {}) {
  const term = key.includes(".") ? spoken("dt", key) : el("dt", {}, key);
  return el("div", { class: "fact", ...attributes }, term, value instanceof Node ? value : el("dd", {}, value));
}

/** The error's stable code; what has none is a bug. */
export const errorCode = (error) => (has(`error.${error?.code}`) ? error.code : "internal");

/** What to do about an error; `where` names a place where it is something else than everywhere. */
export function adviceKey(error, where) {
  const code = errorCode(error);
  return has(`advice.${where}.${code}`) ? `advice.${where}.${code}` : `advice.${code}`;
}

/**
 * An error as a title, what to do, and the library's own line. Errors are told by `code`, so that one from another
 * bundle reads the same.
 */
export function errorBox(error, advice = adviceKey(error)) {
  const code = errorCode(error);
  return el(
    "div",
    { class: "error-box" },
    el(
      "p",
      { class: "error-title" },
      icon("stop"),
      el("span", {}, spoken("strong", `error.${code}`), " ", el("code", {}, code)),
    ),
    spoken("p", advice, { class: "error-advice" }),
    el("p", { class: "error-line" }, String(error?.message ?? error)),
  );
}

/** What was odd but readable, as a list; null where nothing was. */
export function warningList(warnings) {
  if (warnings.length === 0) {
    return null;
  }
  const items = warnings.map((warning) => el("li", {}, warning));
  return el("div", { class: "warnings" }, icon("warn"), spoken("strong", "warnings.title"), el("ul", {}, ...items));
}

/** A tablist after the ARIA pattern: arrows move, Home and End jump, the choice is kept in the address. */
export function startTabs(list, onShow) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const show = (chosen, focus) => {
    for (const tab of tabs) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
    }
    if (focus) {
      chosen.focus();
    }
    history.replaceState(null, "", `#${chosen.dataset.tab}`);
    onShow(chosen.dataset.tab);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) {
      show(tab, false);
    }
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    if (event.key in moves && at >= 0) {
      event.preventDefault();
      show(tabs[moves[event.key] % tabs.length], true);
    }
  });
  const named = (name) => tabs.find((tab) => tab.dataset.tab === name);
  show(named(location.hash.slice(1)) ?? tabs[0], false);
  return (name) => show(named(name), false);
}
