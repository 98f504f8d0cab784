/** Inspecting: what the content of a message says. Works without a session and without a network. */

import { list, moment, number, say, t } from "./i18n.mjs";
import { samples } from "./samples.mjs";
import { announce, copyButton, el, errorBox, errorCode, fact, shorten, spoken, warningList } from "./ui.mjs";

const none = () => spoken("span", "inspect.noValue", { class: "waits" });

/** A value that may be missing, shortened where it is long. */
function value(text) {
  if (text === null || text === "") {
    return none();
  }
  const long = String(text);
  return el("span", { class: "mono", title: long }, shorten(long, 20, 12));
}

/** The same for a table, where the whole value follows below. */
const brief = (text) => (text ? el("span", { class: "mono", title: text }, shorten(text, 8, 6)) : none());

const dd = (child) => el("dd", {}, child);

function variantRow(name, variant) {
  const cell = (key, child) => say(el("td", {}, child), key, {}, "data-cell");
  const size = variant?.width && variant?.height ? `${variant.width} × ${variant.height}` : none();
  const length = variant && variant.length !== null ? el("span", {}, number(variant.length)) : none();
  return el(
    "tr",
    { "data-absent": variant === null },
    spoken("th", `inspect.${name}`, { scope: "row" }),
    cell("inspect.length", length),
    cell("fact.dimensions", size),
    cell("inspect.aesKey", brief(variant?.aesKey)),
    cell("inspect.cdnUrl", brief(variant?.cdnUrl)),
  );
}

function variantTable(message) {
  const heads = ["inspect.variant", "inspect.length", "fact.dimensions", "inspect.aesKey", "inspect.cdnUrl"];
  const head = el("tr", {}, ...heads.map((key) => spoken("th", key, { scope: "col" })));
  const rows = ["thumbnail", "normal", "hd"].map((name) => variantRow(name, message[name]));
  return el(
    "div",
    { class: "table-frame" },
    el(
      "table",
      { class: "variants" },
      spoken("caption", "inspect.variants"),
      el("thead", {}, head),
      el("tbody", {}, ...rows),
    ),
  );
}

/** The files behind the variants' CDN urls: most often one, since a message gives the same url for all of them. */
function cdnFiles(message, webwx) {
  const owners = new Map();
  for (const name of ["thumbnail", "normal", "hd"]) {
    const url = message[name]?.cdnUrl;
    if (url) {
      owners.set(url, [...(owners.get(url) ?? []), name]);
    }
  }
  return [...owners].map(([url, names]) => {
    const listed = () => list(names.map((name) => t(`inspect.${name}`)));
    return el(
      "section",
      { class: "cdn-file" },
      spoken("h3", "inspect.cdnOf", {}, { names: listed }),
      cdnFacts(url, webwx),
    );
  });
}

function cdnFacts(url, webwx) {
  try {
    const { fileId, uploadedAt, fields } = webwx.decodeCdnUrl(url);
    const date = new Date(uploadedAt * 1000);
    const time = el("time", { datetime: date.toISOString() });
    // Said again with the language, like any sentence.
    say(time, "inspect.moment", { date: () => moment(date) });
    const numbers = Object.entries(fields).map(([name, field]) => `${name} ${field.toString(16)}`);
    return el(
      "dl",
      { class: "facts" },
      fact("inspect.fileId", el("dd", { class: "mono" }, fileId)),
      fact("inspect.uploadedAt", dd(time)),
      fact("inspect.fields", el("dd", { class: "mono" }, numbers.join(", "))),
    );
  } catch (error) {
    return errorBox(error);
  }
}

function attributeTable(attributes) {
  const names = Object.keys(attributes);
  const rows = names.map((name) =>
    el("tr", {}, el("th", { scope: "row", class: "mono" }, name), el("td", { class: "mono" }, attributes[name])),
  );
  return el(
    "details",
    { open: true },
    spoken("summary", "inspect.attributes", {}, { n: names.length }),
    el("div", { class: "table-frame" }, el("table", { class: "attributes" }, el("tbody", {}, ...rows))),
  );
}

function contentView(content) {
  const copy = copyButton("Content", () => content);
  return el(
    "details",
    {},
    spoken("summary", "inspect.content"),
    copy,
    el("pre", { class: "mono code", tabindex: "0" }, content),
  );
}

/** How the content was wrapped: what is in the input to the letter was not escaped. */
function form(message, input) {
  const isEscaped = !input.includes(message.content);
  const isPrefixed = message.sender !== null;
  const name = isEscaped ? (isPrefixed ? "escapedPrefixed" : "escaped") : isPrefixed ? "prefixed" : "plain";
  return spoken("span", `inspect.form.${name}`);
}

function facts(message, input) {
  const list = [fact("inspect.form", dd(form(message, input))), fact("inspect.sender", dd(value(message.sender)))];
  if (message.kind === "image") {
    list.push(
      fact("MD5", dd(value(message.md5))),
      fact("aeskey", dd(value(message.aesKey))),
      fact("encryver", dd(value(message.encryVer))),
    );
  } else if (message.kind === "emoji") {
    const size = message.width && message.height ? `${message.width} × ${message.height}` : none();
    list.push(
      fact("MD5", dd(value(message.md5))),
      fact("fact.size", dd(value(message.length))),
      fact("fact.dimensions", dd(size)),
    );
  } else if (message.kind === "other") {
    list.push(fact("inspect.element", dd(value(message.element))));
  }
  return el("dl", { class: "facts" }, ...list);
}

function view(message, input, webwx) {
  const parts = [
    el(
      "div",
      { class: "kind", "data-kind": message.kind },
      spoken("strong", `kind.${message.kind}`),
      spoken("p", `kind.${message.kind}.note`),
    ),
    warningList(message.warnings),
    facts(message, input),
    message.kind === "image" ? variantTable(message) : null,
    ...(message.kind === "image" ? cdnFiles(message, webwx) : []),
    message.attributes ? attributeTable(message.attributes) : null,
    contentView(message.content),
  ];
  return parts.filter(Boolean);
}

export function startInspect({ webwx }) {
  const input = document.querySelector("#message");
  const result = document.querySelector("#message-result");

  /** Heard once, and not with every letter that is typed. */
  let heard = null;
  const sayOnce = (key) => {
    if (key !== heard) {
      announce(key);
    }
    heard = key;
  };

  function show() {
    if (input.value.trim() === "") {
      result.replaceChildren(spoken("p", "inspect.nothing", { class: "empty" }));
      heard = null;
      return;
    }
    try {
      const message = webwx.parseMessage(input.value);
      result.replaceChildren(...view(message, input.value, webwx));
      sayOnce(`kind.${message.kind}.note`);
    } catch (error) {
      result.replaceChildren(errorBox(error));
      sayOnce(`error.${errorCode(error)}`);
    }
  }

  const fill = (text) => {
    input.value = text;
    show();
  };
  const buttons = Object.entries(samples).map(([name, text]) =>
    spoken("button", `inspect.${name}`, {
      type: "button",
      class: "button small",
      "data-sample": name,
      click: () => fill(text),
    }),
  );
  const clear = spoken("button", "inspect.clear", {
    type: "button",
    class: "button quiet small",
    click: () => fill(""),
  });
  document.querySelector("#message-samples").append(...buttons, clear);
  input.addEventListener("input", show);
  show();
}
