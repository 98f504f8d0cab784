/**
 * One picture in the panel: what it is, whom it goes to, how far it has come, and what can be done.
 *
 * @typedef {import("../content/queue.js").Entry} Entry
 * @typedef {import("./panel.js").Actions} Actions
 * @typedef {import("./panel.js").View} View
 */
import { button, el, icon, iconButton, size, t, typeName } from "./elements.js";

/** Errors that have a sentence of their own; with the others goes the library's own line. */
const TOLD = [
  "account-barred",
  "invalid-input",
  "network",
  "not-an-image",
  "other-chat",
  "other-login",
  "picture-gone",
  "rate-limited",
  "session-lost",
  "target-refused",
  "timeout",
  "wrong-image",
];

/** Pixels of a thumbnail's sides, for dense screens. */
const THUMBNAIL = 96;

export class Card {
  #entry;
  #actions;
  #buttonsFor = "";
  #drawn = false;

  #canvas = el("canvas", { width: `${THUMBNAIL}`, height: `${THUMBNAIL}` });
  #frame = el("div", { class: "frame", "aria-hidden": "true" }, icon("picture"), this.#canvas);
  #name = el("p", { class: "name" });
  #to = el("span", { class: "to" });
  #bar = el("div", { class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  #status = el("p", { class: "status" });
  #converted = el("p", { class: "converted", hidden: "" });
  #buttons = el("div", { class: "card-buttons" });
  #choices = el("div", { class: "choices" });

  /**
   * @param {Entry} entry
   * @param {Actions} actions
   */
  constructor(entry, actions) {
    this.#entry = entry;
    this.#actions = actions;
    const facts = el("p", { class: "facts" }, this.#to, el("span", { class: "size" }, size(entry.item.size)));
    this.root = el(
      "li",
      { class: "card" },
      this.#frame,
      el("div", { class: "body" }, this.#name, facts, this.#status, this.#converted),
      this.#buttons,
      this.#bar,
      this.#choices,
    );
  }

  /**
   * @param {Entry} entry
   * @param {View} view
   */
  render(entry, view) {
    this.#entry = entry;
    const { item, percent } = entry;
    this.root.dataset["state"] = item.state;
    this.root.dataset["id"] = item.id;
    this.root.toggleAttribute("data-held", item.state === "ready" && item.error !== null);
    this.#name.textContent = item.name;
    this.#name.title = item.name;
    this.#bar.setAttribute("aria-label", t("progressOf", item.name));
    this.#to.textContent = item.to === null ? t("toNobody") : t("to", item.to.name);
    this.#to.title = item.to?.name ?? "";
    const moving = item.state === "uploading" || item.state === "sending";
    this.#bar.hidden = !moving;
    this.#bar.style.setProperty("--share", `${percent}%`);
    this.#bar.setAttribute("aria-valuenow", `${percent}`);
    this.#status.textContent = status(entry, view);
    this.#status.title = item.error?.message ?? "";
    this.#converted.hidden = item.converted === null;
    this.#converted.textContent = conversion(item);
    this.#renderButtons(view);
    if (!this.#drawn && item.state !== "sent") {
      this.#drawn = true;
      void this.#draw();
    }
  }

  /** Buttons are made anew only when others are wanted, so that the focus stays where it is. @param {View} view */
  #renderButtons(view) {
    const { item } = this.#entry;
    const elsewhere = item.state === "ready" && view.chat !== null && view.chat.userName !== item.to?.userName;
    const wanted = [item.state, elsewhere ? view.chat?.name : "", view.canRepeat(this.#entry)].join();
    if (wanted === this.#buttonsFor) {
      return;
    }
    this.#buttonsFor = wanted;
    const held = this.root.contains(/** @type {ShadowRoot} */ (this.root.getRootNode()).activeElement);
    const { name } = item;
    const act = (/** @type {(entry: Entry) => unknown} */ action) => () => this.#do(action);
    const { cancel, remove, retry, again, arrived, address } = this.#actions;

    const buttons = [];
    if (["waiting", "uploading"].includes(item.state)) {
      buttons.push(iconButton("stop", t("cancel", name), act(cancel)));
    }
    if (item.state === "failed") {
      buttons.push(iconButton("retry", t("retry", name), act(retry)));
    }
    if (["ready", "failed", "unsure", "sent"].includes(item.state)) {
      buttons.push(iconButton("close", t("remove", name), act(remove)));
    }
    this.#buttons.replaceChildren(...buttons);

    const choices = [];
    if (elsewhere) {
      choices.push(button("small address", act(address), t("address", view.chat?.name ?? "")));
    }
    if (item.state === "unsure") {
      choices.push(button("small", act(arrived), t("arrived")), button("small", act(again), t("again")));
    }
    this.#choices.replaceChildren(...choices);
    if (held) {
      (buttons[0] ?? choices[0])?.focus();
    }
  }

  /** @param {(entry: Entry) => unknown} action */
  #do(action) {
    Promise.resolve(action(this.#entry)).catch(this.#actions.failed);
  }

  /** On a canvas: the page's policy has no say in it, and no address of the picture is left behind. */
  async #draw() {
    try {
      const bitmap = await createImageBitmap(await this.#actions.picture(this.#entry));
      const side = Math.min(bitmap.width, bitmap.height);
      const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
      const context = this.#canvas.getContext("2d");
      context?.drawImage(bitmap, left, top, side, side, 0, 0, THUMBNAIL, THUMBNAIL);
      bitmap.close();
      this.#frame.dataset["drawn"] = "";
    } catch {
      // The frame keeps its sign.
    }
  }
}

/** @param {Entry["item"]} item */
function failure({ error, to, type }) {
  const { code = "", message = "" } = error ?? {};
  const key = TOLD.includes(code) ? `error_${code.replaceAll("-", "_")}` : "error_other";
  return t(key, message, to?.name ?? "", typeName(type));
}

/** What a picture was turned into, since the service takes none of its own type. @param {Entry["item"]} item */
function conversion({ converted }) {
  if (converted === null) {
    return "";
  }
  const { from, to, firstFrameOnly } = converted;
  return t(firstFrameOnly ? "convertedFrame" : "converted", typeName(from), typeName(to));
}

/**
 * @param {Entry} entry
 * @param {View} view
 */
function status(entry, view) {
  const { state, error } = entry.item;
  switch (state) {
    case "uploading":
      return t("stateUploading", entry.percent);
    case "unsure":
      return [
        error === null ? t("pageEnded") : failure(entry.item),
        t(view.canRepeat(entry) ? "stateUnsureHere" : "stateUnsure"),
      ].join(" ");
    case "ready":
      return error === null ? t("state_ready") : failure(entry.item);
    case "failed":
      return failure(entry.item);
    case "waiting":
      return t(view.paused === null ? "stateWaiting" : "statePaused");
    default:
      return t(`state_${state}`);
  }
}
