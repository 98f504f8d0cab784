/**
 * What the page says on the wire, seen from beside it: `watchPage` puts itself around XMLHttpRequest and fetch, and remembers of each
 * request and answer of the page's services what a session is made of, and the messages that came. The page's requests and answers stay
 * what they are. Whatever goes wrong here ends here: nothing is thrown into the page. What it calls of the browser later is
 * taken now, in case the page puts its own functions in their place.
 *
 * @typedef {{ msgId: string, msgType: number, content: string, createTime: number | null, from: string, to: string }} PageMessage
 * @typedef {{ origin?: string, uin?: string, sid?: string, skey?: string, userName?: string, passTicket?: string }} Wire
 */

/** More messages than this are not kept: the newest ones are. */
export const MESSAGES = 2000;

/** Characters of a value, and of a message's content, that are kept. */
const LONGEST_VALUE = 1000;
const LONGEST_CONTENT = 2 ** 20;

/** Where the services are, and those of them that tell who is logged in, and what came. */
export const SERVICES = "/cgi-bin/mmwebwx-bin/";
const TELLING = /\/webwx(?:init|sync)$/;

/** The one chat of the File Transfer Helper. */
export const FILE_HELPER = "filehelper";

const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { parse } = JSON;
const { then } = Promise.prototype;
const Url = globalThis.URL;

/**
 * A property's value by the browser's own getter; undefined where there is none.
 *
 * @param {any} constructor
 * @param {string} name
 * @returns {(object: unknown) => any}
 */
function getter(constructor, name) {
  const get = constructor?.prototype && getOwnPropertyDescriptor(constructor.prototype, name)?.get;
  return (object) => (get ? apply(get, object, []) : undefined);
}

/**
 * A method, to be called later.
 *
 * @param {any} constructor
 * @param {string} name
 * @returns {(object: unknown, ...values: unknown[]) => any}
 */
function method(constructor, name) {
  const value = constructor?.prototype?.[name];
  return (object, ...values) => apply(value, object, values);
}

/** The browser's own, of the page's realm. @param {any} page */
function intrinsics({ XMLHttpRequest, Request, Response, FormData }) {
  return {
    addEventListener: method(XMLHttpRequest, "addEventListener"),
    typeOf: getter(XMLHttpRequest, "responseType"),
    textOf: getter(XMLHttpRequest, "responseText"),
    answerOf: getter(XMLHttpRequest, "response"),
    part: method(FormData, "get"),
    urlOf: getter(Request, "url"),
    clone: method(Response, "clone"),
    text: method(Response, "text"),
    href: getter(Url, "href"),
  };
}

/** What was seen of a page. */
export class Seen {
  /** The session's values, and the origin of the services. @type {Wire} */
  wire = {};
  /** By MsgId, oldest first. @type {Map<string, PageMessage>} */
  messages = new Map();
  /** Which of the page's ways to send it stands around. */
  wraps = { xhr: false, fetch: false };
  /** By which of them the page has asked its services. */
  used = { xhr: false, fetch: false };

  /**
   * A request is about to leave.
   *
   * @param {string} url absolute
   * @param {unknown} body
   */
  asked(url, body) {
    const { origin, pathname, searchParams } = new Url(url);
    this.#keep({
      // Files are elsewhere.
      origin: TELLING.test(pathname) ? origin : undefined,
      uin: searchParams.get("uin"),
      sid: searchParams.get("sid"),
      skey: searchParams.get("skey"),
      passTicket: searchParams.get("pass_ticket"),
    });
    if (typeof body === "string" && body !== "" && body.length <= LONGEST_CONTENT) {
      const { BaseRequest, Msg, FromUserName } = parse(body);
      const { Uin, Sid, Skey } = BaseRequest ?? {};
      this.#keep({ uin: Uin, sid: Sid, skey: Skey, userName: own(Msg?.FromUserName ?? FromUserName) });
    }
  }

  /** An answer of one of the services that tell who is logged in, and what came. @param {any} answer */
  answered({ BaseResponse, User, SKey, AddMsgList }) {
    if (BaseResponse?.Ret !== 0) {
      return;
    }
    this.#keep({ uin: User?.Uin, userName: own(User?.UserName), skey: SKey });
    for (const message of Array.isArray(AddMsgList) ? AddMsgList : []) {
      const told = messageOf(message);
      if (told !== undefined) {
        this.#keep({ userName: told.to === FILE_HELPER ? own(told.from) : undefined });
        this.messages.delete(told.msgId);
        this.messages.set(told.msgId, told);
      }
    }
    for (const msgId of this.messages.keys()) {
      if (this.messages.size <= MESSAGES) {
        break;
      }
      this.messages.delete(msgId);
    }
  }

  /** What has a value. @param {Record<keyof Wire, unknown> | Record<string, unknown>} values */
  #keep(values) {
    for (const [name, value] of Object.entries(values)) {
      const text = typeof value === "number" ? String(value) : value;
      if (typeof text === "string" && text !== "" && text !== "0" && text !== "undefined" && text.length <= LONGEST_VALUE) {
        this.wire[/** @type {keyof Wire} */ (name)] = text;
      }
    }
  }
}

/** One's own "@…" name. @param {unknown} name */
const own = (name) => (typeof name === "string" && name.startsWith("@") && !name.startsWith("@@") ? name : undefined);

/** A string; empty for what is none. @param {unknown} value */
const stringOr = (value) => (typeof value === "string" ? value : "");

/**
 * A message as the service or the page has it; undefined for what has no id of the service's.
 *
 * @param {any} message
 * @returns {PageMessage | undefined}
 */
