/** Getting a picture that the user clicked on, with the least that is needed for it. */

/** How long a host has for the whole picture. */
const PATIENCE_MS = 60_000;

/** Bytes of the largest picture that is fetched: more than the service takes, less than what fills a disk. */
const LARGEST = 100 * 1024 * 1024;

/**
 * Asks the user for the picture's host, if the click has not opened it already, as it does with the page's own. The
 * browser asks in the click itself or never: nothing may be awaited before.
 *
 * @param {string} url
 * @param {string | undefined} pageUrl
 * @returns {Promise<boolean>} whether to go on
 */
export function reach(url, pageUrl) {
  const isOpen = !/^https?:/.test(url) || (pageUrl !== undefined && hostOf(url) === hostOf(pageUrl));
  return isOpen ? Promise.resolve(true) : chrome.permissions.request({ origins: [hostOf(url)] });
}

/**
 * @param {string} url
 * @param {{ tab: number | undefined, frame: number | undefined }} place where the picture was clicked on
 * @returns {Promise<Blob>}
 */
export async function fetchPicture(url, place) {
  const blob = url.startsWith("blob:") ? await fromPage(url, place) : await fromHost(url);
  if (blob.size === 0 || /^text\//.test(blob.type)) {
    throw new Error("not a picture");
  }
  return blob;
}

/**
 * Gives back what reach() has opened. The browser remembers the user's answer, and does not ask again for this host.
 *
 * @param {string} url
 */
export async function leave(url) {
  if (/^https?:/.test(url)) {
    await chrome.permissions.remove({ origins: [hostOf(url)] }).catch(() => false);
  }
}

/** @param {string} url */
async function fromHost(url) {
  // With the cookies that the user's own view of the picture has.
  const response = await fetch(url, { credentials: "include", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) {
    throw new Error(`status ${response.status}`);
  }
  const bytes = await new Response(response.body?.pipeThrough(limited())).arrayBuffer();
  return new Blob([bytes], { type: response.headers.get("content-type") ?? "" });
}

/** Lets through no more than LARGEST, whatever length the host has named. @returns {TransformStream<Uint8Array>} */
function limited() {
  let size = 0;
  return new TransformStream({
    transform(part, controller) {
      size += part.byteLength;
      if (size > LARGEST) {
        throw new Error("too large");
      }
      controller.enqueue(part);
    },
  });
}

/**
 * A blob: URL is known to its page alone, which the click on the menu has opened to us.
 *
 * @param {string} url
 * @param {{ tab: number | undefined, frame: number | undefined }} place
 */
async function fromPage(url, { tab, frame }) {
  const [{ result } = {}] = await chrome.scripting.executeScript({
    target: { tabId: tab ?? -1, frameIds: [frame ?? 0] },
    func: readInPage,
    args: [url],
  });
  return (await fetch(String(result))).blob();
}

/**
 * Runs beside the page, by itself: it has nothing but its argument.
 *
 * @param {string} url
 * @returns {Promise<string>} a data: URL
 */
async function readInPage(url) {
  const blob = await (await fetch(url)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** @param {string} url */
const hostOf = (url) => `${new URL(url).origin}/*`;
