/**
 * The panel: a button in the corner of the page, and what it opens. All of it is in a closed shadow root on an element
 * of its own, over the page and outside its layout: the page can neither see into it nor press its buttons.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../content/queue.js").Entry} Entry
 * @typedef {import("../content/originals.js").Tally} Tally
 */
import { Card } from "./card.js";
import { button, el, icon, iconButton, on, t } from "./elements.js";
import { Footer } from "./footer.js";
import { Order } from "./order.js";
import { Tools } from "./tools.js";
import styles from "./panel.css";

/**
 * @typedef {object} View
 * @property {Chat | null} chat that is open
 * @property {[key: string, ...values: string[]] | null} notice with the values in its sentence
 * @property {Tally | null} tally of the last saving
 * @property {boolean} saving
 * @property {import("../content/runner.js").Runner["paused"]} paused
 * @property {(entry: Entry) => boolean} canRepeat
 * @property {Entry[]} entries
 * @property {import("../types.js").How} how pictures go out that are sent next
 * @property {(entry: Entry) => number} estimate of the bytes that go out
 * @property {number} quietSeconds until the service may be asked again
 * @property {boolean} isNew nobody has opened the panel yet
 */

/**
 * @typedef {object} Actions
 * @property {(files: File[]) => Promise<void>} take
 * @property {() => Promise<void>} send
 * @property {() => void} pause
 * @property {(entry: Entry) => unknown} cancel
 * @property {(entry: Entry) => unknown} retry
 * @property {(entry: Entry) => unknown} again
 * @property {(entry: Entry) => unknown} arrived
 * @property {(entry: Entry) => unknown} remove
 * @property {(entry: Entry) => unknown} address
 * @property {(entry: Entry, before: Entry | null) => unknown} move
 * @property {(...states: Entry["item"]["state"][]) => unknown} clear
 * @property {() => Promise<void>} retryAll
 * @property {() => Promise<void>} addressAll
 * @property {(how: Partial<import("../types.js").How>) => Promise<void>} choose
 * @property {() => Promise<void>} welcomed
 * @property {() => Promise<void>} save
 * @property {() => void} stopSaving
 * @property {() => unknown} options
 * @property {(entry: Entry) => Promise<Blob>} picture
 * @property {() => Promise<void>} look
 * @property {(error: unknown) => void} failed
 */

export class Panel {
  #actions;
  /** @type {Map<string, Card>} */
  #cards = new Map();

