/** The dialog with one original: fetches it, shows what it was held against, and lets it be saved. */

import { number, say } from "./i18n.mjs";
import { copyButton, el, errorBox, errorCode, fact, icon, iconButton, spoken, warningList } from "./ui.mjs";

/** The gateway wants the name of a WeChat instance; the stand-in takes any. */
const INSTANCE = "demo";

export function startOriginal({ client, gateway, neighbours }) {
  const dialog = document.querySelector("#original");
  const title = document.querySelector("#original-title");
  const stage = document.querySelector("#original-stage");
  const status = document.querySelector("#original-status");
  const facts = document.querySelector("#original-facts");
  let controller = null;
  let url = null;
  let shown = null;

  const previous = iconButton("previous", "original.previous", {}, () => step("previous"));
  const next = iconButton("next", "original.next", {}, () => step("next"));
  const close = iconButton("close", "action.close", {}, () => dialog.close());
  document.querySelector("#original-moves").append(previous, next, close);

  function step(direction) {
    const entry = shown && neighbours(shown.entry)[direction];
    if (entry) {
      void show(entry, shown.via);
    }
  }

  /** Stops what is under way and gives back what the last picture held. */
  function release() {
    controller?.abort();
    controller = null;
    stage.replaceChildren();
    facts.replaceChildren();
    if (url) {
      URL.revokeObjectURL(url);
      url = null;
    }
  }

  dialog.addEventListener("close", () => {
    release();
    shown = null;
  });
  dialog.addEventListener("click", (event) => {
    // Only the backdrop is the dialog itself: everything inside is one of its children.
    if (event.target === dialog) {
      dialog.close();
    }
  });
  dialog.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    if (direction) {
      step(direction);
    }
  });

  function fetchOriginal({ message, parsed }, via, options) {
    if (via === "gateway") {
      const { MsgId, FromUserName, ToUserName, Content } = message;
      const request = { wId: INSTANCE, msgId: MsgId, fromUser: FromUserName, toUser: ToUserName, content: Content };
      return gateway.download(request, options);
    }
    const size = message.MsgType === 47 ? "big" : "full";
    return client.download(message.MsgId, { ...options, expect: parsed, size });
  }

  function verification(verified) {
    const mark = verified === "none" ? icon("picture") : icon("check");
    return el("p", { class: "verified", "data-verified": verified }, mark, spoken("span", `verified.${verified}`));
  }

  function describe(image, id, via, ms) {
    const save = el(
      "a",
      { class: "button primary", href: url, download: `${id}.${image.extension}` },
      spoken("span", "action.save"),
    );
    const size = el("dd", {}, spoken("span", "fact.bytes", {}, { n: () => number(image.size) }));
    const md5 = el(
      "dd",
      { class: "mono copied" },
      el("span", {}, image.md5),
      copyButton("MD5", () => image.md5),
    );
    return [
      verification(image.verified),
      el(
        "dl",
        { class: "facts" },
        fact("fact.type", image.type),
        fact("fact.size", size),
        fact("fact.dimensions", image.width ? `${image.width} × ${image.height}` : "–"),
        fact("MD5", md5, { class: "fact whole" }),
        ...(via === "gateway" ? [fact("URL", el("dd", { class: "mono" }, image.url), { class: "fact whole" })] : []),
      ),
      ...[warningList(image.warnings)].filter(Boolean),
      el("p", { class: "note" }, spoken("span", `original.via.${via}`), ` · ${ms} ms`),
      save,
    ];
  }

  /** Makes the dialog ready for another picture, and gives the bar that shows how it comes in. */
  function begin(entry, via) {
    release();
    shown = { entry, via };
    controller = new AbortController();
    const around = neighbours(entry);
    previous.disabled = !around.previous;
    next.disabled = !around.next;
    if (!dialog.contains(document.activeElement) || document.activeElement.disabled) {
      title.focus();
    }
    document.querySelector("#original-id").textContent = entry.message.MsgId;
    const bar = say(el("progress"), "original.loading", {}, "aria-label");
    stage.append(bar);
    stage.dataset.state = "loading";
    say(status, "original.loading");
    return bar;
  }

  async function show(entry, via) {
    const bar = begin(entry, via);
    const { signal } = controller;
    const id = entry.message.MsgId;
    const began = performance.now();
    const onProgress = ({ loaded, total }) => {
      if (total) {
        bar.max = total;
        bar.value = loaded;
      }
    };
    try {
      const image = await fetchOriginal(entry, via, { signal, onProgress });
      if (signal.aborted) {
        return;
      }
      url = URL.createObjectURL(image.blob);
      const picture = el("img", { src: url });
      say(picture, "original.alt", { id }, "alt");
      stage.replaceChildren(picture);
      stage.dataset.state = "done";
      facts.replaceChildren(...describe(image, id, via, Math.round(performance.now() - began)));
      say(status, `verified.${image.verified}`);
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      stage.replaceChildren(icon("stop"));
      stage.dataset.state = "failed";
      facts.replaceChildren(errorBox(error), waysOn(error, entry, via));
      say(status, `error.${errorCode(error)}`);
    }
  }

  /** What can be done after a failure: the same once more, where that may help, and the page's own way. */
  function waysOn(error, entry, via) {
    const way = (key, next) =>
      spoken("button", key, { type: "button", class: "button", click: () => show(entry, next) });
    const ways = [];
    if (error.code !== "invalid-input") {
      ways.push(way("job.retry", via));
    }
    if (via === "gateway") {
      ways.push(way("original.direct", "web"));
    }
    return el("div", { class: "original-buttons" }, ...ways);
  }

  return {
    open(entry, via) {
      dialog.showModal();
      title.focus();
      void show(entry, via);
    },
  };
}
