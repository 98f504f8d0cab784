/**
 * The cards in the corner: all that the script shows. They live in one element, in a shadow root that the page's styles
 * do not reach.
 *
 * @typedef {[label: string, happens: () => unknown]} Action
 */
import { element, own } from "./own.js";
import { t } from "./words.js";

const STYLE = `
  :host { position: fixed; inset: auto 0 0 auto; z-index: 2147483647; width: min(372px, 100vw); max-height: 100vh;
    box-sizing: border-box; padding: 16px; overflow-y: auto; scroll-padding: 16px; pointer-events: none;
    font: 13px/1.5 system-ui, sans-serif; text-align: start; color-scheme: light dark; }
  section, button { pointer-events: auto; background: Canvas; color: CanvasText; }
  section { display: grid; grid-template: auto 1fr / auto 1fr; margin-top: 8px; padding: 12px;
    border: 1px solid #8884; border-radius: 10px; box-shadow: 0 4px 16px #0004; overflow-wrap: anywhere; }
  canvas { grid-area: 1 / 1 / 3 / 2; width: 56px; height: 56px; margin-right: 12px; border-radius: 6px;
    background: #8883; }
  h2, p { grid-column: 2; min-width: 0; margin: 0; font: inherit; white-space: pre-line; }
  h2 { font-weight: 600; }
  progress, div { grid-column: 1 / -1; margin-top: 8px; }
  progress { display: block; width: 100%; height: 6px; accent-color: #07c160; }
  progress[hidden] { visibility: hidden; }
  div { display: flex; justify-content: end; gap: 8px; }
  button { font: inherit; padding: 5px 14px; border: 1px solid #8886; border-radius: 6px; cursor: pointer; }
  button.main { background: #067a3f; border-color: #067a3f; color: #fff; }
  button:focus-visible { outline: 2px solid #07c160; outline-offset: 2px; }
  button.over { position: fixed; box-shadow: 0 2px 8px #0005; }
  button[hidden] { display: none; }`;

/** How long a card tells of its success. */
const SUCCESS_MS = 3000;

/** The one element that the script adds to the page. */
export const host = own("webwx-image", document.createElement("webwx-image"));
const shelf = own("shadow", host.attachShadow({ mode: "closed" }));
try {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  // Unlike a style element, it is no matter of the page's policy.
  shelf.adoptedStyleSheets = [sheet];
} catch {
  // Firefox takes no such sheet from a script that is kept apart from the page.
  shelf.append(element("style", { textContent: STYLE }));
}

// What is typed into a card is not for the page. A key that is held down does not answer one card after another.
for (const name of ["keydown", "keypress", "keyup"]) {
  host.addEventListener(name, (heard) => {
    const event = own("key", /** @type {KeyboardEvent} */ (heard));
    event.stopPropagation();
    if (event.repeat) {
      event.preventDefault();
    }
  });
}

/**
 * Puts something on the shelf, and the shelf into the page if it is not there yet.
 *
 * @param {HTMLElement} thing
 */
export function put(thing) {
  if (!host.isConnected) {
    document.documentElement.append(host);
  }
  shelf.append(thing);
}

/**
 * A listener for what the user does: not for events that a script makes.
 *
 * @template {Event} E
 * @param {(event: E) => unknown} listener
 * @returns {(event: E) => void}
 */
export const whenTrusted = (listener) => (event) => {
  if (event.isTrusted) {
    listener(event);
  }
};

/** What had the focus before a question took it: the chat's editor, most of the time. @type {HTMLElement | null} */
let focusedBefore = null;

/** @returns {HTMLElement | null} */
const nextQuestion = () => shelf.querySelector("button.main");

/** The focus goes to the next question, or back to where it was: not to a button that nobody asked for. */
function moveOn() {
  const next = nextQuestion();
  if (next !== null) {
    next.focus();
    return;
  }
  /** @type {HTMLElement | null} */ (shelf.activeElement)?.blur();
  focusedBefore?.focus();
}

