/**
 * Sends what is waiting, one picture after another, each to the chat that was fixed for it.
 *
 * The order of writing and doing is what keeps a picture from going out twice: "sending" is stored before the send, so
 * that whatever ends this page in between, the next one finds a picture of which it cannot know, and asks.
 *
 * @typedef {import("./bridge.js").Bridge} Bridge
 * @typedef {import("./clients.js").Clients} Clients
 * @typedef {import("./queue.js").Entry} Entry
 * @typedef {import("./queue.js").Queue} Queue
 * @typedef {import("../types.js").How} How
 * @typedef {import("webwx-image").Progress} Progress
 * @typedef {import("webwx-image").UploadedMedia} UploadedMedia
 * @typedef {import("webwx-image").WebWx} WebWx
 */
import { formed } from "./form.js";
import { Refusal } from "./queue.js";

/** How much of the whole each step is, in per cent. */
const SHARE = { read: [0, 2], hash: [2, 12], upload: [12, 95], send: [95, 100], download: [0, 0] };

/** What was queued without a word on it. @type {How} */
const AS_IT_IS = { form: "original", side: 0, strip: false };

export class Runner {
  #queue;
  #bridge;
  #clients;
  #onChange;
  #running = false;
  /** The upload under way, and how to end it. @type {{ entry: Entry, controller: AbortController } | null} */
  #current = null;
  /** What was uploaded for pictures whose send may have arrived: the same client repeats the same message. */
  /** @type {Map<string, { media: UploadedMedia, client: WebWx }>} */
  #repeatable = new Map();

  /** Those that the user wants even so while the queue is paused. @type {Set<Entry>} */
  #wanted = new Set();

  /** Nothing else is begun while this is set: why, for the panel. @type {"user" | "reload" | "stopped" | null} */
  paused = null;

  /** When the service may be asked again after "too often", as Date.now() has it. */
  #quietUntil = 0;

  /**
   * @param {Queue} queue
   * @param {Bridge} bridge
   * @param {Clients} clients
   * @param {() => void} onChange
   */
  constructor(queue, bridge, clients, onChange) {
    this.#queue = queue;
    this.#bridge = bridge;
    this.#clients = clients;
    this.#onChange = onChange;
  }

  /** Whether a send that may have arrived can be made again as the same message. @param {Entry} entry */
  canRepeat(entry) {
    return this.#repeatable.has(entry.item.id);
  }

