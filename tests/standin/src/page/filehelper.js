/**
 * The page of the File Transfer Helper, in the shape of the official one as far as it is known: a Vue 3 application with a Vuex store in
 * `#app`, requests by XMLHttpRequest, the session in variables of its own, pictures in `.msg-item .msg-image img`. What of its requests is
 * known is done as the official page does it: the address of a thumbnail, the parts of an upload, 17 digits in a string, a DeviceID
 * without `e`. `?fetch` in its own address makes it ask by fetch; `?logged-out` is the page with the QR code.
 */
"use strict";
(() => {
  const account = "ACCOUNT";
  const APP_ID = "wx_webfilehelper";
  const [IMAGE, EMOTICON, FILE] = [3, 47, 49];
  const CHUNK = 524288;
  const search = new URLSearchParams(location.search);

  const store = (() => {
    const state = { uuid: "4fKxq1mZ0w==", nickname: "", avatar: "", nextDomain: location.host };
    const mutations = { login: (value) => Object.assign(state, value) };
    return {
      state,
      getters: {},
      commit: (name, value) => mutations[name](value),
      dispatch: async (name, value) => store.commit(name, value),
    };
  })();
  document.querySelector("#app").__vue_app__ = { version: "3.2.31", config: { globalProperties: { $store: store } } };

  const session = { me: "", syncKey: null };
  const messages = new Map();

  const digits = (count) => Array.from({ length: count }, () => Math.floor(Math.random() * 10)).join("");
  const letters = () => Array.from({ length: 4 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("");
  const newId = () => `${Date.now()}${digits(4)}`;
  const baseRequest = () => ({ Uin: account.uin, Sid: account.sid, Skey: account.skey, DeviceID: digits(15) });
  const cookie = (name) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie)?.[1];

  /** A request by XMLHttpRequest, or by fetch; gives the answer as an object. */
  function ask(method, url, body, type) {
    const headers = { ...(type && { "Content-Type": type }), ...(method === "POST" && { mmweb_appid: APP_ID }) };
    if (search.has("fetch")) {
      return fetch(url, { method, headers, body, credentials: "include" }).then((answer) => answer.json());
    }
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url, true);
      xhr.withCredentials = true;
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.onload = () => resolve(JSON.parse(xhr.responseText));
      xhr.onerror = () => reject(new Error(`no answer from ${url}`));
      xhr.send(body);
    });
  }

  const service = (name) => `/cgi-bin/mmwebwx-bin/${name}`;
  const post = (name, query, body) =>
    ask("POST", `${service(name)}?${query}`, JSON.stringify(body), "application/json;charset=UTF-8");
  const skey = () => encodeURIComponent(account.skey);

  async function init() {
    const answer = await post("webwxinit", `lang=zh_CN&pass_ticket=${account.passTicket}`, { BaseRequest: baseRequest() });
    session.me = answer.User.UserName;
    session.syncKey = answer.SyncKey;
    store.commit("login", { nickname: answer.User.NickName, avatar: answer.User.HeadImgUrl });
  }

  /** Takes over what there is by now. One at a time, as the page's own loop does. */
  let syncing = Promise.resolve();
  const sync = () => (syncing = syncing.then(syncNow, syncNow));

  async function syncNow() {
    const query = `sid=${encodeURIComponent(account.sid)}&skey=${skey()}&pass_ticket=${account.passTicket}`;
    const body = { BaseRequest: baseRequest(), SyncKey: session.syncKey, rr: ~Date.now() };
    const answer = await post("webwxsync", query, body);
    session.syncKey = answer.SyncKey;
    answer.AddMsgList.forEach(show);
  }

  function element(name, className, ...inside) {
    const made = document.createElement(name);
    made.className = className;
    made.append(...inside);
    return made;
  }

  function picture(message, type) {
    const image = element("img", "");
    const query = `??&MsgID=${message.MsgId}&skey=${skey()}${type}&mmweb_appid=${APP_ID}`;
    image.src = service("webwxgetmsgimg") + query;
    return image;
  }

  function content(message) {
    switch (message.MsgType) {
      case IMAGE:
        return element("div", "msg-image", picture(message, "&type=slave"));
      case EMOTICON:
        return element("div", "msg-emoticon", picture(message, "&type=big"));
      case FILE:
        return element("div", "msg-file", element("div", "msg-file__title", message.FileName));
      default:
        return element("div", "msg-text", message.Content);
    }
  }

  /** Draws a message, once. */
  function show(message) {
    if (messages.has(message.MsgId)) return;
    messages.set(message.MsgId, message);
    const item = element("div", "msg-item", element("div", "msg-item__content", content(message)));
    document.querySelector("#chatBody").append(item);
  }

  /** Sends a picture as the page itself does. */
  async function send(file) {
    const request = {
      UploadType: 2,
      BaseRequest: baseRequest(),
      ClientMediaId: newId(),
      TotalLen: file.size,
      StartPos: 0,
      DataLen: file.size,
      MediaType: 4,
      FromUserName: session.me,
      ToUserName: "filehelper",
    };
    const chunks = Math.ceil(file.size / CHUNK);
    let uploaded;
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const form = new FormData();
      form.append("name", file.name);
      form.append("lastModifiedDate", String(new Date(file.lastModified)));
      form.append("size", String(file.size));
      form.append("type", file.type);
      if (chunks > 1) {
        form.append("chunks", String(chunks));
        form.append("chunk", String(chunk));
      }
      form.append("mediatype", "pic");
      form.append("uploadmediarequest", JSON.stringify(request));
      form.append("webwx_data_ticket", cookie("webwx_data_ticket"));
      form.append("pass_ticket", account.passTicket);
      form.append("filename", file.slice(chunk * CHUNK, (chunk + 1) * CHUNK), file.name);
      const url = `${account.fileOrigin}${service("webwxuploadmedia")}?f=json&random=${letters()}`;
      uploaded = await ask("POST", url, form);
    }
    const id = newId();
    const message = { ClientMsgId: id, FromUserName: session.me, LocalID: id, ToUserName: "filehelper" };
    const sent = await post("webwxsendmsgimg", `fun=async&f=json&pass_ticket=${account.passTicket}`, {
      BaseRequest: baseRequest(),
      Msg: { ...message, MediaId: uploaded.MediaId, Type: IMAGE, Content: "" },
      Scene: 0,
    });
    show({ ...message, MsgId: sent.MsgID, MsgType: IMAGE, Content: "", CreateTime: Math.floor(Date.now() / 1000) });
    return sent;
  }

  document.querySelector(".chat-panel__file").addEventListener("change", ({ target }) => {
    if (target.files[0]) send(target.files[0]);
  });
  addEventListener("focus", sync);

  const isLoggedOut = search.has("logged-out");
  window.standin = { sync, send, messages, ready: isLoggedOut ? Promise.resolve() : init().then(sync) };
  if (isLoggedOut) {
    removeEventListener("focus", sync);
    document.querySelector("#app").replaceChildren(element("div", "qrcode", "扫码登录"));
  }
})();