export class Card {
  #title = element("h2");
  #text = element("p");
  #bar = element("progress", { hidden: true });
  #buttons = element("div");
  #root = element("section");

  /** @param {string} title */
  constructor(title) {
    this.#root.append(this.#title, this.#text, this.#bar, this.#buttons);
    this.#root.setAttribute("role", "group");
    this.#text.setAttribute("role", "status");
    this.title(title);
    put(this.#root);
  }

  /** @param {string} title */
  title(title) {
    this.#title.textContent = title;
    this.#root.setAttribute("aria-label", title);
  }

  /** How it stands. @param {string} text */
  say(text) {
    this.#text.textContent = text;
  }

  /**
   * How it stands, and what can be done. Escape does the last of it.
   *
   * @param {string} text
   * @param {Action[]} actions
   */
  show(text, actions) {
    const hadFocus = this.#root.contains(shelf.activeElement);
    this.say(text);
    this.#bar.hidden = true;
    this.#buttons.replaceChildren();
    let last = () => {};
    // By their places: a page could replace the methods and the iterator of arrays.
    for (let place = 0; place < actions.length; place += 1) {
      const action = /** @type {Action} */ (actions[place]);
      last = () => action[1]();
      const button = element("button", { type: "button", textContent: action[0] });
      button.onclick = whenTrusted(last);
      this.#buttons.append(button);
    }
    this.#root.onkeydown = whenTrusted((event) => {
      if (own("key", event).key === "Escape") {
        last();
      }
    });
    if (hadFocus) {
      /** @type {HTMLElement | null} */ (this.#buttons.firstElementChild)?.focus();
    }
  }

  /** @param {import("webwx-image").Progress} progress */
  progress({ step, loaded, total }) {
    const part = total ? loaded / total : 0;
    this.say(t(step, Math.floor(100 * part)));
    this.#bar.hidden = !total;
    this.#bar.value = part;
  }

  /**
   * A small picture of the picture, on a canvas: a policy may forbid images that are not the page's. Its place is taken
   * at once, so that no button moves away under the pointer.
   *
   * @param {Blob} picture
   */
  async preview(picture) {
    const canvas = element("canvas", { width: 112, height: 112 });
    this.#root.prepend(canvas);
    const bitmap = await createImageBitmap(picture, { resizeHeight: 112, resizeQuality: "medium" }).catch(() => null);
    if (bitmap) {
      const side = Math.min(bitmap.width, bitmap.height);
      const left = (bitmap.width - side) / 2;
      const top = (bitmap.height - side) / 2;
      const context = canvas.getContext("2d");
      if (context !== null) {
        own("drawing", context).drawImage(bitmap, left, top, side, side, 0, 0, 112, 112);
      }
    }
  }

  /**
   * Asks a question. Its first button is what Enter does, once the questions before it are answered.
   *
   * @param {string} text
   * @param {Action[]} actions
   */
  ask(text, actions) {
    this.show(text, actions);
    const main = /** @type {HTMLElement} */ (this.#buttons.firstElementChild);
    main.className = "main";
    if (document.activeElement !== host) {
      focusedBefore = /** @type {HTMLElement | null} */ (document.activeElement);
    }
    this.#root.scrollIntoView({ block: "nearest" });
    nextQuestion()?.focus({ preventScroll: true });
  }

  /**
   * The question is answered, and this is how it goes on.
   *
   * @param {string} text
   * @param {Action[]} actions
   */
  answered(text, actions) {
    this.show(text, actions);
    moveOn();
  }

  /** The end that needs no answer. @param {string} text */
  succeed(text) {
    this.show(text, [this.closing]);
    setTimeout(() => this.close(), SUCCESS_MS);
  }

  /** @type {Action} */
  get closing() {
    return [t("close"), () => this.close()];
  }

  close() {
    const hadFocus = this.#root.contains(shelf.activeElement);
    this.#root.remove();
    if (hadFocus) {
      moveOn();
    }
  }
}
