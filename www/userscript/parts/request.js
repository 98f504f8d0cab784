/**
 * The manager's request function, for the hosts of this page alone: what else it could ask, a manager need not forbid. It goes by
 * no policy of the page's (connect-src), which may keep a script's own fetch from the file host.
 */
import { own } from "./own.js";

const { URL: Url } = globalThis;
const { host: pageHost } = location;
const fileHost = `file.${pageHost}`;
const ask = typeof GM_xmlhttpRequest === "function" ? GM_xmlhttpRequest : GM.xmlHttpRequest;

/** @param {object} details */
export function request(details) {
  const { url } = /** @type {{ url: string }} */ (details);
  const { protocol, host, href } = own("url", new Url(url));
  if (protocol !== "https:" || (host !== pageHost && host !== fileHost)) {
    throw new TypeError(`not a host of this page: ${host}`);
  }
  // A redirect would lead to any other.
  return ask({ ...details, url: href, redirect: "error" });
}
