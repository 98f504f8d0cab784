/**
 * Saves pictures as they were sent. The library holds each against its message, and rejects what is not that picture.
 *
 * @typedef {import("./page.js").ChatMessage} ChatMessage
 * @typedef {import("webwx-image").DownloadedImage} DownloadedImage
 */
import { Card } from "./card.js";
import { client, isEmoticon, openChat, pictureMessages, seesPage } from "./page.js";
import { t, trouble } from "./words.js";

/** How long the browser has for taking over a saved file; it begins at once. */
const TAKEN_MS = 60_000;

/** MD5s of what was saved since the page was opened. @type {Set<string>} */
const saved = new Set();

/**
 * @param {ChatMessage} message
 * @param {import("webwx-image").JobOptions} options
 */
async function original(message, options) {
  const expect = WebwxImage.parseMessage(String(message.Content ?? ""));
  const size = isEmoticon(message) ? "big" : "full";
  return client().download(String(message.MsgId), { ...options, expect, size });
}

/**
 * Hands a picture to the browser as a download, under the message's day and its own MD5.
 *
 * @param {DownloadedImage} image
 * @param {ChatMessage} message
 */
function keep({ blob, md5, extension }, { CreateTime }) {
  const when = new Date(Number(CreateTime) * 1000);
  const day = [when.getFullYear(), when.getMonth() + 1, when.getDate()].map((part) => String(part).padStart(2, "0"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${day.join("-")}_${md5}.${extension}`;
  link.click();
  saved.add(md5);
  setTimeout(() => URL.revokeObjectURL(link.href), TAKEN_MS);
}

/** Says what is in the way of saving. @param {string} text */
export function notice(text) {
  const card = new Card("webwx-image");
  card.show(text, [card.closing]);
}

/** One picture. @param {ChatMessage} message */
export async function saveOne(message) {
  const card = new Card(t("saving"));
  const controller = new AbortController();
  const { signal } = controller;
  card.show("", [[t("cancel"), () => controller.abort()]]);
  try {
    const image = await original(message, { signal, onProgress: (progress) => card.progress(progress) });
    keep(image, message);
    card.succeed(t(image.verified));
  } catch (error) {
    card.show(signal.aborted ? t("cancelled") : trouble(error), [card.closing]);
  }
}

/** All pictures of the open chat that the page has loaded, each picture once. */
export async function saveAll() {
  const chat = openChat();
  if (chat === null) {
    return notice(t(seesPage() ? "noChat" : "apart"));
  }
  const messages = pictureMessages(chat);
  const card = new Card(t("savingAll", chat.name));
  const controller = new AbortController();
  const { signal } = controller;
  const count = { saved: 0, before: 0, failed: 0 };
  const tally = () => {
    const done = count.saved + count.before + count.failed;
    return t("tally", done, messages.length, count.saved, count.before, count.failed);
  };
  card.show(tally(), [[t("cancel"), () => controller.abort()]]);
  let end = "";
  for (const message of messages) {
    try {
      const image = await original(message, { signal });
      if (saved.has(image.md5)) {
        count.before += 1;
      } else {
        keep(image, message);
        count.saved += 1;
      }
    } catch (error) {
      const { endsBatch } = /** @type {import("webwx-image").WebwxError} */ (error);
      count.failed += signal.aborted ? 0 : 1;
      if (signal.aborted || endsBatch) {
        end = `\n${signal.aborted ? t("cancelled") : trouble(error)}`;
        break;
      }
    }
    card.say(tally());
  }
  card.show(tally() + end, [card.closing]);
}
