/**
 * The manager's request function, for the hosts of this page alone: what else it could ask, a manager need not forbid. It goes by
 * no policy of the page's (connect-src), which may keep a script's own fetch from the file host.
 */
import { own } from "./own.js";

const { URL: Url } = globalThis;
const { host: pageHost } = location;

/** The pages of the File Transfer Helper, any of which may be asked from any other, and their file hosts. */
const helperHosts = [
  "filehelper.weixin.qq.com",
  "szfilehelper.weixin.qq.com",
  "cmfilehelper.weixin.qq.com",
  "file.wx.qq.com",
  "file.wx2.qq.com",
  "file.wx8.qq.com",
];

/** Whether this is the page of the File Transfer Helper. */
export const isFileHelper = pageHost.endsWith("filehelper.weixin.qq.com");

const hosts = isFileHelper ? helperHosts : [pageHost, `file.${pageHost}`];

/** Without a method of the page's. @param {string} host */
function isOurs(host) {
  for (let place = 0; place < hosts.length; place += 1) {
    if (hosts[place] === host) {
      return true;
    }
  }
  return false;
}

const ask = typeof GM_xmlhttpRequest === "function" ? GM_xmlhttpRequest : GM.xmlHttpRequest;

/** @param {object} details */
export function request(details) {
  const { url } = /** @type {{ url: string }} */ (details);
  const { protocol, host, href } = own("url", new Url(url));
  if (protocol !== "https:" || !isOurs(host)) {
    throw new TypeError(`not a host of this page: ${host}`);
  }
  // A redirect would lead to any other.
  return ask({ ...details, url: href, redirect: "error" });
}
