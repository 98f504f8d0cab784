/**
 * What the package offers in every form, as index.d.ts tells it; what differs, init() above all, is in the entries. Each
 * call goes through the door in module.js; the work is done in Rust. The classes say their names, which the bundled
 * scripts would make letters of.
 *
 * @typedef {import("./index.js")} Contract
 */
import * as wasm from "./webwx_image.js";
import { sendInTurn } from "./batch.js";
import { cdnStream } from "./cdn-stream.js";
import { WebwxError } from "./error.js";
import { gmFetch } from "./gm-fetch.js";
import { Handle, call, dispose, promise } from "./module.js";
import { OPTIONS, check } from "./options.js";
import { diagnosePage } from "./diagnose.js";
import { factsOf } from "./facts.js";
import { isOpenChat, openChat, pageMessages, showInPage } from "./page.js";
import { watchPage } from "./watch.js";

export { WebwxError, diagnosePage, gmFetch, isOpenChat, openChat, pageMessages, showInPage, watchPage };

/** Characters that base64 may have; all other strings are as short as a message's content. */
const LONGEST_BASE64 = 2 ** 26;

/**
 * The glue takes what it is given for a string, whatever it is, and copies it into memory that never shrinks.
 *
 * @param {string} value
 * @param {number} [most] characters
 */
function text(value, most = 2 ** 20) {
  if (typeof value !== "string") {
    throw new TypeError(`expected a string, got ${value === null ? "null" : typeof value}`);
  }
  if (value.length > most) {
    throw new TypeError(`expected at most ${most} characters, got ${value.length}`);
  }
  return value;
}

/** Options that are objects themselves. */
const NESTED = ["retry", "allowedOrigins"];

/**
 * The caller's objects as they are when a client is made: what they become later changes no client.
 *
 * @template {unknown[]} T
 * @param {string} name of the class, for messages
 * @param {T} args
 * @returns {() => T} gives the same copies each time
 */
function snapshots(name, args) {
  /** @type {T | undefined} */
  let taken;
  return () => {
    try {
      taken ??= /** @type {T} */ (args.map(snapshotOfOptions));
      return taken;
    } catch (cause) {
      throw new WebwxError("invalid-input", `new ${name}: an option's getter threw`, { cause });
    }
  };
}

/** @param {unknown} arg */
function snapshotOfOptions(arg) {
  const copy = snapshot(arg);
  for (const key of NESTED) {
    if (copy?.[key] !== undefined) {
      copy[key] = Array.isArray(copy[key]) ? [...copy[key]] : snapshot(copy[key]);
    }
  }
  return copy;
}

/**
 * With its own values now; what it inherits stays where it is.
 *
 * @param {any} value
 */
const snapshot = (value) =>
  typeof value === "object" && value !== null
    ? Object.assign(Object.create(Object.getPrototypeOf(value)), value)
    : value;

/**
 * The glue's declarations do not say that the bytes which it gives are in no shared memory.
 *
 * @param {Uint8Array} bytes
 */
const unshared = (bytes) => /** @type {Uint8Array<ArrayBuffer>} */ (bytes);

/**
 * A call whose options are checked.
 *
 * @template T
 * @param {keyof typeof OPTIONS} name
 * @param {unknown} options
 * @param {Parameters<typeof promise<T>>[1]} use
 */
const checked = (name, options, use) =>
  promise(name, (kept) => {
    check(name, options);
    return use(kept);
  });

/** @type {Contract["md5"]} */
export const md5 = (source, options) => checked("md5", options, () => wasm.md5(source, options));

/** @type {Contract["toBase64"]} */
export const toBase64 = (source) => promise("toBase64", () => wasm.toBase64(source));

/** @type {Contract["toDataUrl"]} */
export const toDataUrl = (source) => promise("toDataUrl", () => wasm.toDataUrl(source));

/** @type {Contract["fromBase64"]} */
export const fromBase64 = (base64) => call("fromBase64", () => unshared(wasm.fromBase64(text(base64, LONGEST_BASE64))));

/** @type {Contract["inspectImage"]} */
export const inspectImage = (source) => promise("inspectImage", () => wasm.inspectImage(source));

/** @type {Contract["stripMetadata"]} */
export const stripMetadata = (source) => promise("stripMetadata", () => wasm.stripMetadata(source));

/** @type {Contract["parseMessage"]} */
export const parseMessage = (content) => call("parseMessage", () => wasm.parseMessage(text(content), content));

/** @type {Contract["picturesIn"]} */
export const picturesIn = (message) =>
  call("picturesIn", () => wasm.picturesIn(text(typeof message === "string" ? message : message?.content)));

/** @type {Contract["decodeCdnUrl"]} */
export const decodeCdnUrl = (hex) => call("decodeCdnUrl", () => wasm.decodeCdnUrl(text(hex)));

/** @type {Contract["decryptCdnImage"]} */
export const decryptCdnImage = (bytes, aesKey) =>
  call("decryptCdnImage", () => unshared(wasm.decryptCdnImage(bytes, text(aesKey))));

/** @type {Contract["encryptCdnImage"]} */
export const encryptCdnImage = (bytes, aesKey) =>
  call("encryptCdnImage", () => unshared(wasm.encryptCdnImage(bytes, text(aesKey))));

