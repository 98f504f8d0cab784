/**
 * Which assumptions about a page hold there: names and yes or no, never a value. It needs no init() and sends no request.
 */
import { factsOf, pastUrls } from "./facts.js";
import { isOpenChat, openChat, pageMessages, pictureUrls, service } from "./page.js";
import { seenOf } from "./watch.js";

/** The page's Vuex store, where it has one. @param {any} page */
function storeOf(page) {
  try {
    return page.document.querySelector("#app").__vue_app__.config.globalProperties.$store;
  } catch {
    return undefined;
  }
}

/** Whether a call gives something true. @param {() => unknown} call */
function holds(call) {
  try {
    return Boolean(call());
  } catch {
    return false;
  }
}

/**
 * @param {any} [page]
 * @returns {Record<string, boolean>}
 */
export function diagnosePage(page = globalThis) {
  const facts = factsOf(page);
  const [seen, store, past, pictures] = [seenOf(page), storeOf(page), pastUrls(page), pictureUrls(page)];
  const has = (/** @type {string[]} */ urls, /** @type {string} */ name) => urls.some((url) => url.includes(`${name}=`));
  const cookie = (/** @type {string} */ name) => () => new RegExp(`(?:^|;)\\s*${name}=[^;\\s]`).test(facts.cookies ?? "");
  const answers = {
    "angular": () => page.angular !== undefined,
    "angular accountFactory": () => service(page, "accountFactory"),
    "angular accountFactory Skey": () => facts.account.skey,
    "angular accountFactory UserName": () => facts.account.userName,
    "angular accountFactory pass_ticket": () => facts.account.passTicket,
    "angular chatFactory": () => service(page, "chatFactory"),
    "#app __vue_app__": () => page.document.querySelector("#app").__vue_app__,
    "Vuex $store": () => store,
    "Vuex state uuid, nickname, avatar, nextDomain": () =>
      ["uuid", "nickname", "avatar", "nextDomain"].every((name) => name in store.state),
    "chat is open": () => openChat(page),
    "chat is open, checked": () => isOpenChat(openChat(page)?.userName ?? "", page),
    "watchPage was called": () => seen,
    "XMLHttpRequest can be wrapped": () => seen?.wraps.xhr,
    "fetch can be wrapped": () => seen?.wraps.fetch,
    "services asked by XMLHttpRequest": () => seen?.used.xhr,
    "services asked by fetch": () => seen?.used.fetch,
    "services at the page's own origin": () => seen?.wire.origin === page.location.origin,
    "seen Uin": () => seen?.wire.uin,
    "seen Sid": () => seen?.wire.sid,
    "seen Skey": () => seen?.wire.skey,
    "seen UserName": () => seen?.wire.userName,
    "seen pass_ticket": () => seen?.wire.passTicket,
    "seen messages": () => seen?.messages.size,
    "past addresses": () => past.length,
    "past addresses Uin": () => has(past, "uin"),
    "past addresses Sid": () => has(past, "sid"),
    "past addresses Skey": () => has(past, "skey"),
    "past addresses pass_ticket": () => has(past, "pass_ticket"),
    "past addresses webwx_data_ticket": () => has(past, "webwx_data_ticket"),
    "pictures .msg-item .msg-image img": () => pictures.length,
    "pictures MsgID": () => has(pictures, "MsgID"),
    "pictures Skey": () => has(pictures, "skey"),
    "pictures mmweb_appid": () => has(pictures, "mmweb_appid"),
    "messages": () => pageMessages(undefined, page).length,
    "cookie wxuin": cookie("wxuin"),
    "cookie wxsid": cookie("wxsid"),
    "cookie webwx_data_ticket": cookie("webwx_data_ticket"),
  };
  return Object.fromEntries(Object.entries(answers).map(([name, call]) => [name, holds(call)]));
}
