/**
 * The tab's queue as this page sees it. The worker has the last word on every item; what is kept here beside it are the
 * things that are only good for now: the picture itself, and how far it has come.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("../types.js").Patch} Patch
 */
import { newItem } from "../shared/item.js";
import { partCount, partOf, toBase64, fromBase64 } from "../shared/parts.js";
import * as keeper from "./keeper.js";

/**
 * @typedef {object} Entry
 * @property {Item} item
 * @property {Blob | null} picture
 * @property {number} percent of storing; then of hashing, uploading and sending together
 * @property {import("../types.js").How | null} wanted it is to be sent as soon as it is stored
 */

/** Why a picture cannot be used, in the words of the errors that are shown. */
export class Refusal extends Error {
  /**
   * @param {"already" | "not-an-image" | "not-stored" | "picture-gone" | "wrong-image" | "cannot-strip"} code
   * @param {string} name of the picture
   */
  constructor(code, name) {
    super(code);
    this.code = code;
    this.picture = name;
  }
}

export class Queue {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  get entries() {
    return [...this.#entries.values()];
  }

  /** @param {...Item["state"]} states */
  inState(...states) {
    return this.entries.filter(({ item }) => states.includes(item.state));
  }

  /** Takes over what the tab has: at the begin, and when this page comes back from the browser's cache. */
  async open() {
    this.#fill(await keeper.hello());
  }

  /** Sees what the worker has added. What is known already is left alone: it may be on its way. */
  async refresh() {
    for (const item of await keeper.items()) {
      if (item.state !== "taking" && !this.#entries.has(item.id)) {
        this.#entries.set(item.id, { item, picture: null, percent: 0, wanted: null });
      }
    }
    this.#onChange();
  }

  /** An entry stays the same object as long as its picture is here: whoever works on it holds it. @param {Item[]} items */
  #fill(items) {
    const before = this.#entries;
    this.#entries = new Map();
    for (const item of items) {
      const known = before.get(item.id);
      if (known !== undefined) {
        known.item = item;
      }
      if (known !== undefined || item.state !== "taking") {
        this.#entries.set(item.id, known ?? { item, picture: null, percent: 0, wanted: null });
      }
    }
    // Of these the worker knows nothing.
    for (const entry of before.values()) {
      if (entry.item.state === "refused") {
        this.#entries.set(entry.item.id, entry);
      }
    }
    this.#onChange();
  }

  /**
   * Takes pictures in, all at once and each in its turn: looked at, hashed, and stored by the worker, so that from then on they
   * outlive this page. What cannot be taken stays in the list, with the reason, until the user has seen it.
   *
   * @param {File[]} files
   * @param {Chat} to
   * @param {string} from one's own UserName
   */
  async take(files, to, from) {
    const entries = files.map((file) => {
      const item = newItem({ taker: "page", name: file.name || "image", type: file.type, size: file.size, from, to });
      const entry = { item, picture: file, percent: 0, wanted: null };
      this.#entries.set(item.id, entry);
      return entry;
    });
    this.#onChange();
    for (const entry of entries.filter(({ item }) => this.#entries.has(item.id))) {
      await this.#store(entry).catch((error) => this.#refuse(entry, error));
    }
  }

  /** @param {Entry} entry */
  async #store(entry) {
    const picture = /** @type {File} */ (entry.picture);
    const info = await looked(picture, entry.item.name);
    const md5 = await WebwxImage.md5(picture);
    const { to, size } = entry.item;
    this.#refuseSecond(md5, /** @type {Chat} */ (to), entry.item.name, entry);
    const name = picture.name || `image.${info.extension}`;
    entry.item = { ...entry.item, md5, name, type: info.type, width: info.width ?? 0, height: info.height ?? 0 };
    if (!this.#entries.has(entry.item.id)) {
      return;
    }
    const { id } = entry.item;
    const parts = partCount(size);
    try {
      await keeper.add(entry.item);
      for (let index = 0; index < parts; index += 1) {
        await keeper.put(id, index, await toBase64(partOf(picture, index)));
        this.advance(entry, Math.round(((index + 1) / parts) * 100));
      }
      entry.percent = 0;
      await this.change(entry, { state: "ready" });
    } catch (error) {
      await keeper.remove(id).catch(() => {});
      // Removed by the user while it was being stored.
      if (this.#entries.has(id)) {
        throw error;
      }
      return;
    }
    if (entry.wanted !== null) {
      await this.change(entry, { state: "waiting", how: entry.wanted });
      entry.wanted = null;
    }
  }

