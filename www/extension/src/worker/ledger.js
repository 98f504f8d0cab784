/**
 * The queue of every tab, in chrome.storage.session: in memory, out of reach of pages, and there when the worker wakes
 * again. The worker itself remembers nothing.
 *
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("../types.js").Patch} Patch
 * @typedef {{ origin: string, document: string, tab: number }} Owner
 *   who asks: a document of WeChat Web in a tab
 * @typedef {Item & { tab: number | null, origin: string }} Entry
 * @typedef {{ owners: Owner[], entries: Entry[] }} Ledger
 *   the newest owner is the last; an entry without a tab waits for the next one of its origin, or, without an origin, for
 *   the next one of any
 */
import { afterLoss, mayFollow } from "../shared/states.js";

/** The end of the work on the ledger that is under way: one reads and writes at a time. @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function inTurn(work) {
  const next = last.then(work);
  last = next.catch(() => {});
  return next;
}

/** @returns {Promise<Ledger>} */
async function read() {
  const { ledger } = /** @type {{ ledger?: Ledger }} */ (await chrome.storage.session.get("ledger"));
  return ledger ?? { owners: [], entries: [] };
}

/**
 * @template T
 * @param {(ledger: Ledger) => T} work
 * @returns {Promise<T>}
 */
const reading = (work) => inTurn(async () => work(await read()));

/**
 * @template T
 * @param {(ledger: Ledger) => T} work changes the ledger, which is stored when it is done; if it throws, nothing is
 * @returns {Promise<T>}
 */
const writing = (work) =>
  inTurn(async () => {
    const ledger = await read();
    const result = work(ledger);
    await chrome.storage.session.set({ ledger });
    return result;
  });

/** @param {Entry} entry @returns {Item} */
const toItem = ({ tab: _, origin: __, ...item }) => item;

/**
 * A document that is not its tab's newest, such as one that came back from the page cache, has no say any more.
 *
 * @param {Ledger} ledger
 * @param {Owner} owner
 */
function check(ledger, { document, tab }) {
  if (!ledger.owners.some((owner) => owner.tab === tab && owner.document === document)) {
    throw new Error("this document does not have the queue");
  }
}

/**
 * @param {Ledger} ledger
 * @param {Owner} owner
 * @param {string} id
 */
function find(ledger, owner, id) {
  check(ledger, owner);
  const entry = ledger.entries.find((candidate) => candidate.id === id && candidate.tab === owner.tab);
  if (entry === undefined) {
    throw new Error("no such picture");
  }
  return entry;
}

/**
 * A new document in a tab: it takes over the pictures that its origin has in the tab, and those that have lost theirs.
 * What the document before it was doing is over.
 *
 * @param {Owner} owner
 * @param {number[]} gone tabs that do not answer any more
 * @returns {Promise<{ items: Item[], dropped: Item[] }>}
 */
export function hello(owner, gone) {
  return writing((ledger) => {
    ledger.owners = ledger.owners.filter(({ tab }) => tab !== owner.tab && !gone.includes(tab));
    ledger.owners.push(owner);
    const dropped = [];
    for (const entry of ledger.entries) {
      if (entry.tab !== null && entry.tab !== owner.tab && !gone.includes(entry.tab)) {
        continue;
      }
      if (entry.origin === "" && entry.state !== "taking") {
        entry.origin = owner.origin;
      }
      entry.tab = entry.origin === owner.origin ? owner.tab : null;
      if (entry.tab !== null && entry.state === "taking" && entry.taker === "page") {
        dropped.push(toItem(entry));
      }
      entry.state = afterLoss(entry.state);
    }
    drop(ledger, dropped);
    return { items: itemsOf(ledger, owner.tab), dropped };
  });
}

/** @param {number} tab */
export const closed = (tab) =>
  writing((ledger) => {
    ledger.owners = ledger.owners.filter((owner) => owner.tab !== tab);
    for (const entry of ledger.entries) {
      if (entry.tab === tab) {
        entry.tab = null;
        entry.state = afterLoss(entry.state);
      }
    }
  });

