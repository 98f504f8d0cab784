/**
 * The foot of the panel: how pictures go out, sending, pausing, and saving the originals of the open chat.
 *
 * @typedef {import("./panel.js").Actions} Actions
 * @typedef {import("./panel.js").View} View
 * @typedef {import("../content/originals.js").Tally} Tally
 */
import { FORMS, SIDES } from "../shared/settings.js";
import { button, el, icon, on, size, t } from "./elements.js";

/** What counts for how far all of them are. */
const STARTED = ["waiting", "uploading", "sending", "sent", "failed", "unsure"];

export class Footer {
  #actions;
  #why = el("p", { class: "why" });
  #form = el("select", { class: "form", "aria-label": t("form") });
  #side = el("select", { class: "side", "aria-label": t("side") });
  #estimate = el("span", { class: "estimate" });
  #choice;
  #overall = el("div", { class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": t("overall") });
  #far = el("p", { class: "far" });
  #progress = el("div", { class: "progress", hidden: "" }, this.#far, this.#overall);
  #send;
  #pause;
  #save;
  #saveLabel = el("span", {}, t("save"));
  #stop;
  #result = el("p", { class: "result", role: "status" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#send = button("primary send", () => this.#do(actions.send));
    this.#pause = button("pause", () => this.#do(actions.pause), t("pause"));
    this.#send.title = t("sendKeys");
    this.#form.append(...FORMS.map((form) => new Option(t(`form_${form}`), form)));
    this.#side.append(...SIDES.map((side) => new Option(side === 0 ? t("sideAny") : t("sidePixels", side), String(side))));
    on(this.#form, "change", () => this.#do(() => actions.choose({ form: FORMS[this.#form.selectedIndex] ?? "original" })));
    on(this.#side, "change", () => this.#do(() => actions.choose({ side: SIDES[this.#side.selectedIndex] ?? 0 })));
    this.#choice = el("div", { class: "choice" }, this.#form, this.#side, this.#estimate);
    this.#save = button("quiet save-all", () => this.#do(actions.save), icon("save"), this.#saveLabel);
    this.#stop = button("quiet stop-saving", () => this.#do(actions.stopSaving), t("stopSaving"));
    this.root = el(
      "footer",
      { class: "foot" },
      this.#why,
      this.#progress,
      this.#choice,
      el("div", { class: "sending" }, this.#send, this.#pause),
      el("div", { class: "saving" }, this.#save, this.#stop, this.#result),
    );
  }

  /** @param {View} view */
  render(view) {
    const { chat, entries, how, paused, quietSeconds, saving, tally } = view;
    const inState = (/** @type {string[]} */ ...states) => entries.filter(({ item }) => states.includes(item.state));
    const ready = [...inState("ready"), ...inState("taking").filter(({ wanted }) => wanted === null)].filter(({ item }) => item.to !== null);
    const waiting = inState("waiting");
    const busy = inState("uploading", "sending").length > 0 || (paused === null && waiting.length > 0);
    const next = paused === null ? ready : [...ready, ...waiting];

    this.#why.hidden = quietSeconds === 0 && (paused === null || waiting.length === 0);
    this.#why.textContent = quietSeconds > 0 ? t("quiet", clock(quietSeconds)) : paused === null ? "" : t(`paused_${paused}`);
    this.#send.hidden = next.length === 0;
    this.#send.disabled = quietSeconds > 0;
    this.#renderChoice(how, ready.reduce((sum, entry) => sum + view.estimate(entry), 0), ready);
    this.#renderProgress(entries.filter(({ item, wanted }) => wanted !== null || STARTED.includes(item.state)));
    // Two chats can have the same name.
    const receivers = new Set(next.map(({ item }) => item.to?.userName));
    const name = next[0]?.item.to?.name ?? "";
    const key = ready.length === 0 ? "goOn" : "send";
    this.#send.textContent = receivers.size === 1 ? t(`${key}To`, next.length, name) : t(key, next.length);
    this.#pause.hidden = !busy || paused !== null;

    this.#save.disabled = saving || chat === null;
    this.#stop.hidden = !saving;
    this.#result.textContent = tally === null ? "" : saving ? t("savingOf", tally.done, tally.total) : summary(tally);
  }

  /** As a click on the button. */
  send() {
    if (!this.#send.hidden && !this.#send.disabled) {
      this.#do(this.#actions.send);
    }
  }

  /**
   * @param {View["how"]} how
   * @param {number} bytes that go out, about
   * @param {View["entries"]} ready
   */
  #renderChoice({ form, side }, bytes, ready) {
    this.#choice.hidden = ready.length === 0;
    this.#form.value = form;
    this.#side.value = String(side);
    this.#side.hidden = form !== "compatible";
    const whole = ready.reduce((sum, { item }) => sum + item.size, 0);
    this.#estimate.textContent = bytes === whole ? size(whole) : t("about", size(whole), size(bytes));
  }

  /** How far all of them are that were sent by a click. @param {View["entries"]} started */
  #renderProgress(started) {
    const sent = started.filter(({ item }) => item.state === "sent").length;
    this.#progress.hidden = started.length < 2;
    const share = (/** @type {View["entries"][number]} */ { item, percent }) => (item.state === "sent" ? 1 : ["uploading", "sending", "unsure"].includes(item.state) ? percent / 100 : 0);
    const bytes = started.reduce((sum, entry) => sum + entry.item.size * share(entry), 0);
    const whole = started.reduce((sum, { item }) => sum + item.size, 0);
    const percent = whole === 0 ? 0 : Math.round((bytes / whole) * 100);
    this.#far.textContent = t("overallOf", sent, started.length, size(bytes));
    this.#overall.style.setProperty("--share", `${percent}%`);
    this.#overall.setAttribute("aria-valuenow", `${percent}`);
  }

  /** @param {() => unknown} action */
  #do(action) {
    Promise.resolve()
      .then(action)
      .catch(this.#actions.failed);
  }
}

/** Minutes and seconds. @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** @param {Tally} tally */
function summary({ total, saved, unverified, duplicates, failed, stopped }) {
  if (total === 0) {
    return t("savedNone");
  }
  const parts = [t("saved", saved)];
  if (unverified > 0) {
    parts.push(t("savedUnverified", unverified));
  }
  if (duplicates > 0) {
    parts.push(t("savedDuplicates", duplicates));
  }
  if (failed > 0) {
    parts.push(t("savedFailed", failed));
  }
  if (stopped !== null) {
    parts.push(t("savedStopped"));
  }
  return parts.join(" · ");
}
