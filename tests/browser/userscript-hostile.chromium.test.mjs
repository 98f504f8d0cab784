/** The userscript in a page that is hostile to it, and in managers that leave things out; in real Chromium. */
import assert from "node:assert/strict";

import {
  BARE,
  PLAIN,
  SECOND,
  icon,
  openChat,
  paste,
  photo,
  sentMessages,
  small,
  standin,
  strict,
  test,
  traffic,
  visiting,
} from "./userscript-suite.mjs";

/**
 * A page that puts its own functions in the place of the browser's, and keeps all that they are handed. It begins when the
 * userscript is there already, as the page's first script does.
 */
function takeOver() {
  const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
  const { add, has } = Set.prototype;
  const { composedPath } = Event.prototype;
  const { getRootNode } = Node.prototype;
  const taken = new Set();
  const ours = new Set();
  const inside = new Set();
  const keep = (value, depth = 0) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || apply(has, taken, [value])) {
      return;
    }
    apply(add, taken, [value]);
    if (value instanceof Event) {
      apply(composedPath, value, []).forEach((part) => keep(part, 2));
    } else if (depth < 3 && (value.constructor === Object || value instanceof Array)) {
      for (const key of ownKeys(value)) {
        const descriptor = getOwnPropertyDescriptor(value, key);
        keep(descriptor.value, depth + 1);
      }
    }
    if (value instanceof Node && apply(getRootNode, value, []) instanceof ShadowRoot) {
      apply(add, inside, [value]);
    }
  };
  let isBusy = false;
  const watched = (original) => {
    const wrapper = function (...args) {
      const result = new.target ? Reflect.construct(original, args, new.target) : apply(original, this, args);
      if (!isBusy) {
        isBusy = true;
        try {
          keep(this);
          keep(args, 1);
          keep(result);
        } finally {
          isBusy = false;
        }
      }
      return result;
    };
    apply(add, ours, [wrapper]);
    return wrapper;
  };
  const take = (object) => {
    for (const key of ownKeys(object)) {
      const descriptor = getOwnPropertyDescriptor(object, key);
      if (key === "constructor" || !descriptor.configurable) {
        continue;
      }
      for (const part of ["value", "get", "set"]) {
        if (typeof descriptor[part] === "function") {
          descriptor[part] = watched(descriptor[part]);
        }
      }
      defineProperty(object, key, descriptor);
    }
  };
  // The last ones are what the functions above go by.
  const taking = /^(HTML|CSS|Canvas|Image|Mouse|Pointer|Key|Clip|Data|UI|File|Blob|Abort|Mess|Shadow|Doc|Ele|Node|Event|URL|Re|Head|Form)/;
  const names = ownKeys(globalThis).filter((name) => typeof name === "string" && taking.test(name));
  const kinds = names.map((name) => getOwnPropertyDescriptor(globalThis, name)?.value).filter((kind) => kind?.prototype);
  const objects = kinds.map(({ prototype }) => prototype);
  objects.push(MutationObserver.prototype, Promise.prototype, String.prototype, RegExp.prototype, Map.prototype, Set.prototype);
  objects.push(getPrototypeOf([][Symbol.iterator]()), Array.prototype, Promise, Array, Object, Reflect, Function.prototype);
  objects.forEach((object) => take(object));
  for (const name of ["setTimeout", "createImageBitmap", "queueMicrotask", "addEventListener", "fetch"]) {
    globalThis[name] = watched(globalThis[name]);
  }
  customElements.define(
    "webwx-image",
    class extends HTMLElement {
      constructor() {
        super();
        keep(this.attachInternals().shadowRoot);
      }
    },
  );
  window.hostile = {
    /** What it has of the inside of a closed root, as names. */
    inside: () => {
      isBusy = true;
      const shadows = [...taken].filter((value) => value instanceof ShadowRoot);
      const nodes = [...taken].filter((value) => value instanceof Node && apply(getRootNode, value, []) instanceof ShadowRoot);
      const found = new Set([...shadows, ...nodes, ...inside]);
      isBusy = false;
      return Array.from(found, (node) => node.nodeName);
    },
    /** Calls each function that is a script's, as a fetch and as a manager's request function. */
    callAll: async (url) => {
      isBusy = true;
      // What the page may do without the userscript.
      globalThis.fetch = () => Promise.reject(new Error("the page's own"));
      const isScript = (value) => typeof value === "function" && !/^class|\[native code\]/.test(Function.prototype.toString.call(value));
      const functions = [...taken].filter((value) => isScript(value) && !ours.has(value));
      for (const call of functions) {
        for (const args of [[url, {}], [undefined, url, {}], [{ method: "GET", url }]]) {
          try {
            Promise.resolve(call(...args)).catch(() => {});
          } catch {
            // Not one that asks.
          }
        }
      }
      isBusy = false;
      return functions.length;
    },
  };
}

