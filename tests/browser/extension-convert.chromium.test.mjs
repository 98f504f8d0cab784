/** Pictures that WeChat takes as files only, from the extension: they are converted, and their cards say into what. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { workerOf } from "./extension.mjs";
import { contactsOf, md5Of, sent, spoil, standin, visiting } from "./extension-suite.mjs";
import { projectPath } from "./harness.mjs";

const tiny = projectPath("tests/fixtures/pictures/tiny.png");
const picture = (name) => projectPath(`tests/fixtures/convert/${name}`);

test("WebP and AVIF go out as JPEG or PNG, and each card says which", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(...["opaque.webp", "transparent.webp", "turned.avif", "animated.webp"].map(picture), tiny);
    await wechat.until('.card[data-state="ready"]', 5);
    assert.deepEqual(await wechat.text(".converted:not([hidden])"), [], "nothing is known of it yet");
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 5);
    const said = await wechat.inPanel((root) =>
      [...root.querySelectorAll(".card")].map((card) => card.querySelector(".converted").textContent),
    );
    const animated = "WebP → JPEG, first frame only";
    assert.deepEqual(said, ["WebP → JPEG", "WebP → PNG", "AVIF → JPEG", animated, ""]);

    const uploads = (await standin.journal("webwxuploadmedia")).map(({ form }) => {
      return ["name", "type", "mediatype"].map((name) => form.find((part) => part.name === name).value);
    });
    assert.deepEqual(uploads, [
      ["opaque.jpg", "image/jpeg", "pic"],
      ["transparent.png", "image/png", "pic"],
      ["turned.jpg", "image/jpeg", "pic"],
      ["animated.jpg", "image/jpeg", "pic"],
      ["tiny.png", "image/png", "pic"],
    ]);
    assert.equal((await sent()).at(-1)[0], await md5Of(tiny));
    const kept = (await standin.control("GET", "messages")).slice(-5);
    assert.ok(kept.every(({ MsgType }) => MsgType === 3));
  });
});

test("what the browser cannot decode is not sent, and the card says what to do", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(picture("picture.heic"));
    await wechat.until('.card[data-state="ready"]');
    await wechat.click(".send");
    await wechat.until('.card[data-state="failed"]');
    assert.deepEqual(await wechat.text(".status"), [
      "WeChat does not accept HEIC pictures, and this browser cannot convert this one. Save it as JPEG or PNG and add that file.",
    ]);
    assert.deepEqual(await standin.journal(), []);
  });
});

test("a converted picture is held against what was taken, too", async () => {
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(picture("opaque.webp"));
    await wechat.until('.card[data-state="ready"]');
    await (await workerOf(browser)).evaluate(spoil);
    await wechat.reload();
    await wechat.untilThere();
    await wechat.until('.card[data-state="ready"]');
    await wechat.openChat((await contactsOf(wechat))[0]);
    await wechat.click(".send");
    await wechat.untilText(".status", "The stored picture is another one");
    assert.deepEqual(await sent(), []);
  });
});
