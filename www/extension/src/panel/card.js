/**
 * One picture in the panel: what it is, whom it goes to, how far it has come, and what can be done.
 *
 * @typedef {import("../content/queue.js").Entry} Entry
 * @typedef {import("./panel.js").Actions} Actions
 * @typedef {import("./panel.js").View} View
 */
import { failure, unsure } from "./codes.js";
import { button, el, icon, iconButton, size, t, typeName } from "./elements.js";
import { Order } from "./order.js";

/** Pixels of a thumbnail's sides, for dense screens. */
const THUMBNAIL = 96;

/** Pixels of the longer side of a larger view, for dense screens. */
const LARGE = 720;

export class Card {
  #entry;
  #actions;
  #buttonsFor = "";
  #drawn = false;

  #canvas = el("canvas", { width: `${THUMBNAIL}`, height: `${THUMBNAIL}` });
  #frame = button("frame", () => void this.#enlarge(), icon("picture"), this.#canvas);
  #large = el("div", { class: "large", hidden: "" });
  #handle;
  #name = el("p", { class: "name" });
  #to = el("span", { class: "to" });
  #bar = el("div", { class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  #status = el("p", { class: "status" });
  #converted = el("p", { class: "converted", hidden: "" });
  #size = el("span", { class: "size" });
  #buttons = el("div", { class: "card-buttons" });
  #choices = el("div", { class: "choices" });

  /**
   * @param {Entry} entry
   * @param {Actions} actions
   * @param {Order} order
   */
  constructor(entry, actions, order) {
    this.#entry = entry;
    this.#actions = actions;
    this.#handle = order.handle(entry.item.id, entry.item.name);
    this.#frame.setAttribute("aria-expanded", "false");
    const facts = el("p", { class: "facts" }, this.#to, this.#size);
    this.root = el(
      "li",
      { class: "card" },
      this.#handle,
      this.#frame,
      el("div", { class: "body" }, this.#name, facts, this.#status, this.#converted),
      this.#buttons,
      this.#bar,
      this.#choices,
      this.#large,
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
    this.#handle.disabled = !Order.isMovable(item);
    this.#frame.setAttribute("aria-label", t("enlarge", item.name));
    this.#bar.setAttribute("aria-label", t("progressOf", item.name));
    this.#size.textContent = sizes(item.size, view.estimate(entry));
    this.#to.textContent = item.to === null ? t("toNobody") : t("to", item.to.name);
    this.#to.title = item.to?.name ?? "";
    const moving = ["taking", "uploading", "sending"].includes(item.state);
    this.#bar.hidden = !moving;
    this.#bar.style.setProperty("--share", `${percent}%`);
    this.#bar.setAttribute("aria-valuenow", `${percent}`);
    this.#status.textContent = status(entry, view);
    this.#status.title = item.error?.message ?? "";
    this.#converted.textContent = [conversion(item), removal(item)].filter((text) => text !== "").join(" · ");
    this.#converted.hidden = this.#converted.textContent === "";
    this.#renderButtons(view);
    if (!this.#drawn && !["sent", "refused"].includes(item.state)) {
      this.#drawn = true;
      void this.#draw();
    }
  }

  /** Buttons are created again only if others are needed, so that the focus stays where it is. @param {View} view */
  #renderButtons(view) {
    const { item } = this.#entry;
    const elsewhere = item.state === "ready" && view.chat !== null && view.chat.userName !== item.to?.userName;
    const isPaused = item.state === "waiting" && view.paused !== null;
    const isQuiet = view.quietSeconds > 0;
    const wanted = [item.state, elsewhere ? view.chat?.name : "", view.canRepeat(this.#entry), isPaused, isQuiet].join();
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
      const again = iconButton("retry", t("retry", name), act(retry));
      again.disabled = isQuiet;
      buttons.push(again);
    }
    if (isPaused || ["taking", "ready", "failed", "unsure", "sent", "refused"].includes(item.state)) {
      buttons.push(iconButton("close", t("remove", name), act(remove)));
    }
    this.#buttons.replaceChildren(...buttons);

    const choices = [];
    if (elsewhere) {
      choices.push(button("small address", act(address), t("address", view.chat?.name ?? "")));
    }
    if (item.state === "unsure") {
      const repeat = button("small", act(again), t("again"));
      repeat.disabled = isQuiet;
      choices.push(button("small", act(arrived), t("arrived")), repeat);
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

  /** Shows the whole picture below its card, or hides it again. */
  async #enlarge() {
    const isShown = this.#large.hidden;
    if (isShown && this.#large.firstChild === null) {
      try {
        const bitmap = await createImageBitmap(await this.#actions.picture(this.#entry));
        const share = Math.min(1, LARGE / Math.max(bitmap.width, bitmap.height));
        const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * share)));
        const canvas = el("canvas", { width: `${width}`, height: `${height}`, role: "img", "aria-label": this.#entry.item.name });
        canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        bitmap.close();
        this.#large.replaceChildren(canvas);
      } catch {
        return;
      }
    }
    this.#large.hidden = !isShown;
    this.#frame.setAttribute("aria-expanded", `${isShown}`);
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

/** What a picture was turned into, since the service takes none of its own type. @param {Entry["item"]} item */
function conversion({ converted }) {
  if (converted === null) {
    return "";
  }
  const { from, to, firstFrameOnly } = converted;
  return t(firstFrameOnly ? "convertedFrame" : "converted", typeName(from), typeName(to));
}

/** What was taken out beside the pixels. @param {Entry["item"]} item */
const removal = ({ stripped }) =>
  stripped === null ? "" : t(stripped.location ? "strippedLocation" : "stripped", size(stripped.bytes));

/** A picture's size, and about what goes out where that is something else. @param {number} bytes @param {number} estimate */
const sizes = (bytes, estimate) => (estimate === bytes ? size(bytes) : t("about", size(bytes), size(estimate)));

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
      return unsure(entry.item, view.canRepeat(entry));
    case "taking":
      return t(entry.wanted === null ? "state_taking" : "stateTakingWanted");
    case "refused":
    case "failed":
      return failure(entry.item);
    case "ready":
      return error === null ? t("state_ready") : failure(entry.item);
    case "waiting":
      return t(view.paused === null ? "stateWaiting" : "statePaused");
    default:
      return t(`state_${state}`);
  }
}
