/** The card of one picture that is being sent: builds its elements once, then shows whatever state the job is in. */

import { say } from "./i18n.mjs";
import { adviceOf, facts, paintStrip, receiptView, statusOf, steps } from "./pieces.mjs";
import { requestView } from "./request.mjs";
import { el, errorBox, icon, iconButton, spoken } from "./ui.mjs";

/** What the one main button does in each phase. */
const ACTIONS = {
  ready: "send",
  waiting: "cancel",
  running: "cancel",
  failed: "retry",
  cancelled: "retry",
};

/** The preview: shown when it can be, and its object URL given back either way. */
function createPicture() {
  const picture = el("img", { alt: "", class: "picture", hidden: true });
  const giveBack = () => URL.revokeObjectURL(picture.src);
  picture.addEventListener("error", giveBack);
  picture.addEventListener("load", () => {
    picture.hidden = false;
    giveBack();
  });
  return picture;
}

export class Card {
  #job;
  #canSend;
  #request;
  /** What each part was last built from. */
  #built = {};

  #picture = createPicture();
  #facts = el("dl");
  #steps = el("ol", { class: "steps" });
  #strip = el("div", { class: "strip", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  #status = el("p", { class: "status" });
  #outcome = el("div", { class: "outcome" });
  #summary = spoken("summary", "request.title");
  #details = el("details", { class: "request" }, this.#summary, spoken("p", "request.none", { class: "note" }));
  #action;
  #removal;
  #show;

  /**
   * `act`, `remove` and `show` are what the buttons do, `request` gives the text of the upload's `uploadmediarequest`.
   * Without a session (`canSend`) the card only tells what the picture is.
   */
  constructor(job, { canSend, act, remove, show, request }) {
    this.#job = job;
    this.#canSend = canSend;
    this.#request = request;
    const { name } = job;
    this.#action = el("button", { type: "button", class: "button action", click: act });
    this.#removal = iconButton("close", "job.remove", { name }, remove);
    const label = spoken("span", "receipt.show");
    this.#show = el("button", { type: "button", class: "button quiet small", click: show }, icon("picture"), label);
    say(this.#strip, "job.progress", { name }, "aria-label");
    say(this.#steps, "job.steps", {}, "aria-label");

    const buttons = el("div", { class: "card-actions" }, this.#action, this.#removal);
    const body = el(
      "div",
      { class: "card-body" },
      el("div", { class: "card-head" }, el("h3", {}, name), buttons),
      this.#facts,
      this.#steps,
      this.#strip,
      el("div", { class: "status-row" }, this.#status, this.#show),
      this.#outcome,
      this.#details,
    );
    this.root = el("li", { class: "card" }, el("div", { class: "frame" }, icon("picture"), this.#picture), body);
    this.render();
  }

  /** Shows the job as it is now; parts whose values are the same as before are left alone. */
  render() {
    const job = this.#job;
    this.root.dataset.phase = job.phase;
    if (job.preview && !this.#picture.hasAttribute("src")) {
      this.#picture.src = job.preview;
      say(this.#picture, "job.preview", { name: job.name }, "alt");
    }
    if (this.#changed("facts", job.info, job.md5)) {
      const next = facts(job);
      this.#facts.replaceWith(next);
      this.#facts = next;
    }
    if (this.#changed("steps", job.step, job.phase)) {
      this.#steps.replaceChildren(...steps(job));
    }
    paintStrip(this.#strip, job);
    say(this.#status, ...statusOf(job, this.#canSend));
    this.#strip.setAttribute("aria-valuenow", String(job.percent));
    this.#strip.setAttribute("aria-valuetext", this.#status.textContent);
    if (this.#changed("outcome", job.phase, job.error)) {
      this.#renderOutcome();
    }
    this.#renderButtons();
    if (job.checkpoint && this.#changed("request", job.checkpoint.clientMediaId, job.receipt?.media.aesKey)) {
      this.#details.replaceChildren(this.#summary, requestView(this.#request));
    }
  }

  /** Gives the main button the focus, where it stands. */
  focus() {
    this.#action.focus({ preventScroll: true });
  }

  /** True when one of the values is another than when the part was last built. */
  #changed(part, ...values) {
    const before = this.#built[part];
    this.#built[part] = values;
    return !before || values.some((value, index) => value !== before[index]);
  }

  #renderOutcome() {
    const { error, receipt, unsure } = this.#job;
    this.#outcome.replaceChildren(receiptView(receipt));
    if (error) {
      this.#outcome.append(el("div", { class: "failure" }, errorBox(error, adviceOf(this.#job))));
    } else if (unsure) {
      this.#outcome.append(el("div", { class: "failure warnings" }, icon("warn"), spoken("p", adviceOf(this.#job))));
    }
  }

  /** Buttons keep their places in every phase, so that nothing beside them moves. */
  #renderButtons() {
    const { name, phase, receipt } = this.#job;
    const action = ACTIONS[phase];
    const usable = Boolean(action) && (this.#canSend || action !== "send");
    const losesFocus = !usable && document.activeElement === this.#action;
    this.#action.disabled = !usable;
    this.#action.classList.toggle("primary", action === "send" || action === "retry");
    this.#action.classList.toggle("spent", phase === "sent");
    say(this.#action, `job.${action ?? "send"}`);
    say(this.#action, `job.${action ?? "send"}Named`, { name }, "aria-label");
    this.#show.classList.toggle("spent", !receipt);
    if (losesFocus) {
      (receipt ? this.#show : this.#removal).focus();
    }
  }
}
