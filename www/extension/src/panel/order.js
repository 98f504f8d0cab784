/**
 * Putting the cards into another order: by dragging a card's handle, or by the arrow keys while the handle has the focus.
 *
 * @typedef {import("../content/queue.js").Entry} Entry
 */
import { button, icon, on, t } from "./elements.js";

/** What the user may put elsewhere: the others are on their way, or done. */
const MOVABLE = ["taking", "ready", "waiting", "failed", "unsure"];

export class Order {
  #list;
  #entries;
  #move;
  /** @type {string | null} */
  #dragged = null;

  /**
   * @param {HTMLElement} list of cards, each with its entry's id
   * @param {() => Entry[]} entries as they are shown
   * @param {(entry: Entry, before: Entry | null) => unknown} move
   */
  constructor(list, entries, move) {
    this.#list = list;
    this.#entries = entries;
    this.#move = move;
    on(list, "dragover", (event) => {
      if (this.#dragged !== null) {
        event.preventDefault();
        event.dataTransfer.dropEffect = "move";
        this.#mark(this.#placeAt(event.clientY));
      }
    });
    on(list, "drop", (event) => {
      const [entry] = this.#entries().filter(({ item }) => item.id === this.#dragged);
      if (entry !== undefined) {
        event.preventDefault();
        this.#move(entry, this.#placeAt(event.clientY));
      }
    });
  }

  /** Of one card. @param {string} id @param {string} name */
  handle(id, name) {
    const made = button("grip", () => {}, icon("grip"));
    made.draggable = true;
    made.setAttribute("aria-label", t("move", name));
    made.title = t("moveHint");
    on(made, "keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[/** @type {string} */ (event.key)];
      if (by !== undefined) {
        event.preventDefault();
        this.#step(id, by);
        made.focus();
      }
    });
    on(made, "dragstart", (event) => {
      this.#dragged = id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      const card = made.closest(".card");
      if (card !== null) {
        event.dataTransfer.setDragImage(card, 12, 12);
      }
    });
    on(made, "dragend", () => {
      this.#dragged = null;
      this.#mark(undefined);
    });
    return made;
  }

  /** @param {Entry["item"]} item */
  static isMovable = ({ state }) => MOVABLE.includes(state);

  /** @param {string} id @param {number} by */
  #step(id, by) {
    const entries = this.#entries();
    const at = entries.findIndex(({ item }) => item.id === id);
    const to = at + by;
    const entry = entries[at];
    if (entry !== undefined && to >= 0 && to < entries.length) {
      this.#move(entry, entries[by < 0 ? to : to + 1] ?? null);
    }
  }

  /** The entry before which something that is dropped here comes. @param {number} y */
  #placeAt(y) {
    const cards = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const next = cards.find((card) => {
      const { top, height } = card.getBoundingClientRect();
      return y < top + height / 2;
    });
    return this.#entries().find(({ item }) => item.id === next?.dataset["id"]) ?? null;
  }

  /** @param {Entry | null | undefined} before */
  #mark(before) {
    for (const card of /** @type {HTMLElement[]} */ ([...this.#list.children])) {
      card.classList.toggle("before", before !== undefined && before !== null && card.dataset["id"] === before.item.id);
      card.classList.toggle("after", before === null && card === this.#list.lastElementChild);
    }
  }
}