/** @returns {Promise<Owner[]>} the newest first */
export const owners = () => reading((ledger) => ledger.owners.toReversed());

/** @param {Owner} owner */
export const items = (owner) =>
  reading((ledger) => {
    check(ledger, owner);
    return itemsOf(ledger, owner.tab);
  });

/**
 * @param {Owner} owner
 * @param {Item} item
 */
export const add = (owner, item) =>
  writing((ledger) => {
    check(ledger, owner);
    if (!ledger.entries.some(({ id }) => id === item.id)) {
      ledger.entries.push({ ...item, state: "taking", tab: owner.tab, origin: owner.origin });
    }
  });

/**
 * Adds a picture that the worker fetches: for a tab, or for the next one that comes.
 *
 * @param {Owner | null} owner
 * @param {Item} item
 */
export const offer = (owner, item) =>
  writing((ledger) => {
    ledger.entries.push({ ...item, tab: owner?.tab ?? null, origin: owner?.origin ?? "" });
  });

/**
 * The worker has stored such a picture, or has not.
 *
 * @param {string} id
 * @param {boolean} isStored
 * @returns {Promise<number | null>} the tab that it is for
 */
export const settle = (id, isStored) =>
  writing((ledger) => {
    const entry = ledger.entries.find((candidate) => candidate.id === id);
    if (entry === undefined) {
      throw new Error("no such picture");
    }
    if (isStored) {
      entry.state = "ready";
    } else {
      drop(ledger, [entry]);
    }
    return entry.tab;
  });

/**
 * Puts a picture before another one of its tab, or behind all of them.
 *
 * @param {Owner} owner
 * @param {string} id
 * @param {string | null} before
 */
export const move = (owner, id, before) =>
  writing((ledger) => {
    const entry = find(ledger, owner, id);
    const others = ledger.entries.filter((other) => other !== entry);
    const at = others.findIndex((other) => other.id === before && other.tab === owner.tab);
    others.splice(at === -1 ? others.length : at, 0, entry);
    ledger.entries = others;
  });

/**
 * @param {Owner} owner
 * @param {string} id
 * @param {Patch} patch
 */
export const change = (owner, id, patch) =>
  writing((ledger) => {
    const entry = find(ledger, owner, id);
    if (patch.state !== undefined && !mayFollow(entry.state, patch.state)) {
      throw new Error(`a picture that is ${entry.state} cannot become ${patch.state}`);
    }
    Object.assign(entry, patch);
    return toItem(entry);
  });

/**
 * @param {Owner} owner
 * @param {string} id
 * @returns {Promise<Item | null>} null if it was removed before
 */
export const remove = (owner, id) =>
  writing((ledger) => {
    check(ledger, owner);
    const entry = ledger.entries.find((candidate) => candidate.id === id && candidate.tab === owner.tab);
    if (entry === undefined) {
      return null;
    }
    drop(ledger, [entry]);
    return toItem(entry);
  });

/**
 * @param {Owner} owner
 * @param {string} id
 */
export const item = (owner, id) => reading((ledger) => toItem(find(ledger, owner, id)));

/** Forgets what a stopped worker was still storing, and tells which pictures are left. @returns {Promise<string[]>} */
export const sweep = () =>
  writing((ledger) => {
    ledger.entries = ledger.entries.filter(({ state, taker }) => !(state === "taking" && taker === "worker"));
    return ledger.entries.map(({ id }) => id);
  });

/**
 * How many pictures of a tab wait for the user.
 *
 * @param {number} tab
 */
export const openCount = (tab) =>
  reading(
    ({ entries }) => entries.filter((entry) => entry.tab === tab && ["ready", "unsure"].includes(entry.state)).length,
  );

/**
 * @param {Ledger} ledger
 * @param {number} tab
 */
const itemsOf = (ledger, tab) => ledger.entries.filter((entry) => entry.tab === tab).map(toItem);

/**
 * @param {Ledger} ledger
 * @param {{ id: string }[]} dropped
 */
function drop(ledger, dropped) {
  const ids = new Set(dropped.map(({ id }) => id));
  ledger.entries = ledger.entries.filter(({ id }) => !ids.has(id));
}
