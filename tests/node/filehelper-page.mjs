/**
 * A page of the File Transfer Helper without a browser: an XMLHttpRequest and a fetch of its own that answer from a table, its pictures,
 * its cookies, its past. Nothing of it is Node's: what a test breaks of it is broken for this page alone.
 */

export const ME = "@7c41d09be2385fa6170ce9b4d85f2361";
export const SKEY = "@crypt_5d1e80c4_0f7c2b9ae61d4583b7904ce2f85a316d";
export const COOKIES = "wxuin=2618340597; wxsid=k7Zq+VdWn/0LbX3e; webwx_data_ticket=gSfVwz8/qT3m";
export const ORIGIN = "https://szfilehelper.weixin.qq.com";
export const SERVICE = `${ORIGIN}/cgi-bin/mmwebwx-bin/`;

export const baseRequest = { Uin: 2618340597, Sid: "k7Zq+VdWn/0LbX3e", Skey: SKEY, DeviceID: "123456789012345" };

/** A message from the phone. */
export const message = (msgId, more = {}) => ({
  MsgId: msgId,
  MsgType: 3,
  Content: '&lt;msg&gt;&lt;img length="5"/&gt;&lt;/msg&gt;',
  CreateTime: 1_700_000_000,
  FromUserName: ME,
  ToUserName: "filehelper",
  ...more,
});

/** Answers of the services, by the last part of their path. */
export const answers = () => ({
  webwxinit: { BaseResponse: { Ret: 0 }, User: { Uin: 2618340597, UserName: ME, NickName: "Me" }, SKey: SKEY },
  webwxsync: { BaseResponse: { Ret: 0 }, AddMsgList: [message("1001"), message("1002", { MsgType: 47 })], SKey: "" },
  webwxsendmsgimg: { BaseResponse: { Ret: 0 }, MsgID: "77" },
});

export function helperPage({ pictures = [], past = [], cookie = COOKIES, replies = answers(), origin = ORIGIN } = {}) {
  const reply = (url) => JSON.stringify(replies[new URL(url, `${origin}/`).pathname.split("/").at(-1)] ?? null);
  const requests = [];

  class XMLHttpRequest extends EventTarget {
    #url = "";
    #type = "";
    #text = "";
    open(method, url, ...rest) {
      this.#url = url;
      requests.push(["open", method, String(url), ...rest]);
    }
    send(body) {
      requests.push(["send", body]);
      queueMicrotask(() => {
        this.#text = reply(this.#url);
        this.dispatchEvent(new Event("load"));
        this.onload?.();
      });
    }
    get responseType() {
      return this.#type;
    }
    set responseType(type) {
      this.#type = type;
    }
    get responseText() {
      if (this.#type !== "" && this.#type !== "text") throw new TypeError("no text");
      return this.#text;
    }
    get response() {
      return this.#type === "json" ? JSON.parse(this.#text) : this.#text;
    }
  }

  const images = pictures.map((src) => ({ src }));
  const page = {
    XMLHttpRequest,
    Request,
    Response: class extends Response {},
    FormData,
    async fetch(input, init) {
      requests.push(["fetch", input, init]);
      return new page.Response(reply(typeof input === "string" ? input : (input.href ?? input.url)));
    },
    document: {
      cookie,
      querySelector: (selector) => (selector.includes("#chatBody") ? {} : null),
      querySelectorAll: () => images,
    },
    location: { origin, href: `${origin}/`, search: "" },
    performance: { getEntriesByType: (type) => (type === "resource" ? past.map((name) => ({ name })) : []) },
    requests,
    images,
  };

  /** A request by XMLHttpRequest, as the page makes it; gives the text that it gets. */
  page.ask = (name, body, type = "") =>
    new Promise((resolve) => {
      const xhr = new page.XMLHttpRequest();
      xhr.open("POST", name.includes("/") ? name : `/cgi-bin/mmwebwx-bin/${name}`, true);
      xhr.responseType = type;
      xhr.onload = () => resolve(type === "json" ? xhr.response : xhr.responseText);
      xhr.send(body);
    });

  /** What the page does when it is opened. */
  page.begin = async () => {
    const body = JSON.stringify({ BaseRequest: baseRequest });
    await page.ask("webwxinit?lang=zh_CN&pass_ticket=nV4Bt0q%252BR7d", body);
    await page.ask(`webwxsync?sid=k7Zq&skey=${encodeURIComponent(SKEY)}&pass_ticket=nV4Bt0q%252BR7d`, body);
  };
  return page;
}
