/** Everything that a picture can come from, and what it is called on the wire. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";
import { WebWx, inspectImage, md5 as hash, toBase64, toDataUrl } from "webwx-image";

import { md5, sample, small } from "./pictures.mjs";
import { settled } from "./settled.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { origin, session, peer: to } = standin.info;
const wx = new WebWx(session, { retry: { limit: 0 } });

after(() => standin.stop());
beforeEach(() => standin.reset());

/** Sends it, and asserts that exactly these bytes came, under that name. */
async function sends(source, { bytes = small, name = "image.png", options = {} } = {}) {
  const { media } = await wx.sendImage(source, { to, ...options });
  assert.equal(media.md5, md5(bytes));
  const uploads = await standin.journal("webwxuploadmedia");
  const value = (field) => uploads[0].form.find((part) => part.name === field).value;
  assert.equal(value("name"), name);
  assert.equal(uploads.at(-1).response.StartPos, bytes.length);
  return { value, file: uploads[0].form.at(-1) };
}

/** The bytes in the middle of a larger buffer. */
function embedded(bytes) {
  const whole = new Uint8Array(bytes.length + 200).fill(0xaa);
  whole.set(bytes, 100);
  return whole;
}

const arrayBuffer = (bytes) => new Uint8Array(bytes).buffer;

const sources = {
  "a Buffer": () => small,
  "a Uint8Array within a larger buffer": () => embedded(small).subarray(100, 100 + small.length),
  "a DataView within a larger buffer": () => new DataView(embedded(small).buffer, 100, small.length),
  "an ArrayBuffer": () => arrayBuffer(small),
  "a Blob": () => new Blob([small]),
  "a Blob that says another type": () => new Blob([small], { type: "text/plain" }),
  "a slice of a Blob": () => new Blob([embedded(small)]).slice(100, 100 + small.length),
  "a Response": () => new Response(small),
  "a data: URL": () => `data:image/png;base64,${small.toString("base64")}`,
  "a URL object": () => new URL(`${origin}/www/pictures/small.png`),
  "an http: URL": () => `${origin}/www/pictures/small.png`,
  "an http: URL with blanks around it": () => ` ${origin}/www/pictures/small.png\n`,
  "a Uint8Array of another realm": () => runInNewContext("new Uint8Array(bytes)", { bytes: [...small] }),
};

for (const [name, source] of Object.entries(sources)) {
  test(`${name} can be sent`, async () => {
    const { file } = await sends(source());
    assert.deepEqual(file, {
      name: "filename",
      filename: "image.png",
      type: "image/png",
      size: small.length,
      md5: md5(small),
    });
  });
}

test("a blob: URL can be sent", async () => {
  const url = URL.createObjectURL(new Blob([small]));
  try {
    await sends(url);
  } finally {
    URL.revokeObjectURL(url);
  }
});

test("a date whose year has five digits, as Blobs have in Bun, is replaced by the current one", async () => {
  const file = new File([small], "late.png", { lastModified: 2 ** 52 - 1 });
  const { value } = await sends(file, { name: "late.png" });
  assert.match(value("lastModifiedDate"), new RegExp(`\\b${new Date().getFullYear()}\\b`));
});

test("a File is sent under its own name and date, and the type of its bytes", async () => {
  const lastModified = 1_600_000_000_000;
  const file = new File([small], "holiday at sea.jpg", { type: "image/jpeg", lastModified });
  const { value } = await sends(file, { name: "holiday at sea.jpg" });
  assert.equal(value("lastModifiedDate"), String(new Date(lastModified)));
  assert.equal(value("type"), "image/png");
});

test("names that need care arrive as they are", async () => {
  for (const name of ["假期 😀.png", 'a"b.png', "a;b=c%22.png", "../../etc/passwd.png", "name.without.end"]) {
    await standin.reset();
    await sends(new File([small], name), { name });
  }
});

