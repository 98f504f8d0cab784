/**
 * What is done with many pictures at once, above their list.
 *
 * @typedef {import("./panel.js").Actions} Actions
 * @typedef {import("./panel.js").View} View
 */
import { button, el, on, t } from "./elements.js";

/** Everything but what is on its way. */
const CLEARED = /** @type {const} */ (["taking", "ready", "waiting", "failed", "unsure", "sent", "refused"]);

export class Tools {
  #actions;
  #retry;
  #address;
  #clear;
  #clearAll;
  /** The first click on "Clear all" asks, the second one does it. */
  #isAsked = false;
  #count = 0;
  /** @type {readonly (typeof CLEARED)[number][]} */
  #states = [];

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#retry = button("quiet small retry-all", () => this.#do(actions.retryAll), t("retryAll"));
    this.#address = button("quiet small address-all", () => this.#do(actions.addressAll));
    this.#clear = button("quiet small clear", () => this.#do(() => actions.clear("sent")), t("clear"));
    this.#clearAll = button("quiet small clear-all", () => this.#ask());
    on(this.#clearAll, "blur", () => {
      this.#isAsked = false;
      this.#label();
    });
    this.root = el("div", { class: "tools" }, this.#retry, this.#address, this.#clear, this.#clearAll);
  }

  /** @param {View} view */
  render({ chat, entries, quietSeconds, paused }) {
    const inState = (/** @type {string[]} */ ...states) => entries.filter(({ item }) => states.includes(item.state));
    const elsewhere = inState("ready").filter(({ item }) => item.to !== null && item.to.userName !== chat?.userName);
    this.#retry.hidden = inState("failed").length < 2;
    this.#retry.disabled = quietSeconds > 0;
    this.#address.hidden = chat === null || elsewhere.length < 2;
    this.#address.textContent = t("addressAll", elsewhere.length, chat?.name ?? "");
    this.#clear.hidden = inState("sent").length === 0;
    // What waits is on its way, unless the queue is paused.
    this.#states = CLEARED.filter((state) => state !== "waiting" || paused !== null);
    this.#count = inState(...this.#states).length;
    this.#clearAll.hidden = this.#count < 2 || this.#count === inState("sent").length;
    this.#label();
  }

  #label() {
    this.#clearAll.textContent = this.#isAsked ? t("clearAllSure", this.#count) : t("clearAll");
  }

  #ask() {
    if (this.#isAsked) {
      this.#do(() => this.#actions.clear(...this.#states));
    }
    this.#isAsked = !this.#isAsked;
    this.#label();
  }

  /** @param {() => unknown} action */
  #do(action) {
    Promise.resolve()
      .then(action)
      .catch(this.#actions.failed);
  }
}
