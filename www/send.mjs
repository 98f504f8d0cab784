/** Sending: takes pictures in, keeps them in a queue, and runs one after another through the pipeline. */

import { Card } from "./card.mjs";
import { say, t } from "./i18n.mjs";
import { adviceOf, statusOf } from "./pieces.mjs";
import { announce, errorCode } from "./ui.mjs";

/** Above this a preview is shown from an object URL: base64 would hold the picture in memory a second time. */
const PREVIEW_AS_BASE64 = 8 * 1024 * 1024;

/** Chunks of the upload, for the strip that is shown before the first one goes out. */
const CHUNK_SIZE = 524_288;

/** How much of the whole each step is, in per cent; for the progress bar. */
const SHARE = { read: [0, 2], hash: [2, 20], upload: [20, 92], send: [92, 100] };

/**
 * One picture on its way. `phase` is where it stands: reading → ready → waiting → running → sent, failed or cancelled;
 * unreadable where there is nothing to send.
 */
function newJob(file) {
  return {
    file,
    name: file.name || "image",
    phase: "reading",
    chunks: Math.max(1, Math.ceil(file.size / CHUNK_SIZE)),
    // The last chunk's length, in chunks.
    tail: (file.size % CHUNK_SIZE || CHUNK_SIZE) / CHUNK_SIZE,
    ...unsent(),
  };
}

/** All that a new try begins with. */
const unsent = () => ({
  step: null,
  times: {},
  loaded: 0,
  accepted: 0,
  percent: 0,
  error: null,
  unsure: false,
  receipt: null,
  ms: 0,
});

/** How far the upload is, as often as it is worth saying. */
const quarter = (job, accepted) => Math.floor((4 * accepted) / job.chunks);

/** Fetches the preview: as base64, as WeChat Web shows it, unless the file is very large. */
function preview(webwx, file) {
  return file.size <= PREVIEW_AS_BASE64 ? webwx.toDataUrl(file) : URL.createObjectURL(file);
}

