/** The programs of docs/which-way.md, letter by letter, against a server on this machine. Not run on each form again. */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { transform } from "esbuild";

import { blocks, read } from "../types/blocks.mjs";
import { startLoopback } from "./loopback.mjs";
import { startStandin } from "./standin.mjs";

const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const programs = blocks(read("docs/which-way.md"));
const PNG = await readFile(new URL("../fixtures/pictures/tiny.png", import.meta.url));
const KEY = "0123456789abcdef0123456789abcdef";

let loopback;

before(async () => {
  loopback = await startLoopback();
});

afterEach(() => loopback.forget());
after(() => loopback.stop());

/** What the one program that has this in it exports, with other addresses than those that it names. */
async function exported(part, replaced = {}) {
  const [{ code, language }, ...more] = programs.filter(({ code }) => code.includes(part));
  assert.deepEqual(more, []);
  let plain = language === "ts" ? (await transform(code, { loader: "ts" })).code : code;
  for (const [from, to] of Object.entries({ '"webwx-image"': JSON.stringify(import.meta.resolve("webwx-image")), ...replaced })) {
    assert.ok(plain.includes(from), from);
    plain = plain.replaceAll(from, to);
  }
  return import(`data:text/javascript,${encodeURIComponent(plain)}`);
}

const encrypted = (bytes) => {
  const cipher = createCipheriv("aes-128-ecb", Buffer.from(KEY, "hex"), null);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
};

test("iLink: a received picture is decrypted, whichever form its key has", async () => {
  const { received } = await exported("encryptCdnImage");
  loopback.answer = ({ method, headers }) => {
    assert.deepEqual([method, headers.authorization], ["GET", undefined]);
    return { body: encrypted(PNG) };
  };
  const full_url = `${loopback.origin}/c2c/download?x=1`;
  const key = Buffer.from(KEY, "hex");
  for (const item of [
    { aeskey: KEY, media: { full_url } },
    { media: { full_url, aes_key: key.toString("base64") } },
    { media: { encrypt_query_param: "a+b", aes_key: btoa(KEY) } },
  ]) {
    const picture = await received(item, `${loopback.origin}/c2c`);
    assert.deepEqual([picture.md5, picture.type, picture.image.size], [md5(PNG), "image/png", PNG.length]);
  }
  assert.equal(loopback.requests.at(-1).url, "/c2c/download?encrypted_query_param=a%2Bb");
  // Another key, and an error page under a good status.
  await assert.rejects(received({ aeskey: KEY.replace("0", "1"), media: { full_url } }, ""), { code: "invalid-input", message: /padding/ });
  loopback.answer = () => ({ body: "<html>expired</html>" });
  await assert.rejects(received({ aeskey: KEY, media: { full_url } }, ""), { code: "invalid-input", message: /multiple of 16/ });
  loopback.answer = () => ({ body: encrypted(Buffer.from("<html>expired")) });
  await assert.rejects(received({ aeskey: KEY, media: { full_url } }, ""), { code: "not-an-image" });
  loopback.answer = () => ({ status: 403, body: "" });
  await assert.rejects(received({ aeskey: KEY, media: { full_url } }, ""), /answers 403/);
});

