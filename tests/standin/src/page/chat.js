/**
 * What the page shows of the open chat: whose it is, in the two marks by which the real page checks the receiver, and
 * its messages. Drawn without any of the ways that a strict policy forbids.
 */
"use strict";
window.standin = (() => {
  const [SENDING, SENT] = [1, 2];
  const [IMAGE, VIDEO, EMOTICON, FILE] = [3, 43, 47, 49];
  const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };

  /** What each message looked like when it was drawn, so that its picture is not asked for again. */
  const drawn = new WeakMap();

  function element(name, className, ...inside) {
    const made = document.createElement(name);
    made.className = className;
    made.append(...inside);
    return made;
  }

  const plain = (html) => html.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity]);

  /** A name as nodes; emoji stay the elements that they are in its HTML. */
  function nodes(html) {
    return html.split(/(<(?:img|span)\b[^>]*>(?:<\/span>)?)/).map((piece) => {
      const [, tag, className] = /^<(img|span)\b[^>]*class="(emoji emoji\w+)"/.exec(piece) ?? [];
      if (tag === undefined) return plain(piece);
      const emoji = element(tag, className);
      for (const name of ["text", "src"]) {
        const [, value] = new RegExp(` ${name}="([^"]*)"`).exec(piece) ?? [];
        if (value !== undefined) emoji.setAttribute(name, value);
      }
      return emoji;
    });
  }

  /** Where the page gets a message's picture from. One that is not sent yet has none at the service. */
  function address({ MsgId, MMStatus }, skey, type) {
    if (type === "big" && MMStatus !== undefined && MMStatus !== SENT) return undefined;
    return `/cgi-bin/mmwebwx-bin/webwxgetmsgimg?&MsgID=${MsgId}&skey=${encodeURIComponent(skey)}&type=${type}`;
  }

  function source(message, skey) {
    const { MsgType, MMStatus, MMPreviewSrc, MMThumbSrc } = message;
    if (MsgType === IMAGE) return MMPreviewSrc || MMThumbSrc || address(message, skey, "slave");
    if (MsgType === EMOTICON) return MMPreviewSrc || address(message, skey, "big") || MMThumbSrc;
    if (MsgType === VIDEO) return MMStatus === SENDING ? NOTHING : address(message, skey, "slave");
    return undefined;
  }

  function row(message, src) {
    const { MsgId, MsgType, SubMsgType, MMIsSend, MMActualSender, MMActualContent, FileName } = message;
    let content;
    if (src === undefined) {
      content = MsgType === FILE ? element("p", "title", FileName) : element("pre", "js_message_plain", MMActualContent);
    } else {
      content = element("img", MsgType === EMOTICON ? "custom_emoji msg-img" : "msg-img");
      content.src = src;
    }
    const kind = { [IMAGE]: "picture", [VIDEO]: "video", [FILE]: "attach" }[MsgType] ?? "plain";
    const marked =
      MsgType === EMOTICON
        ? element("div", "emoticon", content)
        : element("div", "bubble js_message_bubble", element("div", "bubble_cont", element("div", kind, content)));
    // The line break and the blanks are the real page's.
    marked.dataset.cm = `{"type":"message","actualSender":"${MMActualSender}",
                 "msgType":"${MsgType}","subType":${SubMsgType || 0},"msgId":"${MsgId}"}`;
    return element("div", `message ${MMIsSend ? "me" : "you"}`, element("div", "content", marked));
  }

  return {
    /** Sets both marks, as far as the page has them. */
    mark(userName, name) {
      document.querySelector("#J_NavChatScrollBody")?.setAttribute("data-username", userName);
      const title = document.querySelector("#chatArea .title_wrap .title_name");
      title?.setAttribute("data-username", userName);
      title?.replaceChildren(...nodes(name));
    },

    /** Shows these messages, and no others. */
    draw(messages, skey) {
      const rows = messages.map((message) => {
        const src = source(message, skey);
        const look = JSON.stringify([message.MsgId, message.MsgType, src]);
        const before = drawn.get(message);
        if (before?.look === look) return before.made;
        const made = row(message, src);
        drawn.set(message, { look, made });
        return made;
      });
      document.querySelector("#chatArea .chat_bd")?.replaceChildren(...rows);
    },
  };
})();
