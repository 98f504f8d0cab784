/**
 * The client of the package for the page's session. The session is asked for anew before every use and held nowhere but
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
    const [session, { concurrency, reportForWeb }] = await Promise.all([this.#bridge.session(), readSettings()]);
    const key = JSON.stringify([session, concurrency, reportForWeb]);
    if (this.#last?.key !== key) {
      this.#last = { client: new WebwxImage.WebWx(session, { concurrency, reportForWeb }), key };
    }
    return { client: this.#last.client, userName: session.userName };
  }
}
