/**
 * The foot of the panel: sending, pausing, and saving the originals of the open chat.
 *
 * @typedef {import("./panel.js").Actions} Actions
 * @typedef {import("./panel.js").View} View
 * @typedef {import("../content/originals.js").Tally} Tally
 */
import { button, el, icon, t } from "./elements.js";

export class Footer {
  #actions;
  #why = el("p", { class: "why" });
  #send;
  #pause;
  #clear;
  #save;
  #saveLabel = el("span", {}, t("save"));
  #stop;
  #result = el("p", { class: "result", role: "status" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#send = button("primary send", () => this.#do(actions.send));
    this.#pause = button("pause", () => this.#do(actions.pause), t("pause"));
    this.#clear = button("quiet clear", () => this.#do(actions.clear), t("clear"));
    this.#save = button("quiet save-all", () => this.#do(actions.save), icon("save"), this.#saveLabel);
    this.#stop = button("quiet stop-saving", () => this.#do(actions.stopSaving), t("stopSaving"));
    this.root = el(
      "footer",
      { class: "foot" },
      this.#why,
      el("div", { class: "sending" }, this.#send, this.#pause, this.#clear),
      el("div", { class: "saving" }, this.#save, this.#stop, this.#result),
    );
  }

  /** @param {View} view */
  render(view) {
    const { chat, entries, paused, saving, tally } = view;
    const inState = (/** @type {string[]} */ ...states) => entries.filter(({ item }) => states.includes(item.state));
    const ready = inState("ready").filter(({ item }) => item.to !== null);
    const waiting = inState("waiting");
    const busy = inState("uploading", "sending").length > 0 || (paused === null && waiting.length > 0);
    const next = paused === null ? ready : [...ready, ...waiting];

    this.#why.hidden = paused === null || waiting.length === 0;
    this.#why.textContent = paused === null ? "" : t(`paused_${paused}`);
    this.#send.hidden = next.length === 0;
    // Two chats can have the same name.
    const receivers = new Set(next.map(({ item }) => item.to?.userName));
    const name = next[0]?.item.to?.name ?? "";
    const key = ready.length === 0 ? "goOn" : "send";
    this.#send.textContent = receivers.size === 1 ? t(`${key}To`, next.length, name) : t(key, next.length);
    this.#pause.hidden = !busy || paused !== null;
    this.#clear.hidden = inState("sent").length === 0;

    this.#save.disabled = saving || chat === null;
    this.#stop.hidden = !saving;
    this.#result.textContent = tally === null ? "" : saving ? t("savingOf", tally.done, tally.total) : summary(tally);
  }

  /** @param {() => unknown} action */
  #do(action) {
    Promise.resolve()
      .then(action)
      .catch(this.#actions.failed);
  }
}

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
