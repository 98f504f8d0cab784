/**
 * The tab's queue as this page sees it. The worker has the last word on every item; what is kept here beside it are the
 * things that are only good for now: the picture itself, and how far it has come.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("../types.js").Patch} Patch
 */
import { partCount, partOf, toBase64, fromBase64 } from "../shared/parts.js";
import * as keeper from "./keeper.js";

/**
 * @typedef {object} Entry
 * @property {Item} item
 * @property {Blob | null} picture
 * @property {number} percent of hashing, uploading and sending together
 */

/** Why a picture cannot be used, in the words of the errors that are shown. */
export class Refusal extends Error {
  /**
   * @param {"already" | "not-an-image" | "picture-gone" | "wrong-image"} code
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
        this.#entries.set(item.id, { item, picture: null, percent: 0 });
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
        this.#entries.set(item.id, known ?? { item, picture: null, percent: 0 });
      }
    }
    this.#onChange();
  }

  /**
   * Takes a picture in: looked at, hashed, and stored by the worker, so that from here on it outlives this page.
   *
   * @param {File} file
   * @param {Chat} to
   * @param {string} from one's own UserName
   */
  async take(file, to, from) {
    const { type, extension } = await looked(file, file.name);
    const md5 = await WebwxImage.md5(file);
    this.#refuseSecond(md5, to, file.name);
    const item = /** @type {Item} */ ({
      id: crypto.randomUUID(),
      taker: "page",
      state: "taking",
      name: file.name || `image.${extension}`,
      type,
      size: file.size,
      md5,
      from,
      to,
      checkpoint: null,
      converted: null,
      error: null,
      msgId: null,
    });
    const entry = { item, picture: file, percent: 0 };
    this.#entries.set(item.id, entry);
    this.#onChange();
    try {
      await keeper.add(item);
      for (let index = 0; index < partCount(file.size); index += 1) {
        await keeper.put(item.id, index, await toBase64(partOf(file, index)));
      }
      await this.change(entry, { state: "ready" });
    } catch (error) {
      await this.remove(entry);
      throw error;
    }
  }

  /**
   * Addresses a picture: one that the worker has fetched, or one that is to go to another chat after all.
   *
   * @param {Entry} entry
   * @param {Chat} to
   * @param {string} from
   */
  async address(entry, to, from) {
    let { md5, name, type } = entry.item;
    if (md5 === "") {
      const picture = await this.picture(entry);
      const info = await looked(picture, name);
      type = info.type;
      name = name.includes(".") ? name : `${name}.${info.extension}`;
      md5 = await WebwxImage.md5(picture);
    }
    this.#refuseSecond(md5, to, name, entry);
    await this.change(entry, { to, from, md5, name, type, error: null });
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
    const unsent = this.entries.filter((entry) => entry !== self && entry.item.state !== "sent");
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
    // The next try takes what the worker keeps: the user's own file may be gone by now.
    if (entry.item.state === "sent" || entry.item.state === "failed") {
      entry.picture = null;
    }
    this.#onChange();
  }

  /** @param {Entry} entry */
  async remove(entry) {
    this.#entries.delete(entry.item.id);
    this.#onChange();
    await keeper.remove(entry.item.id);
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