export function messageOf(message) {
  try {
    const { MsgId, MsgType, Content, CreateTime, FromUserName, ToUserName } = message;
    const content = stringOr(Content);
    // A number that long is another one by now.
    const msgId = Number.isSafeInteger(MsgId) ? String(MsgId) : MsgId;
    const isMessage = typeof msgId === "string" && /^\d{1,20}$/.test(msgId) && content.length <= LONGEST_CONTENT;
    const createTime = Number.isFinite(CreateTime) ? CreateTime : null;
    const [from, to] = [stringOr(FromUserName), stringOr(ToUserName)];
    return isMessage ? { msgId, msgType: Number(MsgType), content, createTime, from, to } : undefined;
  } catch {
    return undefined;
  }
}

/** By the page's window. @type {WeakMap<object, Seen>} */
const pages = new WeakMap();

/** What was seen of a page; undefined where nobody watches it. @param {any} page @returns {Seen | undefined} */
export const seenOf = (page) => (typeof page === "object" && page !== null ? pages.get(page) : undefined);

/** Lets what is seen of a page be asked for by another object in its place. @param {object} page @param {object} alias */
export function aliasPage(page, alias) {
  const seen = seenOf(page);
  if (seen !== undefined) {
    pages.set(alias, seen);
  }
}

/**
 * @param {any} [page]
 * @returns {boolean}
 */
export function watchPage(page = globalThis) {
  let seen = seenOf(page);
  if (seen === undefined) {
    try {
      seen = new Seen();
      const { xhr, fetch } = observers(page, seen, intrinsics(page));
      pages.set(page, seen);
      const isAround = ["open", "send"].map((name) => around(page.XMLHttpRequest?.prototype, name, xhr[/** @type {"open"} */ (name)]));
      seen.wraps = { xhr: isAround.every(Boolean), fetch: around(page, "fetch", fetch) };
    } catch {
      return false;
    }
  }
  return seen.wraps.xhr || seen.wraps.fetch;
}

/**
 * What is done beside each call of the page's.
 *
 * @param {any} page
 * @param {Seen} seen
 * @param {ReturnType<typeof intrinsics>} browser
 */
function observers(page, seen, browser) {
  /** Where each XMLHttpRequest goes. @type {WeakMap<object, string>} */
  const urls = new WeakMap();
  /** @param {string} url absolute */
  const isService = (url) => url.includes(SERVICES);
  /** @param {string} url */
  const isTelling = (url) => TELLING.test(new Url(url).pathname);
  /** @param {unknown} given @returns {string} */
  const absolute = (given) => new Url(typeof given === "string" ? given : (browser.href(given) ?? ""), page.location.href).href;

  /** @param {"xhr" | "fetch"} by @param {string} url @param {unknown} body */
  const asked = (by, url, body) => {
    seen.used[by] = true;
    seen.asked(url, typeof body === "object" && body !== null ? browser.part(body, "uploadmediarequest") : body);
  };

  /** @param {any} xhr */
  const answer = (xhr) => {
    const type = browser.typeOf(xhr);
    return type === "json" ? browser.answerOf(xhr) : parse(browser.textOf(xhr));
  };

  return {
    xhr: {
      /** @param {any} xhr @param {any[]} given */
      open(xhr, [, url]) {
        urls.delete(xhr);
        const where = absolute(url);
        if (isService(where)) {
          urls.set(xhr, where);
        }
      },
      /** @param {any} xhr @param {any[]} given */
      send(xhr, [body]) {
        const url = urls.get(xhr);
        if (url === undefined) {
          return;
        }
        if (isTelling(url)) {
          browser.addEventListener(xhr, "load", () => quietly(() => seen.answered(answer(xhr))));
        }
        asked("xhr", url, body);
      },
    },
    /** @param {unknown} _ @param {any[]} given */
    fetch(_, [input, init]) {
      const url = absolute(typeof input === "string" ? input : (quietly(() => browser.urlOf(input)) ?? input));
      if (!isService(url)) {
        return undefined;
      }
      // No getter of the page's runs in here.
      const body = typeof init === "object" && init !== null ? getOwnPropertyDescriptor(init, "body")?.value : undefined;
      quietly(() => asked("fetch", url, body));
      /** @param {any} response */
      const read = async (response) => {
        try {
          seen.answered(parse(await browser.text(browser.clone(response))));
        } catch {
          // It is no answer that tells anything.
        }
      };
      // What the promise is rejected with stays the page's to see.
      return isTelling(url) ? (/** @type {unknown} */ promise) => apply(then, promise, [read, () => {}]) : undefined;
    },
  };
}

/**
 * What a call gives; undefined if it throws.
 *
 * @template T
 * @param {() => T} call
 */
function quietly(call) {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/**
 * Puts an observer around a method, which is called and named as before. It sees the call before it is made, and may give a function
 * that sees the result.
 *
 * @param {any} object
 * @param {string} name
 * @param {(self: any, values: any[]) => ((result: any) => void) | void} observe
 * @returns {boolean} whether that could be done
 */
function around(object, name, observe) {
  return (
    quietly(() => {
      const descriptor = getOwnPropertyDescriptor(object, name);
      if (typeof descriptor?.value !== "function") {
        return false;
      }
      const value = new Proxy(descriptor.value, {
        apply(target, self, values) {
          const after = quietly(() => observe(self, values));
          const result = apply(target, self, values);
          if (after !== undefined) {
            quietly(() => after?.(result));
          }
          return result;
        },
      });
      return defineProperty(object, name, { ...descriptor, value });
    }) ?? false
  );
}
