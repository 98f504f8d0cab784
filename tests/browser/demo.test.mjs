/** The demo page with the built package and the stand-in: what a visitor does, and what the page says. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { factsOf, md5, moving, phase, pick, sample, servePages, small, textOf } from "./demo.mjs";
import { engine, launch, projectPath, startStandin, visit } from "./harness.mjs";

let standin;
let browser;

before(async () => {
  standin = await startStandin();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.control("POST", "reset"));

/** Opens the demo as a new visitor, and does what the test is about. */
function visiting(tour, { origin = standin.info.origin, visitors = browser, width = 1280, expected = [] } = {}) {
  const opened = async (page) => {
    await page.resize(width, 900);
    await page.goto(`${origin}/www/`);
    await page.waitFor("body[data-ready], #broken:not([hidden])");
    assert.equal(await textOf(page, "#broken"), "");
    await page.evaluate(watchUrls);
    await tour(page);
  };
  return visit(visitors, opened, expected);
}

/** Runs in the page: keeps count of the object URLs that hold a Blob in memory, to see that all are given back. */
function watchUrls() {
  globalThis.heldUrls = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    const url = createObjectURL.call(URL, blob);
    heldUrls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    heldUrls.delete(url);
    revokeObjectURL.call(URL, url);
  };
}

async function journalOf(endpoint) {
  const journal = await standin.control("GET", "journal");
  return journal.filter(({ method, path }) => method === "POST" && path.endsWith(`/${endpoint}`));
}

test("a picked picture goes out in chunks, and its receipt and request are what went over the wire", async () => {
  const bytes = await readFile(sample);
  await visiting(async (page) => {
    await pick(page, sample);
    await phase(page, "ready");
    assert.deepEqual(await factsOf(page, ".card .facts"), {
      Type: "image/jpeg",
      Size: `${bytes.length.toLocaleString("en-GB")} bytes`,
      Dimensions: "2400 × 1600",
      MD5: md5(bytes),
    });
    assert.match(await page.$eval(".card .picture", (image) => image.src), /^data:image\/jpeg;base64,/);

    await page.click(".card .action");
    await phase(page, "sent");
    const chunks = await journalOf("webwxuploadmedia");
    const [send] = await journalOf("webwxsendmsgimg");
    assert.equal(chunks.length, 3);
    const receipt = await page.$$eval(".receipt dd > span:first-child", (spans) => spans.map((span) => span.title));
    assert.deepEqual(receipt.slice(0, 2), [send.response.MsgID, send.response.LocalID]);
    assert.equal(receipt[2], send.json.Msg.MediaId);
    assert.equal(await page.$$eval('.steps [data-state="done"]', (steps) => steps.length), 5);
    assert.equal(await page.$eval(".strip", (strip) => strip.getAttribute("aria-valuenow")), "100");

    await page.click(".card .request summary");
    const hidden = JSON.parse(await textOf(page, ".card .code"));
    assert.match(hidden.BaseRequest.Sid, /^•+$/);
    assert.match(hidden.BaseRequest.Skey, /^•+$/);
    await page.click(".card .code-bar .button");
    const sent = chunks[0].form.find(({ name }) => name === "uploadmediarequest").value;
    assert.equal(await textOf(page, ".card .code"), JSON.stringify(JSON.parse(sent), null, 2));
  });
});

test("what was sent is in the chat, and the original opens with its verification", async () => {
  const bytes = await readFile(sample);
  await visiting(async (page) => {
    const before = (await standin.control("GET", "messages")).length;
    await pick(page, sample);
    await phase(page, "ready");
    await page.click(".card .action");
    await phase(page, "sent");
    await page.click(".card .status-row .button");
    await page.until((count) => document.querySelectorAll('.tile[data-state="done"]').length === count, before + 1);
    await page.until(() => document.activeElement.closest("li")?.dataset.mine === "true");

    await page.press("Enter");
    await page.waitFor("#original .verified");
    assert.match(await page.$eval(".verified", (mark) => mark.dataset.verified), /^(md5|length)$/);
    const facts = await factsOf(page, "#original .facts");
    assert.equal(facts.MD5, md5(bytes));
    assert.equal(facts.Dimensions, "2400 × 1600");
    assert.match(await page.$eval("#original a[download]", (link) => link.download), /^\d+\.jpg$/);

    await page.press("ArrowLeft");
    await page.until(() => document.querySelector("#original .verified, #original .error-box"));
    await page.press("Escape");
    await page.until(() => !document.querySelector("#original").open && heldUrls.size === 0);
  });
});