test("iLink: a picture is encrypted and uploaded, and can be decrypted by what the message says", async () => {
  const { received, uploaded } = await exported("encryptCdnImage");
  let asked;
  let stored;
  const bad = [{ status: 500 }, { status: 200 }];
  loopback.answer = ({ method, url, body, headers }) => {
    if (method === "GET") {
      return { body: stored };
    }
    assert.deepEqual([url, headers["content-type"]], [`/c2c/upload?encrypted_query_param=up%20load&filekey=${asked.filekey}`, "application/octet-stream"]);
    stored = Buffer.from(body, "latin1");
    return bad.shift() ?? { headers: { "x-encrypted-param": "down load" }, body: "" };
  };
  const ask = async (endpoint, body) => {
    assert.equal(endpoint, "ilink/bot/getuploadurl");
    asked = body;
    return { upload_param: "up load" };
  };
  const { media, mid_size: size } = await uploaded(new Uint8Array(PNG), "user@im.wechat", `${loopback.origin}/c2c`, ask);
  assert.deepEqual(
    [asked.media_type, asked.to_user_id, asked.rawsize, asked.rawfilemd5, asked.filesize, asked.no_need_thumb],
    [1, "user@im.wechat", PNG.length, md5(PNG), stored.length, true],
  );
  assert.deepEqual([media.encrypt_query_param, size, loopback.requests.length], ["down load", stored.length, 3]);
  const cipher = createDecipheriv("aes-128-ecb", Buffer.from(asked.aeskey, "hex"), null);
  assert.ok(PNG.equals(Buffer.concat([cipher.update(stored), cipher.final()])));
  assert.equal((await received({ media }, `${loopback.origin}/c2c`)).md5, md5(PNG));
  loopback.answer = () => ({ status: 400 });
  await assert.rejects(uploaded(new Uint8Array(PNG), "u", `${loopback.origin}/c2c`, ask), /answers 400/);
});

test("forms of one's own", async () => {
  const { both } = await exported("byPath");
  const content = `<msg><img length="${PNG.length}"/></msg>`;
  loopback.answer = ({ url, headers, body }) => {
    switch (url) {
      case "/pictures/7?size=hd":
        return { body: JSON.stringify({ error: "there is none" }) };
      case "/pictures/7?size=normal":
        assert.equal(headers["x-api-key"], "token");
        return { body: JSON.stringify({ path: "a/7.png" }) };
      case "/files/a/7.png":
        return { body: PNG };
      default: {
        const { id, start, token } = JSON.parse(body);
        assert.deepEqual([url, id, token], ["/section", "7", "token"]);
        const base64 = PNG.subarray(start, start + 50).toString("base64");
        return { body: JSON.stringify({ base64, start, total: PNG.length }) };
      }
    }
  };
  assert.deepEqual(await both(loopback.origin, content), [md5(PNG), md5(PNG)]);
  assert.equal(loopback.requests.length, 5);
});

test("the pictures inside a message, by a gateway", async () => {
  const { all } = await exported("picturesIn", { "http://localhost:8059": loopback.origin });
  const record = `<recordinfo><datalist><dataitem datatype="2"><datadesc>[image]</datadesc><cdndataurl>30aa</cdndataurl><cdndatakey>${KEY}</cdndatakey><datasize>${PNG.length}</datasize><sourcename>Yu</sourcename></dataitem></datalist></recordinfo>`;
  const content = `<msg><appmsg><type>19</type><recorditem><![CDATA[${record}]]></recorditem></appmsg></msg>`;
  loopback.answer = ({ body }) => {
    assert.deepEqual(JSON.parse(body), { Wxid: "wxid_me", FileAesKey: KEY, FileNo: "30aa" });
    return { body: JSON.stringify({ Success: true, Code: 0, Data: { Image: PNG.toString("base64") } }) };
  };
  const found = [];
  for await (const picture of all(content)) {
    found.push([picture.name, picture.sender, picture.md5, picture.verified]);
  }
  assert.deepEqual(found, [["[image]", "Yu", md5(PNG), "length"]]);
});

test("sizes in order of preference", async (t) => {
  const standin = await startStandin();
  t.after(() => standin.stop());
  const [{ Content: content }] = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
  const said = t.mock.method(console, "log", () => {});
  await exported('"gewe"', {
    "http://localhost:2531": standin.info.gatewayOrigin,
    '"token"': JSON.stringify(standin.info.gatewayAuthorization),
    '"<msg>…</msg>"': JSON.stringify(content),
  });
  assert.deepEqual(said.mock.calls[0].arguments.slice(0, 2), ["normal", "md5"]);
});