  /**
   * @param {Entry} entry
   * @param {unknown} error
   */
  #refuse(entry, error) {
    if (error instanceof keeper.ExtensionGone || keeper.isGone()) {
      throw error;
    }
    const code = error instanceof Refusal ? error.code : "not-stored";
    entry.item = { ...entry.item, state: "refused", error: { code, message: "" } };
    entry.picture = null;
    entry.wanted = null;
    this.#onChange();
  }

  /**
   * Addresses a picture: one that the worker has fetched, or one that is to go to another chat after all.
   *
   * @param {Entry} entry
   * @param {Chat} to
   * @param {string} from
   */
  async address(entry, to, from) {
    let { md5, name, type, width, height } = entry.item;
    if (md5 === "") {
      const picture = await this.picture(entry);
      const info = await looked(picture, name);
      type = info.type;
      width = info.width ?? 0;
      height = info.height ?? 0;
      name = name.includes(".") ? name : `${name}.${info.extension}`;
      md5 = await WebwxImage.md5(picture);
    }
    this.#refuseSecond(md5, to, name, entry);
    await this.change(entry, { to, from, md5, name, type, width, height, error: null });
  }

  /**
   * The same picture is in the queue once for each chat.
   *
   * @param {string} md5
   * @param {Chat} to
   * @param {string} name
   * @param {Entry} [self]
   */
  #refuseSecond(md5, to, name, self) {
    const unsent = this.entries.filter((entry) => entry !== self && !["sent", "refused"].includes(entry.item.state));
    if (unsent.some(({ item }) => item.md5 === md5 && item.to?.userName === to.userName)) {
      throw new Refusal("already", name);
    }
  }

  /**
   * @param {Entry} entry
   * @param {Patch} patch
   */
  async change(entry, patch) {
    entry.item = await keeper.change(entry.item.id, patch);
    // The next retry takes what the worker keeps: the user's own file may be gone by now.
    if (entry.item.state === "sent" || entry.item.state === "failed") {
      entry.picture = null;
    }
    this.#onChange();
  }

  /** @param {Entry} entry */
  async remove(entry) {
    this.#entries.delete(entry.item.id);
    this.#onChange();
    if (entry.item.state !== "refused") {
      await keeper.remove(entry.item.id);
    }
  }

  /**
   * Puts a picture before another one, or behind all of them. They go out in this order.
   *
   * @param {Entry} entry
   * @param {Entry | null} before
   */
  async move(entry, before) {
    const others = this.entries.filter((other) => other !== entry);
    const at = before === null ? -1 : others.indexOf(before);
    others.splice(at === -1 ? others.length : at, 0, entry);
    this.#entries = new Map(others.map((other) => [other.item.id, other]));
    this.#onChange();
    // Those that are not stored yet have no place in the worker's list.
    const next = others.slice(others.indexOf(entry) + 1).find(({ item }) => !["taking", "refused"].includes(item.state));
    if (!["taking", "refused"].includes(entry.item.state)) {
      await keeper.move(entry.item.id, next?.item.id ?? null);
    }
  }

  /**
   * @param {Entry} entry
   * @param {number} percent
   */
  advance(entry, percent) {
    entry.percent = Math.max(entry.percent, percent);
    this.#onChange();
  }

  /**
   * The picture: the one that was dropped here, or, after a reload, the one that the worker kept.
   *
   * @param {Entry} entry
   * @returns {Promise<Blob>}
   */
  async picture(entry) {
    entry.picture ??= await restored(entry.item);
    return entry.picture;
  }
}

/**
 * @param {Blob} picture
 * @param {string} name
 */
async function looked(picture, name) {
  try {
    return await WebwxImage.inspectImage(picture);
  } catch {
    throw new Refusal("not-an-image", name);
  }
}

/** @param {Item} item */
async function restored({ id, name, size, type }) {
  const parts = [];
  for (let index = 0; index < partCount(size); index += 1) {
    const base64 = await keeper.get(id, index);
    if (base64 === null) {
      throw new Refusal("picture-gone", name);
    }
    parts.push(fromBase64(base64));
  }
  return new Blob(parts, { type });
}