export function startSend({ webwx, context, onSent, showChat }) {
  const list = document.querySelector("#jobs");
  const empty = document.querySelector("#send-empty");
  const sendAll = document.querySelector("#send-all");
  const clear = document.querySelector("#clear");
  const cards = new Map();
  const client = context && new webwx.WebWx(context.session, context.options);
  let queue = Promise.resolve();

  const inPhase = (...phases) => [...cards.keys()].filter((job) => phases.includes(job.phase));

  function refresh(job) {
    cards.get(job)?.render();
    const ready = inPhase("ready").length;
    say(sendAll, "intake.sendAll", { n: ready });
    sendAll.disabled = ready === 0 || !client;
    clear.disabled = inPhase("sent").length === 0;
    empty.hidden = cards.size > 0;
  }

  /** Says to those who cannot see the card where its picture stands, and after a failure what it was and what to do. */
  function tell(job) {
    const { error, name, unsure } = job;
    const what = () => (error ? t(`error.${errorCode(error)}`) : t(...statusOf(job, Boolean(client))));
    if (error || unsure) {
      announce("job.toldWithAdvice", { name, what, advice: () => t(adviceOf(job)) });
    } else {
      announce("job.told", { name, what });
    }
  }

  async function read(job) {
    try {
      job.info = await webwx.inspectImage(job.file);
      job.preview = await preview(webwx, job.file);
      refresh(job);
      job.md5 = await webwx.md5(job.file);
      job.phase = "ready";
    } catch (error) {
      job.error = error;
      job.phase = "unreadable";
    }
    refresh(job);
    tell(job);
  }

  /** What the progress of the library means for the card. Steps only ever go forward. */
  function advance(job, progress) {
    if (!(progress.step in SHARE)) {
      return;
    }
    const begins = job.step !== progress.step;
    if (begins) {
      enter(job, progress.step);
    }
    job.loaded = progress.loaded;
    const chunkBefore = job.accepted;
    if (progress.step === "upload" && progress.chunks) {
      job.accepted = progress.chunk ?? job.accepted;
      job.chunks = progress.chunks;
    }
    const [from, to] = SHARE[progress.step];
    const part = progress.total ? progress.loaded / progress.total : 0;
    job.percent = Math.max(job.percent, Math.round(from + (to - from) * part));
    refresh(job);
    if (begins || quarter(job, chunkBefore) !== quarter(job, job.accepted)) {
      tell(job);
    }
  }

  /** Notes when a step began, so that the one before it has its length. */
  function enter(job, step) {
    const now = performance.now();
    if (job.step) {
      job.times[job.step] = now - job.entered;
    }
    job.step = step;
    job.entered = now;
  }

  async function run(job) {
    job.phase = "running";
    job.controller = new AbortController();
    const began = performance.now();
    enter(job, "read");
    refresh(job);
    try {
      job.receipt = await client.sendImage(job.file, {
        to: context.peer,
        name: job.name,
        signal: job.controller.signal,
        onProgress: (progress) => advance(job, progress),
        onCheckpoint: (checkpoint) => {
          job.checkpoint = checkpoint;
          refresh(job);
        },
        ...(job.checkpoint && { resume: job.checkpoint }),
      });
      enter(job, "receipt");
      job.accepted = job.chunks;
      job.percent = 100;
      job.ms = Math.round(performance.now() - began);
      job.phase = "sent";
      context.noteSent(job.receipt);
      onSent(job.receipt);
    } catch (error) {
      const cancelled = job.controller.signal.aborted;
      job.error = cancelled ? null : error;
      job.unsure = cancelled ? job.step === "send" : error?.mayHaveArrived === true;
      job.phase = cancelled ? "cancelled" : "failed";
      if (error?.code === "resume-mismatch") {
        job.checkpoint = undefined;
      }
    }
    refresh(job);
    tell(job);
  }

  function enqueue(job) {
    Object.assign(job, unsent(), { phase: "waiting" });
    refresh(job);
    queue = queue.then(() => (job.phase === "waiting" ? run(job) : undefined));
  }

  function remove(job) {
    job.controller?.abort();
    job.phase = "removed";
    const card = cards.get(job);
    const neighbour = card.root.nextElementSibling ?? card.root.previousElementSibling;
    cards.delete(job);
    card.root.remove();
    (neighbour?.querySelector("button:not([hidden])") ?? document.querySelector("#pick")).focus();
    refresh(job);
  }

  /** What the card's one main button does depends on where the picture stands. */
  function act(job) {
    if (job.phase === "running") {
      job.controller.abort();
    } else if (job.phase === "waiting") {
      job.phase = "ready";
      refresh(job);
    } else {
      enqueue(job);
    }
  }

  /** The text of the upload's `uploadmediarequest`: its ids come from the checkpoint of the first accepted chunk. */
  function request(job) {
    const { to, deviceId, clientMediaId, size, md5 } = job.checkpoint;
    const { aesKey, signature } = job.receipt?.media ?? {};
    return webwx.buildUploadMediaRequest({
      session: { ...context.session, deviceId },
      to,
      clientMediaId,
      totalLen: size,
      fileMd5: md5,
      ...(aesKey && { aesKey, signature }),
    });
  }

  function add(files) {
    for (const file of files) {
      const job = newJob(file);
      const card = new Card(job, {
        canSend: Boolean(client),
        act: () => act(job),
        remove: () => remove(job),
        request: () => request(job),
        show: () => showChat(job.receipt.msgId),
      });
      cards.set(job, card);
      list.append(card.root);
      refresh(job);
      void read(job);
    }
  }

  sendAll.addEventListener("click", () => {
    const ready = inPhase("ready");
    ready.forEach(enqueue);
    // The button has nothing more to do: what it began can be stopped.
    cards.get(ready[0]).focus();
  });
  clear.addEventListener("click", () => inPhase("sent").forEach(remove));
  document.querySelector("#to").textContent = context?.peer ?? "–";
  return { add };
}