  #host = document.createElement("webwx-image-panel");
  #root = this.#host.attachShadow({ mode: "closed" });
  #count = el("span", { class: "count", hidden: "" });
  #launcher;
  #to = el("strong", { class: "receiver" });
  #notice = el("p", { class: "notice", role: "alert", hidden: "" });
  /** Taken in advance: without its extension, the browser gives this page no sentences any more. */
  #goneNotice = t("noticeGone");
  #said = el("p", { class: "unseen", role: "status" });
  #list = el("ul", { class: "list", "aria-label": t("list") });
  #drop;
  #tools;
  #footer;
  #order;
  /** @type {Entry[]} */
  #entries = [];
  #welcome = el("p", { class: "welcome", role: "note", hidden: "" }, t("welcome"));
  #box;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#launcher = button("launcher", () => this.toggle(), icon("mark"), this.#count);
    this.#launcher.setAttribute("aria-label", t("open"));
    this.#launcher.title = t("open");
    this.#drop = this.#makeDrop();
    this.#tools = new Tools(actions);
    this.#footer = new Footer(actions);
    this.#order = new Order(this.#list, () => this.#entries, (entry, before) => {
      // At once: the focus stays on what is moved.
      Promise.resolve(actions.move(entry, before)).catch(actions.failed);
    });
    const head = el(
      "header",
      { class: "head" },
      icon("mark"),
      el("h2", { id: "title" }, t("title")),
      iconButton("options", t("options"), () => this.#do(actions.options)),
      iconButton("close", t("close"), () => this.close()),
    );
    this.#box = el(
      "section",
      { class: "box", role: "dialog", "aria-labelledby": "title", tabindex: "-1", hidden: "" },
      head,
      el("p", { class: "chat" }, el("span", {}, t("openChat")), this.#to),
      this.#notice,
      this.#said,
      el("div", { class: "middle" }, this.#drop, this.#tools.root, this.#list),
      this.#footer.root,
    );
    this.#attach();
  }

  get isOpen() {
    return !this.#box.hidden;
  }

  open() {
    this.#box.hidden = false;
    this.#do(this.#actions.welcomed);
    this.#launcher.setAttribute("aria-expanded", "true");
    void this.#actions.look();
  }

  close() {
    this.#box.hidden = true;
    this.#launcher.setAttribute("aria-expanded", "false");
    this.#launcher.focus();
  }

  toggle() {
    if (this.isOpen) {
      this.close();
    } else {
      this.open();
      this.#box.focus();
    }
  }

  /** @param {View} view */
  render(view) {
    const { chat, entries, notice } = view;
    this.#entries = entries;
    this.#welcome.hidden = !view.isNew || this.isOpen;
    const focused = this.#root.activeElement;
    this.#to.textContent = chat?.name ?? t("noChat");
    this.#to.title = chat?.name ?? "";
    this.#box.dataset["chat"] = chat === null ? "none" : "open";
    this.#notice.hidden = notice === null;
    const said = notice === null ? "" : t(...notice);
    if (this.#notice.textContent !== said) {
      this.#notice.textContent = said;
    }
    const sent = entries.filter(({ item }) => item.state === "sent").length;
    const open = entries.filter(({ item }) => !["sent", "refused"].includes(item.state)).length;
    // For those who cannot see the cards.
    this.#said.textContent = entries.length === 0 ? "" : t("sentOf", sent, entries.length);
    this.#count.hidden = open === 0;
    this.#count.textContent = `${open}`;
    this.#drop.classList.toggle("slim", entries.length > 0);
    this.#renderCards(view);
    this.#tools.render(view);
    this.#footer.render(view);
    // A button that goes takes the focus with it: the panel keeps it.
    if (focused instanceof HTMLElement && !focused.checkVisibility()) {
      this.#box.focus();
    }
  }

  /** Says that the extension has gone from under this page. Nothing is drawn again after it. */
  gone() {
    this.#notice.hidden = false;
    this.#notice.textContent = this.#goneNotice;
  }

  /** @param {View} view */
  #renderCards(view) {
    const left = new Set(this.#cards.keys());
    for (const entry of view.entries) {
      const { id } = entry.item;
      left.delete(id);
      let card = this.#cards.get(id);
      if (!card) {
        card = new Card(entry, this.#actions, this.#order);
        this.#cards.set(id, card);
      }
      card.render(entry, view);
    }
    this.#arrange(view.entries);
    for (const id of left) {
      this.#removeCard(id);
    }
    this.#list.hidden = view.entries.length === 0;
  }

  /** Brings the cards into the order of their entries, and moves none that stands right. @param {Entry[]} entries */
  #arrange(entries) {
    entries.forEach(({ item }, at) => {
      const root = this.#cards.get(item.id)?.root;
      if (root !== undefined && this.#list.children[at] !== root) {
        this.#list.insertBefore(root, this.#list.children[at] ?? null);
      }
    });
  }

  /** Gives the focus to a neighbour rather than to nobody. @param {string} id */
  #removeCard(id) {
    const card = this.#cards.get(id)?.root;
    this.#cards.delete(id);
    if (card === undefined) {
      return;
    }
    const held = card.contains(this.#root.activeElement);
    const neighbour = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    if (held) {
      /** @type {HTMLElement} */ (neighbour?.querySelector("button") ?? this.#box).focus();
    }
  }

  #makeDrop() {
    const input = el("input", { type: "file", multiple: "", accept: "image/*", class: "unseen", tabindex: "-1" });
    on(input, "change", () => {
      this.#take([...(input.files ?? [])]);
      input.value = "";
    });
    const choose = button("choose", () => input.click(), t("choose"));
    return el("div", { class: "drop" }, icon("picture"), choose, input, el("p", { class: "hint" }, t("hint")));
  }

  /** @param {File[]} files */
  #take(files) {
    if (files.length > 0) {
      this.#do(() => this.#actions.take(files));
    }
  }

  /** @param {() => unknown} action */
  #do(action) {
    Promise.resolve()
      .then(action)
      .catch(this.#actions.failed);
  }

  #attach() {
    const root = this.#root;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    // Not a style element: a strict page would not allow it.
    root.adoptedStyleSheets = [sheet];
    root.append(this.#box, this.#welcome, this.#launcher);
    root.addEventListener("paste", (event) => this.#pasted(/** @type {ClipboardEvent} */ (event)));
    on(root, "keydown", (event) => {
      if (event.key === "Escape") {
        this.close();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.#footer.send();
      }
    });
    // The page has keys of its own, and takes what is pasted or dropped anywhere on it.
    for (const type of ["keydown", "keypress", "keyup", "paste", "dragenter", "dragover", "dragleave", "drop"]) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
    this.#takeDrops();
    document.documentElement.append(this.#host);
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (event.isTrusted && files.length > 0) {
      event.preventDefault();
      this.#take(files);
    }
  }

  #takeDrops() {
    const over = (/** @type {DragEvent} */ event) => {
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        this.#box.classList.add("over");
      }
    };
    const dropped = (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      this.#box.classList.remove("over");
      this.#take([...(event.dataTransfer?.files ?? [])]);
    };
    on(this.#launcher, "dragenter", () => this.open());
    for (const target of [this.#box, this.#launcher]) {
      on(target, "dragenter", over);
      on(target, "dragover", over);
      on(target, "dragleave", ({ relatedTarget }) => {
        if (!target.contains(relatedTarget)) {
          this.#box.classList.remove("over");
        }
      });
      on(target, "drop", dropped);
    }
  }
}
