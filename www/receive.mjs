/** Receiving: the chat so far as thumbnails, newest last; a click fetches the original. */

import { number, say, t } from "./i18n.mjs";
import { startOriginal } from "./original.mjs";
import { el, errorCode, icon, spoken } from "./ui.mjs";

export function startReceive({ webwx, context }) {
  const list = document.querySelector("#chat");
  const note = document.querySelector("#chat-note");
  const count = document.querySelector("#chat-count");
  const gateway = document.querySelector("#gateway");
  const refreshButton = document.querySelector("#refresh");
  /** MsgId → what is known of it, in the order of the chat. */
  const entries = new Map();

  if (!context) {
    say(note, "receive.noSession").hidden = false;
    gateway.disabled = true;
    refreshButton.disabled = true;
    return { refresh: async () => {}, highlight() {} };
  }
  gateway.disabled = !context.gateway;

  const client = new webwx.WebWx(context.session);
  const original = startOriginal({
    client,
    gateway: context.gateway && new webwx.Gateway(context.gateway),
    neighbours: (entry) => {
      const all = [...entries.values()];
      const at = all.indexOf(entry);
      return { previous: all[at - 1], next: all[at + 1] };
    },
  });

  const openOriginal = (entry) => original.open(entry, gateway.checked ? "gateway" : "web");

  function nameTile({ tile, index, who, kind }) {
    say(tile, "receive.open", { n: index, who: () => t(who), kind: () => t(kind) }, "aria-label");
  }

  async function fetchThumbnail(entry) {
    const { tile, frame, message, index } = entry;
    tile.dataset.state = "loading";
    frame.replaceChildren();
    nameTile(entry);
    try {
      const { blob } = await client.download(message.MsgId, { size: "thumbnail" });
      const url = URL.createObjectURL(blob);
      const image = el("img", { alt: "", src: url });
      image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
      image.addEventListener("error", () => URL.revokeObjectURL(url), { once: true });
      frame.replaceChildren(image);
      tile.dataset.state = "done";
    } catch (error) {
      const code = errorCode(error);
      frame.replaceChildren(icon("stop"), el("code", {}, code));
      say(tile, "receive.retry", { n: index, code }, "aria-label");
      tile.dataset.state = "failed";
    }
  }

  function append(message) {
    const mine = message.FromUserName === context.session.userName;
    const parsed = webwx.parseMessage(message.Content);
    const who = mine ? "receive.mine" : "receive.theirs";
    const kind = message.MsgType === 47 ? "kind.emoji" : parsed.kind === "opaque" ? "kind.opaque" : "kind.image";
    const index = entries.size + 1;
    const frame = el("span", { class: "tile-frame" });
    const caption = el(
      "span",
      { class: "tile-caption" },
      spoken("span", who, { class: "tile-who" }),
      spoken("span", kind, { class: "tile-kind" }),
    );
    const tile = el("button", { type: "button", class: "tile" }, frame, caption);
    const entry = { message, parsed, index, who, kind, tile, frame };
    tile.addEventListener("click", () => openOriginal(entry));
    entries.set(message.MsgId, entry);
    list.append(el("li", { "data-mine": String(mine) }, tile));
    void fetchThumbnail(entry);
  }

  async function refresh() {
    refreshButton.disabled = true;
    try {
      const messages = await context.messages();
      [...entries.values()].filter(({ tile }) => tile.dataset.state === "failed").forEach(fetchThumbnail);
      messages.filter(({ MsgId }) => !entries.has(MsgId)).forEach(append);
      say(count, "receive.count", { n: () => number(entries.size) });
      const remark = entries.size === 0 ? "receive.none" : "receive.noHistory";
      note.hidden = entries.size > 0 && context.place !== "page";
      say(note, remark);
      note.dataset.state = "fine";
    } catch {
      say(note, "receive.failed").hidden = false;
      note.dataset.state = "failed";
    }
    refreshButton.disabled = false;
  }

  refreshButton.addEventListener("click", refresh);
  return {
    refresh,
    /** Brings one message into view, for those who have just sent it. */
    async highlight(msgId) {
      await refresh();
      const tile = entries.get(msgId)?.tile;
      tile?.scrollIntoView({ block: "nearest" });
      tile?.focus();
    },
  };
}
