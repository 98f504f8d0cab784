// ==UserScript==
// @name               WeChat Web pictures: paste to send, save originals
// @name:zh-CN         微信网页版图片：粘贴发送，保存原图
// @namespace          webwx-image
// @version            {version}
// @description        Paste a picture to send it to the open chat; save the verified originals of pictures.
// @description:zh-CN  在打开的聊天中粘贴图片即可发送；保存收到的原图，并核对是否完整。
// @license            MIT OR Apache-2.0
// @match              https://wx.qq.com/*
// @match              https://wx2.qq.com/*
// @match              https://wx8.qq.com/*
// @match              https://web.wechat.com/*
// @match              https://web2.wechat.com/*
// @match              https://filehelper.weixin.qq.com/*
// @match              https://szfilehelper.weixin.qq.com/*
// @match              https://cmfilehelper.weixin.qq.com/*
// @require            https://unpkg.com/webwx-image@{version}/dist/webwx-image.iife.js#sha256={sha256}
// @downloadURL        https://unpkg.com/webwx-image/dist/webwx-image.user.js
// @grant              unsafeWindow
// @grant              GM_xmlhttpRequest
// @grant              GM.xmlHttpRequest
// @grant              GM_registerMenuCommand
// @connect            wx.qq.com
// @connect            wx2.qq.com
// @connect            wx8.qq.com
// @connect            web.wechat.com
// @connect            web2.wechat.com
// @connect            filehelper.weixin.qq.com
// @connect            szfilehelper.weixin.qq.com
// @connect            cmfilehelper.weixin.qq.com
// @connect            file.wx.qq.com
// @connect            file.wx2.qq.com
// @connect            file.wx8.qq.com
// @connect            file.web.wechat.com
// @connect            file.web2.wechat.com
// @run-at             document-start
// @noframes
// ==/UserScript==

// Pictures in WeChat Web and the File Transfer Helper, on top of the library that is required above: the global WebwxImage knows the protocol, and
// this script asks, shows and saves. It stores nothing, and asks no host but the page's own and its file host.

"use strict";

import { host, put, whenTrusted } from "./parts/card.js";
import { element, own } from "./parts/own.js";
import { diagnosis, hasLibrary, messageOf, openChat, seesPage, watch } from "./parts/page.js";
import { notice, saveAll, saveOne } from "./parts/save.js";
import { offer } from "./parts/send.js";
import { t } from "./parts/words.js";

// Before the page's own scripts: what they say first tells whose page it is.
watch();

/** A picture that can be sent: drawings in SVG cannot. @param {File} file */
const isPicture = ({ type }) => type.startsWith("image/") && type !== "image/svg+xml";

/**
 * The pictures that are pasted, if it is pictures that are. Text and other files are the page's; so is a picture that
 * comes beside its text, as from a word processor. Beside a file, its name may stand as text.
 *
 * @param {DataTransfer | null} data
 */
function pastedPictures(data) {
  const pasted = data && own("pasted", data);
  const files = Array.from(pasted?.files ?? []);
  const text = pasted?.getData("text/plain") ?? "";
  const isText = text !== "" && !files.some(({ name }) => name === text);
  return !isText && files.every(isPicture) ? files : [];
}

let wasTold = false;

/** Says once why a pasted picture is not offered. @param {string} name */
function tellOnce(name) {
  if (!wasTold) {
    wasTold = true;
    notice(t(name));
  }
}

// The script hears of a paste on its way down. Where its manager starts it before the page's scripts, it is the first to: so the
// page, which sends pasted pictures too, never hears of one that is offered here. One that is handled already is left alone.
addEventListener(
  "paste",
  whenTrusted((heard) => {
    const event = own("paste", heard);
    const pictures = event.defaultPrevented ? [] : pastedPictures(event.clipboardData);
    if (pictures.length === 0) {
      return;
    }
    const chat = hasLibrary ? openChat() : null;
    if (chat !== null) {
      event.preventDefault();
      event.stopImmediatePropagation();
      // By their places: forEach() may be the page's, and would be given what offers a picture.
      for (let place = 0; place < pictures.length; place += 1) {
        void offer(/** @type {File} */ (pictures[place]), chat);
      }
    } else if (!hasLibrary) {
      tellOnce("noLibrary");
    } else if (!seesPage()) {
      tellOnce("apart");
    }
  }),
  { capture: true },
);

// Over a chat's picture, a button saves its original.
const over = element("button", { type: "button", className: "over", textContent: t("save"), hidden: true });

/** @type {HTMLImageElement | null} The picture that the button is over. */
let picture = null;

function placeOver() {
  if (picture !== null) {
    const { top, right } = picture.getBoundingClientRect();
    over.style.top = `${Math.max(top, 0) + 6}px`;
    over.style.right = `${innerWidth - right + 6}px`;
  }
  over.hidden = picture === null;
}

addEventListener(
  "pointerover",
  whenTrusted(({ target }) => {
    if (target === host || !hasLibrary) {
      return;
    }
    const message = target instanceof HTMLImageElement ? messageOf(target) : null;
    picture = message === null ? null : /** @type {HTMLImageElement} */ (target);
    placeOver();
    if (message !== null) {
      over.onclick = whenTrusted(() => void saveOne(message));
      put(over);
    }
  }),
);

// The button goes along with a picture that stays under the pointer.
const followOver = () => {
  picture = picture?.matches(":hover") ? picture : null;
  placeOver();
};
addEventListener("scroll", whenTrusted(followOver), { capture: true, passive: true });

// All of the chat's, from the manager's menu.
if (typeof GM_registerMenuCommand === "function") {
  GM_registerMenuCommand(t("saveAll"), () => (hasLibrary ? saveAll() : notice(t("noLibrary"))));
  GM_registerMenuCommand(t("diagnose"), () => notice(hasLibrary ? diagnosis() : t("noLibrary")));
}
