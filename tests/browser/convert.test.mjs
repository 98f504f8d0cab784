/** Images that the service takes as files only, converted by the platform's decoder: in a page and in a worker. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { engine, launch, startStandin, visit } from "./harness.mjs";

const standin = await startStandin();
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await standin.stop();
});

/**
 * Sends a fixture in the page, and looks at what arrived by the platform's own decoder: its size, and the colours of three pixels.
 *
 * @param {import("./engines/page.mjs").Page} page
 */
async function send(page, name, options = {}) {
  await page.goto(standin.info.origin);
  return page.evaluate(
    async (name, options, files) => {
      const library = await import(`${location.origin}/dist/index.js`);
      await library.default();
      const wx = new library.WebWx({ ...library.sessionFromPage(), fileOrigin: files }, { retry: { limit: 0 } });
      const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
      const blob = await (await fetch(`/fixtures/convert/${name}`)).blob();
      const file = new File([blob], name);
      try {
        const { converted, media, msgId } = await wx.sendImage(file, { to, ...options });
        const picture = await wx.download(msgId);
        const bitmap = await createImageBitmap(picture.blob);
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(bitmap, 0, 0);
        const at = (x, y) => Array.from(context.getImageData(x, y, 1, 1).data);
        const { width, height } = bitmap;
        const corners = [at(1, 1), at(width - 2, height - 2)];
        return { converted, type: media.type, received: picture.type, width, height, corners };
      } catch (error) {
        return { code: error.code, message: error.message };
      }
    },
    name,
    options,
    standin.info.fileOrigin,
  );
}

/** Whether a colour is near another: encoders round. */
const near = (found, wanted, by = 40) => found.every((value, at) => Math.abs(value - wanted[at]) <= by);

const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];

async function lastUpload() {
  const uploads = await standin.journal("webwxuploadmedia");
  const { form } = uploads.at(-1);
  return ["name", "mediatype", "type"].map((name) => form.find((part) => part.name === name).value);
}

test("an opaque WebP is sent as JPEG, with the ending of its name changed", async () => {
  await visit(browser, async (page) => {
    const sent = await send(page, "opaque.webp");
    assert.deepEqual(sent.converted, { from: "image/webp", to: "image/jpeg" });
    assert.deepEqual([sent.type, sent.received, sent.width, sent.height], ["image/jpeg", "image/jpeg", 48, 32]);
    assert.ok(near(sent.corners[0], RED) && near(sent.corners[1], BLUE), JSON.stringify(sent.corners));
    assert.deepEqual(await lastUpload(), ["opaque.jpg", "pic", "image/jpeg"]);
  });
});

test("a transparent WebP is sent as PNG, and stays transparent", async () => {
  await visit(browser, async (page) => {
    const sent = await send(page, "transparent.webp");
    assert.deepEqual(sent.converted, { from: "image/webp", to: "image/png" });
    assert.ok(sent.corners.every(([, , , alpha]) => Math.abs(alpha - 102) < 12), JSON.stringify(sent.corners));
    assert.deepEqual(await lastUpload(), ["transparent.png", "pic", "image/png"]);
  });
});

test("of an animated WebP the first frame is sent, and the receipt says so", async () => {
  await visit(browser, async (page) => {
    const sent = await send(page, "animated.webp");
    assert.deepEqual(sent.converted, { from: "image/webp", to: "image/jpeg", firstFrameOnly: true });
    assert.ok(near(sent.corners[0], RED), JSON.stringify(sent.corners));
  });
});

test("the orientation of an AVIF is applied", async () => {
  await visit(browser, async (page) => {
    const sent = await send(page, "turned.avif");
    if (sent.code !== undefined) {
      // An engine built without AVIF says so.
      assert.equal(engine, "webkit");
      assert.match(sent.message, /^image\/avif cannot be sent as an image: /);
      return;
    }
    assert.deepEqual(sent.converted, { from: "image/avif", to: "image/jpeg" });
    // WebKit for Linux decodes an AVIF without its rotation; so it goes out.
    assert.deepEqual([sent.width, sent.height], engine === "webkit" ? [48, 32] : [32, 48]);
  });
});

test("what the engine cannot decode is refused, and nothing is sent", async () => {
  await visit(browser, async (page) => {
    await standin.reset();
    const refused = await send(page, "picture.heic");
    if (refused.code === undefined) {
      assert.equal(engine, "webkit", "an engine that decodes HEIC");
      return;
    }
    assert.equal(refused.code, "invalid-input");
    assert.match(refused.message, /^image\/heic cannot be sent as an image: this platform cannot decode it; /);
    const never = await send(page, "opaque.webp", { convert: "never" });
    assert.equal(never.code, "invalid-input");
    assert.deepEqual(await standin.journal("webwxuploadmedia"), []);
  });
});

test("a worker converts as the page does", async () => {
  await visit(browser, async (page) => {
    await page.goto(standin.info.origin);
    const converted = await page.evaluate(
      async (files) => {
        const session = { ...(await import(`${location.origin}/dist/index.js`).then(async (library) => {
          await library.default();
          return library.sessionFromPage();
        })), fileOrigin: files };
        const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
        const source = `
          onmessage = async ({ data: { session, to, blob, origin } }) => {
            const library = await import(origin + "/dist/index.js");
            await library.default();
            const wx = new library.WebWx(session);
            const { converted } = await wx.sendImage(blob, { to });
            postMessage(converted);
          };`;
        const blob = await (await fetch("/fixtures/convert/opaque.webp")).blob();
        const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
        const answer = new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message));
        });
        worker.postMessage({ session, to, blob, origin: location.origin });
        return answer;
      },
      standin.info.fileOrigin,
    );
    assert.deepEqual(converted, { from: "image/webp", to: "image/jpeg" });
  });
});
