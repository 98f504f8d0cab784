/** The `uploadmediarequest` of an upload, to read and to copy, with its secrets hidden until they are asked for. */

import { say } from "./i18n.mjs";
import { copyButton, el, spoken } from "./ui.mjs";

/** Keys of an uploadmediarequest that let somebody else act as the user. */
const SECRETS = ["Uin", "Sid", "Skey", "AESKey", "Signature"];

/** The text as an object, with its secrets hidden or as they went out. */
function readable(text, open) {
  const hide = (key, value) => (!open && SECRETS.includes(key) ? "••••••••" : value);
  return JSON.parse(text, hide);
}

/** `request()` gives the text as it went out. */
export function requestView(request) {
  let open = false;
  const code = el("pre", { class: "mono code", tabindex: "0" });
  const toggle = spoken("button", "request.show", { type: "button", class: "button quiet small" });
  const show = () => {
    code.textContent = JSON.stringify(readable(request(), open), null, 2);
    say(toggle, open ? "request.hide" : "request.show");
  };
  toggle.addEventListener("click", () => {
    open = !open;
    show();
  });
  show();
  // What is copied is what is seen: the wire's own text only once its secrets are shown.
  const text = () => (open ? request() : JSON.stringify(readable(request(), false)));
  return el(
    "div",
    {},
    el(
      "div",
      { class: "code-bar" },
      spoken("p", "request.note", { class: "note" }),
      toggle,
      copyButton("uploadmediarequest", text),
    ),
    code,
  );
}