  /** Seconds until the service may be asked again after "too often"; 0 if it may. */
  get quietSeconds() {
    return Math.max(0, Math.ceil((this.#quietUntil - Date.now()) / 1000));
  }

  /** @param {"user" | "reload" | "stopped"} why */
  pause(why) {
    this.paused = why;
    this.#wanted.clear();
    this.#current?.controller.abort();
    this.#onChange();
  }

  /** Lets the queue go on. */
  resume() {
    this.paused = null;
    this.#onChange();
    return this.run();
  }

  /** Ends the upload of this picture, which goes back to those that wait for the user. @param {Entry} entry */
  async cancel(entry) {
    if (this.#current?.entry === entry) {
      this.#current.controller.abort("cancelled");
    } else if (entry.item.state === "waiting") {
      await this.#queue.change(entry, { state: "ready" });
    }
  }

  async run() {
    if (this.#running) {
      return;
    }
    this.#running = true;
    try {
      for (let [entry] = this.#waiting(); entry !== undefined; [entry] = this.#waiting()) {
        await this.#one(entry);
      }
    } finally {
      this.#running = false;
    }
  }

  #waiting() {
    const waiting = this.#queue.inState("waiting");
    return this.paused === null ? waiting : waiting.filter((entry) => this.#wanted.has(entry));
  }

  /** Tries one picture again. A queue that is paused stays so for all the others. @param {Entry} entry */
  async retry(entry) {
    await this.#queue.change(entry, { state: "waiting", error: null });
    this.#wanted.add(entry);
    await this.run();
  }

  /** @param {Entry} entry */
  async #one(entry) {
    const controller = new AbortController();
    this.#current = { entry, controller };
    this.#wanted.delete(entry);
    entry.percent = 0;
    try {
      const { client, userName } = await this.#clients.current();
      if (entry.item.to === null || entry.item.from !== userName) {
        await this.#fail(entry, { code: "other-login", message: "" });
        return;
      }
      if (!(await this.#isAddressed(entry))) {
        return;
      }
      const how = entry.item.how ?? AS_IT_IS;
      const picture = await this.#formed(entry, how, controller.signal);
      if (how.form === "file") {
        await this.#sendFile(entry, picture, controller.signal);
        return;
      }
      const media = await this.#upload(entry, client, picture, controller.signal);
      if (media === null) {
        return;
      }
      this.#current = null;
      await this.#send(entry, client, media);
    } catch (error) {
      if (controller.signal.aborted && entry.item.state !== "sending") {
        await this.#queue.change(entry, { state: controller.signal.reason === "cancelled" ? "ready" : "waiting" });
      } else if (WebwxImage.WebwxError.is(error) || error instanceof Refusal) {
        await this.#fail(entry, error);
      } else {
        throw error;
      }
    } finally {
      this.#current = null;
    }
  }

  /**
   * Whether the picture's chat is the open one. If not, nothing of it goes out: it waits for the user, and says why. The
   * page's own check is the same, and it keeps a message from a chat that nobody looks at.
   *
   * @param {Entry} entry
   */
  async #isAddressed(entry) {
    const { state, to } = entry.item;
    if (await this.#bridge.isOpen(to?.userName ?? "")) {
      return true;
    }
    const error = { code: "other-chat", message: "" };
    await this.#queue.change(entry, state === "unsure" ? { error } : { state: "ready", error });
    return false;
  }

  /**
   * The picture as it is to go out. The stored one is held against what was taken, where something is made of it.
   *
   * @param {Entry} entry
   * @param {How} how
   * @param {AbortSignal} signal
   */
  async #formed(entry, how, signal) {
    const stored = await this.#queue.picture(entry);
    const { picture, stripped } = await formed(stored, entry.item, how);
    if (picture !== stored && (await WebwxImage.md5(stored, { signal })) !== entry.item.md5) {
      throw new Refusal("wrong-image", entry.item.name);
    }
    await this.#queue.change(entry, { state: "uploading", error: null, stripped });
    return { picture, md5: picture === stored ? entry.item.md5 : await WebwxImage.md5(picture, { signal }) };
  }

  /**
   * @param {Entry} entry
   * @param {WebWx} client
   * @param {{ picture: Blob, md5: string }} formed
   * @param {AbortSignal} signal
   * @returns {Promise<UploadedMedia | null>} null when it waits for the user again
   */
  async #upload(entry, client, { picture, md5: expected }, signal) {
    const { item } = entry;
    /** Checkpoints are written one after another, and all of them before anything else is. */
    let written = Promise.resolve();
    try {
      signal.throwIfAborted();
      const media = await client.upload(picture, {
        to: item.to?.userName ?? "",
        name: item.name,
        signal,
        onProgress: (progress) => this.#advance(entry, progress),
        onCheckpoint: (checkpoint) => {
          written = written.then(() => this.#queue.change(entry, { checkpoint }));
        },
        ...(item.checkpoint && { resume: item.checkpoint }),
      });
      await written;
      // What was made of a picture has an MD5 of its own.
      const md5 = media.converted ? await WebwxImage.md5(picture, { signal }) : media.md5;
      if (md5 !== expected) {
        throw new Refusal("wrong-image", item.name);
      }
      if (!(await this.#isAddressed(entry))) {
        return null;
      }
      // One that was ended in the very last moment is not sent either.
      signal.throwIfAborted();
      return media;
    } catch (error) {
      await written;
      if (!signal.aborted) {
        throw error;
      }
      await this.#queue.change(entry, { state: signal.reason === "cancelled" ? "ready" : "waiting" });
      return null;
    }
  }

  /**
   * @param {Entry} entry
   * @param {WebWx} client
   * @param {UploadedMedia} media
   */
  async #send(entry, client, media) {
    const to = entry.item.to?.userName ?? "";
    await this.#queue.change(entry, { state: "sending", error: null, converted: media.converted ?? null });
    this.#advance(entry, { step: "send", loaded: 0, total: 1 });
    try {
      const receipt = await client.send(media, { to });
      this.#repeatable.delete(entry.item.id);
      entry.percent = 100;
      void this.#bridge.show(receipt, to);
      await this.#queue.change(entry, { state: "sent", msgId: receipt.msgId, checkpoint: null });
    } catch (error) {
      if (!WebwxImage.WebwxError.is(error)) {
        throw error;
      }
      // A refusal takes nothing back: what an earlier try left open stays so.
      if (this.canRepeat(entry) || error.mayHaveArrived) {
        this.#repeatable.set(entry.item.id, { media, client });
        await this.#queue.change(entry, { state: "unsure", error: told(error) });
        this.#stopAfter(error);
      } else {
        await this.#fail(entry, error);
      }
    }
  }

  /**
   * A file's upload and message are one call. "Sending" is stored between the two.
   *
   * @param {Entry} entry
   * @param {{ picture: Blob, md5: string }} formed
   * @param {AbortSignal} signal
   */
  async #sendFile(entry, { picture, md5 }, signal) {
    const { item } = entry;
    const to = item.to?.userName ?? "";
    if ((await WebwxImage.md5(picture, { signal })) !== md5) {
      throw new Refusal("wrong-image", item.name);
    }
    let isOut = false;
    const stop = new AbortController();
    const client = await this.#clients.forFile(async () => {
      if (!isOut && !(await this.#isAddressed(entry))) {
        stop.abort();
      }
      ended.throwIfAborted();
      isOut = true;
      this.#current = null;
      await this.#queue.change(entry, { state: "sending" });
    });
    const ended = AbortSignal.any([signal, stop.signal]);
    try {
      const onProgress = (/** @type {Progress} */ progress) => this.#advance(entry, progress);
      const receipt = await client.sendFile(picture, { to, name: item.name, signal: ended, onProgress });
      entry.percent = 100;
      await this.#queue.change(entry, { state: "sent", msgId: receipt.msgId, checkpoint: null });
    } catch (error) {
      if (!isOut && entry.item.state !== "uploading") {
        // It waits already, since another chat is open.
        return;
      }
      if (!isOut) {
        throw error;
      }
      if (WebwxImage.WebwxError.is(error) && !error.mayHaveArrived) {
        await this.#fail(entry, error);
      } else {
        const { code, message, ...rest } = WebwxImage.WebwxError.is(error) ? error : { code: "network", message: "" };
        await this.#queue.change(entry, { state: "unsure", error: { code, message } });
        this.#stopAfter(rest);
      }
    } finally {
      client.free();
    }
  }

  /**
   * The user needs a send made again whose answer was lost. In the page that made it, it is the same message again, and
   * cannot arrive twice; after a reload the picture goes out as a new one.
   *
   * @param {Entry} entry
   */
  async again(entry) {
    const before = this.#repeatable.get(entry.item.id);
    if (before && (await this.#isAddressed(entry))) {
      await this.#send(entry, before.client, before.media);
    } else if (!before) {
      await this.retry(entry);
    }
  }

  /**
   * @param {Entry} entry
   * @param {{ code: string, message: string, endsBatch?: boolean | undefined, retryAfter?: number | undefined }} error
   */
  async #fail(entry, error) {
    const stale = error.code === "resume-mismatch" ? { checkpoint: null } : {};
    await this.#queue.change(entry, { state: "failed", error: told(error), ...stale });
    this.#stopAfter(error);
  }

  /** @param {{ endsBatch?: boolean | undefined, retryAfter?: number | undefined }} error */
  #stopAfter({ endsBatch, retryAfter }) {
    if (retryAfter !== undefined) {
      this.#quietUntil = Date.now() + retryAfter;
    }
    if (endsBatch) {
      this.pause("stopped");
    }
  }

  /**
   * @param {Entry} entry
   * @param {Progress} progress
   */
  #advance(entry, { step, loaded, total }) {
    const [from = 0, to = 0] = SHARE[step];
    this.#queue.advance(entry, Math.round(from + (to - from) * (total ? loaded / total : 0)));
  }
}

/** What is kept of an error. @param {{ code: string, message: string }} error */
const told = ({ code, message }) => ({ code, message });