/** @type {Contract["decryptCdnStream"]} */
export const decryptCdnStream = (aesKey) => call("decryptCdnStream", () => cdnStream("decryptCdnStream", text(aesKey)));

/** @type {Contract["encryptCdnStream"]} */
export const encryptCdnStream = (aesKey) => call("encryptCdnStream", () => cdnStream("encryptCdnStream", text(aesKey)));

/** @type {Contract["encryptedCdnSize"]} */
export const encryptedCdnSize = (size) => call("encryptedCdnSize", () => wasm.encryptedCdnSize(size));

/** @type {Contract["sessionFromPage"]} */
export const sessionFromPage = (page) => call("sessionFromPage", () => wasm.sessionFromPage(factsOf(page ?? globalThis)));

/** @type {Contract["buildUploadMediaRequest"]} */
export const buildUploadMediaRequest = (init) =>
  call("buildUploadMediaRequest", () => wasm.buildUploadMediaRequest(init));

/** @implements {InstanceType<Contract["Md5"]>} */
export class Md5 {
  static name = "Md5";
  #hash;

  constructor() {
    let made = false;
    this.#hash = new Handle("Md5", () => {
      if (made) {
        throw new WebwxError("internal", "Md5: the hash was lost when the module was restarted");
      }
      made = true;
      return new wasm.Md5();
    });
  }

  /** @param {BufferSource} data */
  update(data) {
    call("Md5.update", () => this.#hash.get().update(data));
    return this;
  }

  digest() {
    return call("Md5.digest", () => this.#hash.get().digest());
  }

  free() {
    this.#hash.free();
  }

  [dispose]() {
    this.free();
  }
}

/** @implements {InstanceType<Contract["WebWx"]>} */
export class WebWx {
  static name = "WebWx";
  #client;

  /** @param {ConstructorParameters<Contract["WebWx"]>} args */
  constructor(...args) {
    // What the client is made of, and what it knows of its messages: both outlive a stop of the module.
    const kept = {};
    const own = snapshots("WebWx", args);
    this.#client = new Handle("WebWx", () => {
      const [session, options] = own();
      check("new WebWx", options);
      check("retry", options?.retry);
      return new wasm.WebWx(session, options, kept);
    });
  }

  get origin() {
    return call("WebWx.origin", () => this.#client.get().origin);
  }

  get fileOrigin() {
    return call("WebWx.fileOrigin", () => this.#client.get().fileOrigin);
  }

  /** @type {InstanceType<Contract["WebWx"]>["sendImage"]} */
  sendImage(source, options) {
    return checked("WebWx.sendImage", options, (kept) => this.#client.get().sendImage(source, options, kept));
  }

  /** @type {InstanceType<Contract["WebWx"]>["sendFile"]} */
  sendFile(source, options) {
    return checked("WebWx.sendFile", options, (kept) => this.#client.get().sendFile(source, options, kept));
  }

  /** @type {InstanceType<Contract["WebWx"]>["upload"]} */
  upload(source, options) {
    return checked("WebWx.upload", options, (kept) => this.#client.get().upload(source, options, kept));
  }

  /** @type {InstanceType<Contract["WebWx"]>["send"]} */
  send(media, options) {
    return checked("WebWx.send", options, (kept) => this.#client.get().send(media, options, kept));
  }

  /** @type {InstanceType<Contract["WebWx"]>["forward"]} */
  forward(message, options) {
    return checked("WebWx.forward", options, (kept) => this.#client.get().forward(message, options, kept));
  }

  /** @type {InstanceType<Contract["WebWx"]>["sendImages"]} */
  sendImages(sources, options) {
    return sendInTurn(
      (next, deliver, own) =>
        promise("WebWx.sendImages", () => this.#client.get().sendImages(next, deliver, own)),
      sources,
      options,
    );
  }

  /** @type {InstanceType<Contract["WebWx"]>["download"]} */
  download(msgId, options) {
    return checked("WebWx.download", options, () => this.#client.get().download(msgId, options));
  }

  free() {
    this.#client.free();
  }

  [dispose]() {
    this.free();
  }
}

/**
 * Held against its declaration by tests/types/parts.ts: `@implements` takes no form.
 *
 * @template {import("./index.js").GatewayForm} [Form="getMsgImg"]
 */
export class Gateway {
  static name = "Gateway";
  #client;

  /** @param {[import("./index.js").GatewayOptions<Form>]} args */
  constructor(...args) {
    const own = snapshots("Gateway", args);
    this.#client = new Handle("Gateway", () => {
      const [options] = own();
      check("new Gateway", options);
      check("retry", options?.retry);
      return new wasm.Gateway(options);
    });
  }

  /** @type {import("./index.js").Gateway<Form>["getMsgImg"]} */
  getMsgImg(request, options) {
    return checked("Gateway.getMsgImg", options, () => this.#client.get().getMsgImg(request, options));
  }

  /** @type {import("./index.js").Gateway<Form>["download"]} */
  download(request, options) {
    return checked("Gateway.download", options, () => this.#client.get().download(request, options));
  }

  free() {
    this.#client.free();
  }

  [dispose]() {
    this.free();
  }
}