test("the switch fetches originals through the gateway", async () => {
  await visiting(async (page) => {
    await page.click("#tab-receive");
    await page.waitFor('.tile[data-state="done"]');
    await page.click(".switch");
    await page.click(".tile");
    await page.waitFor("#original .verified");
    const facts = await factsOf(page, "#original .facts");
    assert.match(facts.URL, /^http:/);
    assert.equal((await journalOf("getMsgImg")).length, 1);

    // A message without XML cannot go through the gateway: the page's own way is offered, and works.
    await page.press("Escape");
    const opaque = await page.$$eval(".tile-kind", (kinds) => kinds.findIndex((kind) => kind.textContent === "Opaque"));
    await page.click(`#chat li:nth-child(${opaque + 1}) .tile`);
    await page.waitFor("#original .error-box");
    assert.match(await textOf(page, "#original .error-box"), /invalid-input/);
    await page.click(".original-buttons .button");
    await page.waitFor('#original .verified[data-verified="none"]');
  });
});

test("pasted and dropped pictures are taken, a GIF goes out as an emoticon, many go one after another", async () => {
  const inputs = await Promise.all([small, moving].map((path) => readFile(path, "base64")));
  await visiting(async (page) => {
    await page.click("#tab-inspect");
    await page.evaluate(async ([png, gif]) => {
      const holding = (base64, name, type) => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
        return transfer;
      };
      const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
      // Not by the constructor: Firefox empties what is given there.
      Object.defineProperty(paste, "clipboardData", { value: holding(png, "image.png", "image/png") });
      document.body.dispatchEvent(paste);
      const drop = { dataTransfer: holding(gif, "moving.gif", "image/gif"), bubbles: true, cancelable: true };
      document.body.dispatchEvent(new DragEvent("drop", drop));
    }, inputs);
    await page.until(() => document.querySelectorAll('.card[data-phase="ready"]').length === 2);
    assert.equal(await textOf(page, "#send-all"), "Send all (2)");
    await page.click("#send-all");
    await page.until(() => document.querySelectorAll('.card[data-phase="sent"]').length === 2);
    assert.equal((await journalOf("webwxsendmsgimg")).length, 1);
    assert.equal((await journalOf("webwxsendemoticon")).length, 1);
    await page.click("#clear");
    assert.equal(await page.$$eval(".card", (cards) => cards.length), 0);
    assert.equal(await page.$eval("#send-empty", (empty) => empty.hidden), false);
  });
});

