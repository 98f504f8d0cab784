/**
 * The client of the package for the page's session. The session is asked for again before every use and held nowhere but
 * in that client's memory.
 *
 * @typedef {import("./bridge.js").Bridge} Bridge
 * @typedef {import("webwx-image").Session} Session
 * @typedef {import("webwx-image").WebWx} WebWx
 */
import { readSettings } from "../shared/settings.js";

export class Clients {
  #bridge;
  /** @type {{ client: WebWx, key: string } | null} */
  #last = null;

  /** @param {Bridge} bridge */
  constructor(bridge) {
    this.#bridge = bridge;
  }

  /**
   * The same client as before while session and settings are the same: it remembers which messages may be out, and
   * makes no second one of them.
   *
   * @returns {Promise<{ client: WebWx, userName: string }>}
   */
  async current() {
    const [session, { concurrency }] = await Promise.all([this.#bridge.session(), readSettings()]);
    const key = JSON.stringify([session, concurrency]);
    if (this.#last?.key !== key) {
      this.#last = { client: new WebwxImage.WebWx(session, { concurrency }), key };
    }
    return { client: this.#last.client, userName: session.userName };
  }

  /**
   * A client for one file, whose upload and message are one call: the message waits for `beforeMessage`.
   *
   * @param {() => Promise<void>} beforeMessage
   * @returns {Promise<WebWx>}
   */
  async forFile(beforeMessage) {
    const [session, { concurrency }] = await Promise.all([this.#bridge.session(), readSettings()]);
    const fetch = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
      if (/\/webwxsend\w+$/.test(new URL(url).pathname)) {
        await beforeMessage();
      }
      return globalThis.fetch(url, init);
    };
    return new WebwxImage.WebWx(session, { concurrency, fetch });
  }
}
