/**
 * What a bench finds where it runs, and its running there. Node and pages bring their own.
 *
 * @typedef {object} Place
 * @property {typeof import("../../dist/index.js")} library
 * @property {() => Promise<typeof import("../../dist/js.js")>} script the JavaScript build
 * @property {typeof import("./peers.mjs")} peers
 * @property {(size: string) => Promise<{ blob: Blob, digest: string, text?: string }>} file of that size, on the disk;
 *   its MD5, and its base64 if it is the one for that
 * @property {string[]} samples messages
 * @property {{ info: object, control: (method: string, name: string, body?: unknown) => Promise<unknown> }} standin
 * @property {{ bitsPerSecond: number, roundTrip: number }} [line] between this place and the stand-in, where there is one
 * @property {Record<string, string>} headers what a request to the stand-in needs here
 * @property {boolean} inMemory whether a picture is bytes, and not a file, where people send from here
 * @property {() => unknown} collect the garbage
 * and, where the platform has them, `Buffer`, `FileReader`, `DOMParser`, `openssl()` and `wechat4u(info)`
 *
 * @typedef {(place: Place) => Promise<import("./measure.mjs").Contest[]>} Bench
 */
import { album } from "./benches/album.mjs";
import { base64 } from "./benches/base64.mjs";
import { growth } from "./benches/growth.mjs";
import { md5 } from "./benches/md5.mjs";
import { messages } from "./benches/messages.mjs";
import { scale } from "./benches/scale.mjs";
import { sending } from "./benches/sending.mjs";
import { turns } from "./benches/turns.mjs";
import { hold } from "./measure.mjs";

const BENCHES = { album, md5, turns, messages, base64, sending, growth, scale };

/**
 * @param {{ bench: string, rounds: number }} job
 * @param {Place} place
 * @returns {Promise<import("./measure.mjs").Row[]>}
 */
export async function run({ bench, rounds }, place) {
  const rows = [];
  for (const contest of await BENCHES[bench](place)) {
    rows.push(await hold(contest, { rounds, collect: place.collect }));
  }
  return rows;
}

/** The stand-in's handles, from its own page or from Node. */
export function controlOf(info) {
  return async (method, name, body) => {
    const response = await fetch(`${info.origin}/__standin/${name}`, { method, body: body && JSON.stringify(body) });
    if (!response.ok) {
      throw new Error(`${method} ${name}: ${response.status} ${await response.text()}`);
    }
  };
}