test("a cancelled upload sends nothing, and trying again goes on where it stopped", async () => {
  await standin.control("POST", "faults", [{ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" }]);
  await visiting(async (page) => {
    await pick(page, sample);
    await phase(page, "ready");
    await page.click(".card .action");
    await page.waitFor('.strip [data-state="accepted"]');
    assert.equal(await textOf(page, ".card .action"), "Cancel");
    await page.click(".card .action");
    await phase(page, "cancelled");
    assert.equal((await journalOf("webwxsendmsgimg")).length, 0);

    await standin.control("DELETE", "faults");
    await page.click(".card .action");
    await phase(page, "sent");
    assert.equal((await journalOf("webwxsendmsgimg")).length, 1);
    const firsts = (await journalOf("webwxuploadmedia")).filter(({ form }) =>
      form.some(({ name, value }) => name === "chunk" && value === "0"),
    );
    assert.equal(firsts.length, 1);
  });
});

test("an error says its code and what to do", async () => {
  await standin.control("POST", "faults", [{ endpoint: "webwxuploadmedia", chunk: 1, fault: "ret:1205+mediaid" }]);
  await visiting(async (page) => {
    await pick(page, sample);
    await phase(page, "ready");
    await page.click(".card .action");
    await phase(page, "failed");
    const said = await textOf(page, ".card .error-box");
    assert.match(said, /rate-limited/);
    assert.match(said, /Wait some minutes/);
    assert.equal(await textOf(page, ".card .action"), "Try again");
    assert.equal((await journalOf("webwxsendmsgimg")).length, 0);
  });
});

test("a lost answer to the send warns that the picture may be there already", async () => {
  await standin.control("POST", "faults", [{ endpoint: "webwxsendmsgimg", times: 9, fault: "accept-then-reset" }]);
  await visiting(
    async (page) => {
      await pick(page, small);
      await phase(page, "ready");
      await page.click(".card .action");
      await phase(page, "failed");
      assert.match(await textOf(page, ".card .outcome"), /look in the chat before you try again/);
    },
    { expected: ["net::ERR_"] },
  );
});

test("a file that is no picture is told so, and cannot be sent", async () => {
  await visiting(async (page) => {
    await pick(page, projectPath("www/index.html"));
    await phase(page, "unreadable");
    assert.match(await textOf(page, ".card .error-box"), /not-an-image/);
    assert.equal(await page.$eval(".card .action", (button) => button.disabled), true);
  });
});

test("Inspect reads every sample, without a session", async () => {
  const pages = await servePages("www", "dist");
  await visiting(
    async (page) => {
      assert.match(await textOf(page, "#session"), /need “npm start”/);
      await page.click("#tab-inspect");
      const kinds = {
        plain: "image",
        escaped: "image",
        group: "image",
        minimal: "image",
        opaque: "opaque",
        video: "other",
      };
      for (const [name, kind] of Object.entries(kinds)) {
        await page.click(`[data-sample="${name}"]`);
        assert.equal(await page.$eval("#message-result .kind", (element) => element.dataset.kind), kind, name);
      }
      await page.click('[data-sample="group"]');
      const facts = await factsOf(page, "#message-result .facts");
      assert.match(facts.Sender, /^@7c0e5d41/);
      assert.equal(facts.Form, "escaped, behind a group prefix");
      const file = await factsOf(page, "#message-result .cdn-file .facts");
      assert.equal(file["File id"], "aupimg_5f2c81d09ab3e674_1700000000000");
      assert.match(file.Uploaded, /2023/);
      assert.equal(await page.$$eval(".variants tbody tr", (rows) => rows.length), 3);

      await page.click("#message");
      await page.$eval("#message", (area) => area.select());
      await page.type("just words");
      assert.equal(await page.$eval("#message-result .kind", (element) => element.dataset.kind), "text");
    },
    { origin: pages.origin, expected: ["404"] },
  ).finally(pages.close);
});

test("a page whose library is not built says how to build it", async () => {
  const pages = await servePages("www");
  const broken = async (page) => {
    await page.goto(`${pages.origin}/www/`);
    await page.waitFor("#broken:not([hidden])");
    assert.match(await textOf(page, "#broken"), /npm run build/);
  };
  await visit(browser, broken, ["404", "JSHandle@error", "module"]).finally(pages.close);
});

test("the page speaks both languages, and says again what it has said", async () => {
  await visiting(async (page) => {
    assert.equal(await page.$eval("html", (html) => html.lang), "en");
    assert.equal(await textOf(page, "#language"), "中文");
    await pick(page, small);
    await phase(page, "ready");
    assert.equal(await textOf(page, ".card .status"), "Ready: one chunk.");
    await page.click("#language");
    assert.equal(await textOf(page, ".card .status"), "就绪：1 个分片。");
    assert.equal(await textOf(page, "#tab-send"), "发送");
    await page.reload();
    await page.waitFor("body[data-ready]");
    assert.equal(await page.$eval("html", (html) => html.lang), "zh-CN");
  });
});

const noLanguage = engine === "webkit" && "WebKit's driver has no way to choose the visitor's language";
test("whose browser speaks Chinese is met in Chinese", { skip: noLanguage }, async () => {
  const visitors = await launch({ language: "zh-CN" });
  await visiting(
    async (page) => {
      assert.equal(await page.$eval("html", (html) => html.lang), "zh-CN");
      assert.equal(await textOf(page, "#tab-send"), "发送");
      await page.click("#language");
      assert.equal(await textOf(page, "#tab-send"), "Send");
    },
    { visitors },
  ).finally(visitors.close);
});

test("colours switch, and a phone needs no sideways scrolling", async () => {
  await visiting(
    async (page) => {
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await paper();
      await page.click("#theme");
      assert.notEqual(await paper(), before);

      await pick(page, sample);
      await phase(page, "ready");
      for (const tab of ["send", "receive", "inspect"]) {
        await page.click(`#tab-${tab}`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, tab);
      }
    },
    { width: 360 },
  );
});
