/**
 * Saves the pictures of a chat as they were sent: each is fetched, held against its message, and given to the browser
 * as a download.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").ChatMessage} ChatMessage
 * @typedef {import("webwx-image").DownloadedImage} DownloadedImage
 * @typedef {import("webwx-image").WebWx} WebWx
 * @typedef {{ total: number, done: number, saved: number, unverified: number, duplicates: number, failed: number,
 *   stopped: string | null }} Tally
 */
import { fileName } from "../shared/names.js";

/** MsgType of a picture. */
const PICTURE = 3;

/** How long the browser has for taking over a saved file; it begins at once. */
const TAKEN_MS = 60_000;

/**
 * @param {object} job
 * @param {Chat} job.chat
 * @param {ChatMessage[]} job.messages
 * @param {WebWx} job.client
 * @param {string} job.pattern
 * @param {Set<string>} job.known MD5s of what was saved before; grows
 * @param {AbortSignal} job.signal
 * @param {(tally: Tally) => void} job.onProgress
 * @returns {Promise<Tally>}
 */
export async function saveOriginals({ chat, messages, client, pattern, known, signal, onProgress }) {
  const pictures = messages.filter(({ msgType }) => msgType === PICTURE);
  /** @type {Tally} */
  const tally = { total: pictures.length, done: 0, saved: 0, unverified: 0, duplicates: 0, failed: 0, stopped: null };
  for (const message of pictures) {
    onProgress(tally);
    try {
      const image = await original(client, message, signal);
      signal.throwIfAborted();
      if (known.has(image.md5)) {
        tally.duplicates += 1;
      } else {
        save(image.blob, fileName(pattern, { ...message, ...image, chat: chat.name, createTime: message.createTime ?? Date.now() / 1000 }));
        known.add(image.md5);
        tally.saved += 1;
        tally.unverified += image.verified === "none" ? 1 : 0;
      }
    } catch (error) {
      if (signal.aborted) {
        tally.stopped = "cancelled";
        break;
      }
      if (!WebwxImage.WebwxError.is(error)) {
        throw error;
      }
      tally.failed += 1;
      if (error.endsBatch) {
        tally.stopped = error.code;
        break;
      }
    }
    tally.done += 1;
  }
  onProgress(tally);
  return tally;
}

/**
 * @param {WebWx} client
 * @param {ChatMessage} message
 * @param {AbortSignal} signal
 * @returns {Promise<DownloadedImage>}
 */
function original(client, { msgId, content }, signal) {
  return client.download(msgId, { signal, expect: WebwxImage.parseMessage(content) });
}

/**
 * By a link that is in no document: the page cannot see it, and no permission is needed.
 *
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TAKEN_MS);
}
