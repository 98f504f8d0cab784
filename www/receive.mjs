/** Receiving: the chat so far as thumbnails, newest last; a click fetches the original. */

import { number, say } from "./i18n.mjs";
import { startOriginal } from "./original.mjs";
import { el, errorCode, icon, spoken } from "./ui.mjs";

export function startReceive({ webwx, context }) {
  const list = document.querySelector("#chat");
  const note = document.querySelector("#chat-note");
  const empty = document.querySelector("#chat-empty");
  const gateway = document.querySelector("#gateway");
  const refreshButton = document.querySelector("#refresh");
  /** MsgId → what is known of it, in the order of the chat. */
  const entries = new Map();

  if (!context) {
    say(note, "receive.noSession");
    gateway.disabled = true;
    refreshButton.disabled = true;
    return { refresh: async () => {}, highlight() {} };
  }
  gateway.disabled = !context.gateway;

  const client = new webwx.WebWx(context.session, context.options);
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

  async function fetchThumbnail(entry) {
    const { tile, frame, message } = entry;
    tile.dataset.state = "loading";
    frame.replaceChildren(icon("picture"));
    try {
      const { blob } = await client.download(message.MsgId, { size: "thumbnail" });
      const url = URL.createObjectURL(blob);
      const image = el("img", { alt: "", src: url });
      image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
      image.addEventListener("error", () => URL.revokeObjectURL(url), { once: true });
      frame.replaceChildren(image);
      tile.dataset.state = "done";
    } catch (error) {
      frame.replaceChildren(icon("stop"), spoken("span", "receive.noThumbnail"), el("code", {}, errorCode(error)));
      tile.dataset.state = "failed";
    }
    tellChat();
  }

  const inState = (state) => [...entries.values()].filter(({ tile }) => tile.dataset.state === state);

  /** The line above the chat: what is there, what is missing, and what to do. */
  function tell(key, values = {}, state = "fine") {
    say(note, key, values);
    note.dataset.state = state;
  }

  function tellChat() {
    const failed = inState("failed").length;
    const all = () => number(entries.size);
    empty.hidden = entries.size > 0;
    if (entries.size === 0) {
      tell("receive.none");
    } else if (failed > 0) {
      tell("receive.thumbnailsFailed", { n: () => number(failed), all }, "failed");
    } else {
      tell(context.place === "page" ? "receive.noHistory" : "receive.some", { n: all });
    }
  }

  function append(message) {
    const mine = message.FromUserName === context.session.userName;
    const parsed = webwx.parseMessage(message.Content);
    const who = mine ? "receive.mine" : "receive.theirs";
    const kind = message.MsgType === 47 ? "kind.emoji" : parsed.kind === "opaque" ? "kind.opaque" : "kind.image";
    const label = spoken("span", "receive.open", { class: "unseen" }, { n: entries.size + 1 });
    const frame = el("span", { class: "tile-frame" });
    const caption = el(
      "span",
      { class: "tile-caption" },
      spoken("span", who, { class: "tile-who" }),
      " ",
      spoken("span", kind, { class: "tile-kind" }),
    );
    const tile = el("button", { type: "button", class: "tile" }, label, frame, caption);
    const entry = { message, parsed, tile, frame };
    tile.addEventListener("click", () => openOriginal(entry));
    entries.set(message.MsgId, entry);
    list.append(el("li", { "data-mine": String(mine) }, tile));
    void fetchThumbnail(entry);
  }

  async function read() {
    if (entries.size === 0) {
      tell("receive.reading");
    }
    try {
      const messages = await context.messages();
      inState("failed").forEach(fetchThumbnail);
      messages.filter(({ MsgId }) => !entries.has(MsgId)).forEach(append);
      tellChat();
    } catch {
      tell("receive.failed", {}, "failed");
    }
  }

  /** One reading after another, so that each sees what was sent before it. */
  let reading = Promise.resolve();
  const refresh = () => (reading = reading.then(read));

  refreshButton.addEventListener("click", refresh);
  return {
    refresh,
    /** Brings one message into view, for those who have just sent it. */
    async highlight(msgId) {
      if (!entries.has(msgId)) {
        await refresh();
      }
      const tile = entries.get(msgId)?.tile;
      tile?.scrollIntoView({ block: "nearest" });
      tile?.focus();
    },
  };
}
