/** The pieces of a card, each made from the state of its job: facts, steps, chunks, status, receipt. */

import { bytes, number } from "./i18n.mjs";
import { adviceKey, copyButton, el, fact, icon, shorten, spoken } from "./ui.mjs";

const STEPS = ["read", "hash", "upload", "send", "receipt"];

/** What stands in the dot of a step. */
const MARKS = { done: "check", failed: "close" };

/** More chunks than this share their cells: a strip of hairs says nothing. */
const CELLS = 48;

export function facts(job) {
  const { info, md5, file } = job;
  const waits = () => el("dd", { class: "waits" }, "–");
  const size = el("dd", {}, spoken("span", "fact.bytes", {}, { n: () => number(file.size) }));
  return el(
    "dl",
    { class: "facts" },
    fact("fact.type", info ? el("dd", {}, info.type) : waits()),
    fact("fact.size", size),
    fact("fact.dimensions", info?.width ? el("dd", {}, `${info.width} × ${info.height}`) : waits()),
    fact("MD5", md5 ? el("dd", { class: "mono" }, md5) : waits(), { class: "fact whole" }),
  );
}

export function steps(job) {
  const reached = job.phase === "sent" ? STEPS.length : STEPS.indexOf(job.step);
  return STEPS.map((step, index) => {
    const stopped = job.phase === "failed" || job.phase === "cancelled";
    const here = stopped ? job.phase : "active";
    const state = index < reached ? "done" : index === reached ? here : "idle";
    const took = job.times[step];
    return el(
      "li",
      { "data-step": step, "data-state": state, "aria-current": state === "active" ? "step" : null },
      el("span", { class: "dot", "aria-hidden": "true" }, ...(state in MARKS ? [icon(MARKS[state])] : [])),
      spoken("span", `step.${step}`),
      el("small", {}, took === undefined ? "" : `${Math.round(took)} ms`),
    );
  });
}

/** The sentence that says where the job is, with its values. */
export function statusOf(job, canSend) {
  const running = {
    read: ["job.read"],
    hash: ["job.hash", { done: () => bytes(job.loaded), total: () => bytes(job.file.size) }],
    upload: ["job.upload", { accepted: job.accepted, chunks: job.chunks }],
    send: ["job.sending"],
  };
  const resumable = job.step === "upload" && job.checkpoint?.nextChunk;
  const byPhase = {
    reading: ["job.reading"],
    ready: !canSend
      ? ["job.noSession"]
      : job.chunks === 1
        ? ["job.ready.one"]
        : ["job.ready.many", { chunks: job.chunks }],
    waiting: ["job.waiting"],
    running: running[job.step] ?? ["job.sending"],
    sent: ["job.sent", { ms: () => number(job.ms) }],
    failed: resumable ? ["job.resumable", { n: resumable, chunks: job.chunks }] : ["job.failed"],
    cancelled: [job.unsure ? "job.cancelledLate" : "job.cancelled"],
    unreadable: ["job.unreadable"],
  };
  return byPhase[job.phase] ?? ["job.reading"];
}

/** What to do after a failure. Whoever may have sent the picture is not told to send it again. */
export function adviceOf({ error, phase, unsure }) {
  return unsure ? "job.unsure" : adviceKey(error, phase === "unreadable" ? "file" : "send");
}

/** The chunks as cells, first read (hashed), then accepted by the server. */
export function paintStrip(strip, job) {
  const cells = Math.min(job.chunks, CELLS);
  if (strip.childElementCount !== cells) {
    strip.replaceChildren(...Array.from({ length: cells }, () => el("span")));
    strip.lastElementChild.style.flexGrow = String(cells > 1 && cells === job.chunks ? Math.max(0.05, job.tail) : 1);
  }
  const perCell = job.chunks / cells;
  const hashed = job.step === "hash" ? job.loaded / job.file.size : STEPS.indexOf(job.step) > 1 ? 1 : 0;
  [...strip.children].forEach((cell, index) => {
    const accepted = (index + 1) * perCell <= job.accepted + 1e-6;
    const next = !accepted && index * perCell <= job.accepted && job.step === "upload" && job.phase === "running";
    const read = (index + 1) / cells <= hashed + 1e-6;
    cell.dataset.state = accepted ? "accepted" : next ? "next" : read ? "hashed" : "idle";
  });
}

/** The receipt, or its empty form: the place that it will take is there from the start. */
export function receiptView(receipt) {
  const { msgId, localId, media } = receipt ?? {};
  const copied = (name, value) => {
    const shown = value
      ? [el("span", { title: value }, shorten(value, 13, 7)), copyButton(name, () => value)]
      : [el("span", { class: "waits" }, "–")];
    return fact(name, el("dd", { class: "mono copied" }, ...shown));
  };
  const thumbnail = media
    ? el("dd", {}, `${media.thumbnail.width} × ${media.thumbnail.height}`)
    : el("dd", { class: "waits" }, "–");
  return el(
    "div",
    { class: "receipt" },
    el(
      "dl",
      { class: "facts" },
      copied("MsgID", msgId),
      copied("LocalID", localId),
      copied("MediaId", media?.mediaId),
      fact("receipt.thumbnail", thumbnail),
    ),
    ...(media?.instant ? [spoken("p", "receipt.instant", { class: "note" })] : []),
  );
}
