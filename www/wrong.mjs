/** "Make it go wrong": orders a fault of the stand-in for the next picture, and shows what then goes over the wire. */

import { say } from "./i18n.mjs";
import { el, spoken } from "./ui.mjs";

/** What can be ordered: its key in strings.mjs, and the faults, as tests/standin/README.md has them. */
const TROUBLES = {
  dropChunk: [{ endpoint: "webwxuploadmedia", chunk: 1, fault: "reset" }],
  loseAnswer: [{ endpoint: "webwxsendmsgimg", fault: "accept-then-reset" }],
  tooOften: [{ endpoint: "webwxuploadmedia", fault: "ret:1205" }],
  foreign: [{ endpoint: "webwxuploadmedia", chunk: 2, fault: "ret:1205+mediaid" }],
};

/** How often the journal is read while something is to come. */
const LOOK_MS = 400;
/** Lines that are shown, the newest. */
const LINES = 12;

const handle = (name, init) => fetch(`/__standin/${name}`, { cache: "no-store", ...init });

/** Where a request was made, in the wire's own words. */
function placeOf({ path, form }) {
  const chunk = form?.find(({ name }) => name === "chunk")?.value;
  const endpoint = path.split("/").at(-1);
  return chunk === undefined ? endpoint : `${endpoint}, chunk ${Number(chunk) + 1}`;
}

/** What came of a request: a key of strings.mjs, and its values. */
function outcomeOf({ status, response, fault }) {
  if (status === null) {
    return [fault === "accept-then-reset" ? "wrong.lost" : "wrong.cut", {}];
  }
  const ret = response?.BaseResponse?.Ret;
  return ret ? ["wrong.refused", { ret }] : ["wrong.taken", {}];
}

/** Puts the choice of troubles into the page. `context` has a stand-in behind it. */
export function startWrong(place) {
  const log = el("ol", { class: "wrong-log mono" });
  const told = el("p", { class: "hint", role: "status" });
  let looking;
  let shown = 0;

  async function look() {
    const entries = (await (await handle("journal")).json()).filter(({ method }) => method === "POST");
    if (entries.length !== shown) {
      shown = entries.length;
      log.replaceChildren(
        ...entries.slice(-LINES).map((entry) => {
          const [key, values] = outcomeOf(entry);
          const line = el("li", entry.fault ? { class: "struck" } : {}, `${placeOf(entry)}: `);
          line.append(spoken("span", key, {}, values));
          return line;
        }),
      );
    }
  }

  async function order(name, button) {
    clearInterval(looking);
    for (const other of buttons) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    await handle("faults", { method: "DELETE" });
    await handle("journal", { method: "DELETE" });
    shown = -1;
    await handle("faults", { method: "POST", body: JSON.stringify(TROUBLES[name]) });
    say(told, `wrong.${name}.does`);
    looking = setInterval(() => void look().catch(() => clearInterval(looking)), LOOK_MS);
  }

  const buttons = Object.keys(TROUBLES).map((name) => {
    const button = spoken("button", `wrong.${name}`, { type: "button", class: "button quiet", "aria-pressed": "false" });
    button.addEventListener("click", () => void order(name, button));
    return button;
  });
  place.append(
    el(
      "details",
      { class: "wrong" },
      spoken("summary", "wrong.title"),
      spoken("p", "wrong.lead", { class: "hint" }),
      el("div", { class: "wrong-choices" }, ...buttons),
      told,
      log,
    ),
  );
}
