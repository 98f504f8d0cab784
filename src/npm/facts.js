/**
 * What a page knows of its session, gathered without judging it: its services, what watchPage() saw, addresses that it has asked for,
 * its cookies. The core says which value counts (src/session/page.rs).
 */
import { ask, pictureUrls, service, stringOf } from "./page.js";
import { SERVICES, seenOf } from "./watch.js";

/** More addresses than this are not looked at, and no value that is longer than this. */
const URLS = 500;
const LONGEST = 2 ** 16;

/** A string, or an integer's digits; undefined for everything else. @param {unknown} value */
function text(value) {
  const known = Number.isSafeInteger(value) ? String(value) : value;
  return typeof known === "string" && known.length <= LONGEST ? known : undefined;
}

/** @param {any} page */
export function factsOf(page) {
  const account = service(page, "accountFactory");
  const said = (/** @type {string} */ getter) => text(ask(account, getter));
  const seen = seenOf(page);
  return {
    account: {
      uin: said("getUin"),
      sid: said("getSid"),
      skey: said("getSkey"),
      userName: said("getUserName"),
      passTicket: said("getPassticket"),
    },
    wire: { ...seen?.wire },
    isWatched: seen !== undefined,
    urls: [...pastUrls(page), ...pictureUrls(page).reverse()].filter(text).slice(0, URLS),
    cookies: text(part(page, "document", "cookie")),
    origin: text(part(page, "location", "origin")),
    search: text(part(page, "location", "search")),
  };
}

/** The services that the page has asked, the last first. @param {any} page @returns {string[]} */
export function pastUrls(page) {
  try {
    const entries = Array.from(page.performance.getEntriesByType("resource"));
    return entries.map((entry) => stringOf(entry, "name")).filter((url) => url.includes(SERVICES)).reverse();
  } catch {
    return [];
  }
}

/** @param {any} page @param {string} owner @param {string} name */
function part(page, owner, name) {
  try {
    return page[owner][name];
  } catch {
    return undefined;
  }
}