test("a hostile page gets neither the cards nor the manager's function, and makes nothing happen", async () => {
  await visiting(SECOND, async (page, cards) => {
    await openChat(page, 0);
    await page.evaluate(takeOver);
    await paste(page, [icon]);
    await cards.says(/×/);
    await page.keyboard.press("Escape");
    await cards.gone();
    await paste(page, [icon, icon]);
    await cards.says(/×/);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);
    await cards.click("Cancel");
    assert.deepEqual(await page.evaluate(() => hostile.inside()), []);
    await page.hover("#chatArea img");
    await cards.click("Save original");
    await cards.says(/^Saved\./);
    assert.deepEqual(await page.evaluate(() => hostile.inside()), []);
    // The library hands its own functions to some of the browser's. They are good for this page's hosts alone.
    assert.ok((await page.evaluate(() => hostile.callAll("https://file.wx.qq.com/strange"))) > 0);
    // Whatever they asked has been answered when the manager has carried this.
    await visiting(SECOND, async (other, itsCards) => {
      await paste(other, [icon]);
      await other.keyboard.press("Enter");
      await itsCards.says(/^Sent\.$/);
    });
  });
  assert.equal((await traffic()).sends.length, 2);
  assert.deepEqual((await standin.journal()).filter(({ path }) => path === "/strange"), []);
});

test("what a script makes up does nothing: a paste, a pointer, a click, a key", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await openChat(page, 0);
    const handled = await page.evaluate((base64) => {
      const how = { bubbles: true, cancelable: true, composed: true };
      const clipboardData = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
      const pasting = new ClipboardEvent("paste", { ...how, clipboardData });
      document.querySelector("#editArea").dispatchEvent(pasting);
      document.querySelector("#chatArea img").dispatchEvent(new PointerEvent("pointerover", how));
      return pasting.defaultPrevented;
    }, small.toString("base64"));
    assert.equal(handled, false);
    assert.equal(await page.$("webwx-image"), null);

    await paste(page, [icon]);
    await cards.says(/×/);
    await page.evaluate(() => {
      const how = { bubbles: true, cancelable: true, composed: true };
      const host = document.querySelector("webwx-image");
      host.click();
      for (const name of ["Enter", "Escape"]) {
        host.dispatchEvent(new KeyboardEvent("keydown", { ...how, key: name }));
      }
    });
    assert.deepEqual((await cards.all())[0].buttons, ["Send", "Cancel"]);
    // Nor would it if it got to the buttons.
    await cards.press("Send");
    assert.deepEqual((await cards.all())[0].buttons, ["Send", "Cancel"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

test("where the manager follows a redirect, what answers there is not believed", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const elsewhere = `${strict.info.fileOrigin}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json`;
    await standin.faults({ endpoint: "webwxuploadmedia", fault: `redirect-307:${elsewhere}` });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/no response/i);
    // Nothing could keep the form from there the first time; the other tries were not sent.
    assert.equal((await strict.journal("webwxuploadmedia")).length, 1);
    const { chunks, sends } = await traffic();
    assert.deepEqual([chunks, sends.length, (await sentMessages()).length], [[0], 0, 0]);
  });
});

test("without its library the script says so once, and leaves every paste to the page", async () => {
  await visiting(BARE, async (page, cards) => {
    const errors = [];
    page.on("pageerror", (error) => errors.push(error));
    await openChat(page, 0);
    for (const picture of [icon, photo, icon]) {
      assert.equal(await paste(page, [picture]), false);
    }
    await page.hover("#chatArea img");
    const [card, ...others] = await cards.all();
    assert.match(card.text, /did not load the library/);
    assert.deepEqual([others, errors], [[], []]);
    assert.deepEqual(await page.evaluate(() => heard), Array(3).fill(["window", "document", "editor"]).flat());
    assert.equal(await cards.over(), null);
  });
});

test("a global of the page's is not taken for the library", async () => {
  await visiting(BARE, async (page, cards) => {
    await page.evaluateOnNewDocument(() => {
      window.WebwxImage = new Proxy({}, { get: () => (window.wasAsked = true) });
    });
    await page.reload();
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("pre"), { id: "editArea", contentEditable: "true" })));
    await page.focus("#editArea");
    assert.equal(await paste(page, [icon]), false);
    await cards.says(/did not load the library/);
    assert.equal(await page.evaluate(() => window.wasAsked), undefined);
  });
});