test("the name option is stronger than the File's own, and a File without a name gets one", async () => {
  await sends(new File([small], "a.png"), { name: "b.png", options: { name: "b.png" } });
  await standin.reset();
  await sends(new File([small], " "), { name: "image.png" });
});

test("an http: source is fetched without cookies, and the injected fetch gets it", async () => {
  const asked = [];
  const client = new WebWx(session, {
    retry: { limit: 0 },
    fetch: (url, init) => {
      asked.push([url, init.headers]);
      return fetch(url, init);
    },
  });
  const url = `${origin}/www/pictures/small.png`;
  await client.upload(url, { to });
  assert.deepEqual(asked[0], [url, undefined]);
  assert.equal(asked.length, 2);
});

test("a source of several chunks can be a Response, a Blob and a Uint8Array", async () => {
  for (const source of [new Response(sample), new Blob([sample]), new Uint8Array(sample)]) {
    await standin.reset();
    await sends(source, { bytes: sample, name: "image.jpg" });
  }
});

test("what is not a source is refused, saying what is", async () => {
  const wanted = "expected a Blob, File, ArrayBuffer, typed array, Response or URL";
  for (const source of [
    undefined,
    null,
    7,
    7n,
    true,
    {},
    [],
    [1, 2],
    () => {},
    Symbol("x"),
    new Map(),
    Promise.resolve(small),
  ]) {
    for (const use of [hash, toBase64, toDataUrl, inspectImage, (value) => wx.sendImage(value, { to })]) {
      await assert.rejects(use(source), { name: "WebwxError", code: "invalid-input", message: wanted });
    }
  }
});

test("a buffer that was given away is refused", async () => {
  const gone = new Uint8Array(small);
  structuredClone(gone, { transfer: [gone.buffer] });
  for (const source of [gone, gone.buffer]) {
    for (const use of [hash, toBase64, toDataUrl, inspectImage, (value) => wx.sendImage(value, { to })]) {
      const error = await settled(use(source));
      assert.deepEqual([error.name, error.code], ["WebwxError", "invalid-input"]);
    }
  }
  assert.deepEqual(await standin.journal(), []);
});

test("a URL of another kind is refused before anything is fetched", async () => {
  const wanted =
    "expected a blob:, data:, http: or https: URL; for a path or file: URL in Node, pass the result of fs.openAsBlob(path)";
  const urls = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    new URL("file:///etc/passwd"),
    "./y.png",
    "C:\\y.png",
    "ftp://x/y.png",
    "/y.png",
    "y.png",
    "",
    " ",
    "JavaScript:0",
  ];
  for (const url of urls) {
    for (const use of [hash, inspectImage, (value) => wx.sendImage(value, { to })]) {
      await assert.rejects(use(url), { code: "invalid-input", message: wanted }, url);
    }
  }
  assert.deepEqual(await standin.journal(), []);
});

test("a source that cannot be read says why, and nothing is sent", async () => {
  const url = URL.createObjectURL(new Blob([small]));
  URL.revokeObjectURL(url);
  const used = new Response(small);
  await used.blob();
  const noAnswer = "read: no response: the connection failed, or CORS blocked it";
  const rows = [
    [url, "invalid-input", "the blob: URL cannot be read; it was revoked, or belongs to another page"],
    ["data:;base64,%", "invalid-input", "the data: URL cannot be read"],
    [used, "invalid-input", "the Response's body was already read; pass a new one, or a clone()"],
    [new Response(small, { status: 500 }), "http-status", "read: HTTP status 500"],
    [`${origin}/www/pictures/none.png`, "http-status", "read: HTTP status 404"],
    ["http://127.0.0.1:1/x.png", "network", noAnswer],
  ];
  for (const [source, code, message] of rows) {
    await assert.rejects(wx.sendImage(source, { to }), { code, message });
  }
  assert.deepEqual(await standin.journal(), []);
});
