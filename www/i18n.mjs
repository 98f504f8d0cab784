/** The page in two languages: what is said is remembered, so that a switch says all of it again. */

import { strings } from "./strings.mjs";

const LANGUAGES = ["en", "zh-CN"];
const STORED = "webwx-image.language";

let language = "en";

/** What each element says: its text or one of its attributes → [key, values]. */
const said = new WeakMap();

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    // A page without storage simply starts from the browser's language.
    return null;
  }
}

export const currentLanguage = () => language;

export const has = (key) => Object.hasOwn(strings, key);

/** The sentence for `key`. A value may be a function, for what depends on the language itself. */
export function t(key, values = {}) {
  const sentence = strings[key];
  if (sentence === undefined) {
    throw new Error(`no string "${key}"`);
  }
  return sentence[LANGUAGES.indexOf(language)].replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "function" ? value() : String(value);
  });
}

function utter(element, place, [key, values]) {
  const sentence = t(key, values);
  if (place !== "text") {
    element.setAttribute(place, sentence);
  } else if (element.textContent !== sentence) {
    element.textContent = sentence;
  }
}

/** Puts the sentence into the element (or one of its attributes) now and after every change of language. */
export function say(element, key, values = {}, place = "text") {
  const places = said.get(element) ?? {};
  places[place] = [key, values];
  said.set(element, places);
  element.toggleAttribute("data-said", true);
  utter(element, place, places[place]);
  return element;
}

/** Names in a row, in the manner of the language. */
export const list = (names) => names.join(language === "en" ? ", " : "、");

/** A number in the manner of the language. */
export const number = (value) => new Intl.NumberFormat(language).format(value);

/** A moment in the manner of the language and the reader's time zone. */
export const moment = (date) => new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium" }).format(date);

/** Bytes in three figures and the fitting unit. */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  const power = value < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
  const scaled = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value / 1000 ** power);
  return `${scaled} ${units[power]}`;
}

function sayAll() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-said]")) {
    for (const [place, sentence] of Object.entries(said.get(element))) {
      utter(element, place, sentence);
    }
  }
}

export function setLanguage(next) {
  language = LANGUAGES.includes(next) ? next : "en";
  sayAll();
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export const otherLanguage = () => LANGUAGES.find((one) => one !== language);

/**
 * Binds the sentences that the HTML names (data-text, data-label, data-alt; their values are other data- attributes)
 * and picks the first language.
 */
export function startLanguage() {
  const chosen = stored();
  const preferred = navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  language = LANGUAGES.includes(chosen) ? chosen : preferred;
  const places = { text: "text", label: "aria-label", alt: "alt" };
  for (const [attribute, place] of Object.entries(places)) {
    for (const element of document.querySelectorAll(`[data-${attribute}]`)) {
      say(element, element.getAttribute(`data-${attribute}`), { ...element.dataset }, place);
    }
  }
  document.documentElement.lang = language;
}
