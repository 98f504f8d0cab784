/**
 * Sends pasted pictures: each asks first, then goes when those before it are through.
 *
 * @typedef {import("./page.js").Chat} Chat
 * @typedef {import("webwx-image").Checkpoint} Checkpoint
 * @typedef {import("webwx-image").UploadedMedia} UploadedMedia
 * @typedef {import("webwx-image").WebWx} WebWx
 * @typedef {import("webwx-image").WebwxError} WebwxError
 *
 * @typedef {object} Job one picture on its way
 * @property {Card} card
 * @property {File} picture
 * @property {Chat} chat the receiver; it goes out while that one is open
 * @property {boolean} isStarted
 * @property {boolean} isUnsure whether it may have arrived, though no answer said so
 * @property {WebWx} [client]
 * @property {Checkpoint} [checkpoint] where the upload goes on
 * @property {UploadedMedia} [media] the uploaded picture: sent again, it is the same message
 */
import { Card } from "./card.js";
import { client, isOpen, showSent } from "./page.js";
import { conversion, size, t, trouble } from "./words.js";

/** The end of the picture before: they arrive in the order in which they were let go. */
let turn = Promise.resolve();

/**
 * Shows a pasted picture and its receiver, and asks.
 *
 * @param {File} picture
 * @param {Chat} chat
 */
export async function offer(picture, chat) {
  const card = new Card(t("ask", chat.name));
  /** @type {Job} */
  const job = { card, picture, chat, isStarted: false, isUnsure: false };
  card.ask(size(picture.size), [
    [t("send"), () => start(job)],
    [t("cancel"), () => card.close()],
  ]);
  void card.preview(picture);
  try {
    const { width, height } = await WebwxImage.inspectImage(picture);
    if (!job.isStarted) {
      card.say(`${width} × ${height}, ${size(picture.size)}`);
    }
  } catch (error) {
    if (!job.isStarted) {
      card.answered(trouble(error), [card.closing]);
    }
  }
}

/** @param {Job} job */
function start(job) {
  const { card, chat } = job;
  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => stopped(job, t("cancelled")));
  job.isStarted = true;
  card.title(t("to", chat.name));
  card.answered(t("waiting"), [[t("cancel"), () => controller.abort()]]);
  turn = runAfter(turn, job, controller.signal);
}

/**
 * Not by then(), to which a page could put its own: it would be given what sends the picture.
 *
 * @param {Promise<void>} before
 * @param {Job} job
 * @param {AbortSignal} signal
 */
async function runAfter(before, job, signal) {
  await before;
  await run(job, signal);
}

/**
 * @param {Job} job
 * @param {AbortSignal} signal
 */
async function run(job, signal) {
  const { card } = job;
  if (signal.aborted || isHeld(job)) {
    return;
  }
  try {
    job.client ??= client();
    job.media ??= await upload(job, job.client, signal);
    if (isHeld(job)) {
      return;
    }
    card.say(t("sending"));
    await deliver(job, job.client, job.media, signal);
    const { converted } = job.media;
    card.succeed(converted ? `${t("sent")}\n${conversion(converted)}` : t("sent"));
  } catch (error) {
    if (job.media === undefined && /** @type {WebwxError} */ (error).code === "rejected") {
      // The service may have forgotten what it has of this picture: the next retry begins again.
      delete job.checkpoint;
    }
    if (!signal.aborted) {
      stopped(job, trouble(error));
    }
  }
}

/**
 * Nothing is sent to a chat that is not the open one, as the page itself keeps it: whether that is so, which the card then says.
 *
 * @param {Job} job
 */
function isHeld(job) {
  const isElsewhere = !isOpen(job.chat);
  if (isElsewhere) {
    stopped(job, t("otherChat", job.chat.name));
  }
  return isElsewhere;
}

/**
 * @param {Job} job
 * @param {WebWx} wx
 * @param {AbortSignal} signal
 */
function upload(job, wx, signal) {
  return wx.upload(job.picture, {
    to: job.chat.userName,
    signal,
    onProgress: (progress) => job.card.progress(progress),
    onCheckpoint: (checkpoint) => {
      job.checkpoint = checkpoint;
    },
    ...(job.checkpoint && { resume: job.checkpoint }),
  });
}

/**
 * @param {Job} job
 * @param {WebWx} wx
 * @param {UploadedMedia} media
 * @param {AbortSignal} signal
 */
async function deliver(job, wx, media, signal) {
  const wasUnsure = job.isUnsure;
  // Until there is an answer.
  job.isUnsure = true;
  try {
    showSent(await wx.send(media, { to: job.chat.userName, signal }), job.chat);
  } catch (error) {
    const { mayHaveArrived } = /** @type {WebwxError} */ (error);
    job.isUnsure = wasUnsure || signal.aborted || mayHaveArrived === true;
    throw error;
  }
}

/**
 * It has failed, or was cancelled: even while it was being sent.
 *
 * @param {Job} job
 * @param {string} why
 */
function stopped(job, why) {
  const { card } = job;
  card.show(job.isUnsure ? `${why}\n${t("unsure")}` : why, [[t("retry"), () => start(job)], card.closing]);
}
