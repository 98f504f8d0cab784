// The stand-in, proved by someone else's hand: wechat4u, a public client that works against the real service,
// uploads and sends pictures here, unmodified. Not run on each form again.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import Wechat from "wechat4u";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CHUNK = 524_288;

let server;
let standin;

before(async () => {
  server = spawn(findStandin(), ["--json", "--stdin-bound"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  standin = JSON.parse(line);
});

after(async () => {
  server.stdin.end();
  const [code] = await once(server, "exit");
  assert.equal(code, 0);
});

test("a small picture is uploaded and sent", async () => {
  const picture = png(200, 120);
  assert.ok(picture.length < CHUNK);
  await roundTrip(picture, 1);
});

test("a picture of several chunks is uploaded and sent", async () => {
  const picture = png(800, 600);
  assert.ok(picture.length > 2 * CHUNK);
  await roundTrip(picture, Math.ceil(picture.length / CHUNK));
});

test("a GIF goes as an emoticon, and anything as a file", async () => {
  const client = login();
  const gif = await readFile(path.join(root, "www/pictures/moving.gif"));
  const emoticon = await client.uploadMedia(gif, "moving.gif", standin.peer);
  assert.equal(emoticon.mediatype, "doc");
  const { MsgID } = await client.sendEmoticon(emoticon.mediaId, standin.peer);
  assert.equal(md5((await client.getMsgImg(MsgID)).data), md5(gif));

  const bytes = Buffer.from("no picture at all");
  const { mediaId, name, size, ext } = await client.uploadMedia(bytes, "notes.txt", standin.peer);
  await client.sendDoc(mediaId, name, size, ext, standin.peer);
  const message = (await (await fetch(`${standin.origin}/__standin/messages`)).json()).at(-1);
  assert.deepEqual([message.MsgType, message.FileName, message.FileSize], [49, "notes.txt", String(bytes.length)]);
  const { data } = await client.getDoc(message.FromUserName, message.MediaId, message.FileName);
  assert.equal(md5(data), md5(bytes));
});

/** Sends with wechat4u, then reads the stand-in's journal and fetches the picture back. */
async function roundTrip(picture, chunks) {
  await fetch(`${standin.origin}/__standin/journal`, { method: "DELETE" });
  const client = login();
  const media = await client.uploadMedia(picture, "picture.png", standin.peer);
  const { MsgID } = await client.sendPic(media.mediaId, standin.peer);

  const journal = await (await fetch(`${standin.origin}/__standin/journal`)).json();
  const uploads = journal.filter(({ path }) => path.endsWith("/webwxuploadmedia"));
  const sizes = uploads.map(({ form }) => form.at(-1).size);
  assert.equal(uploads.length, chunks);
  assert.equal(sizes.reduce((sum, size) => sum + size), picture.length);
  assert.deepEqual(
    uploads.map(({ form }) => form.at(-1).md5),
    uploads.map((_, chunk) => md5(picture.subarray(chunk * CHUNK, (chunk + 1) * CHUNK))),
  );
  assert.equal(uploads.at(-1).response.MediaId, media.mediaId);
  assert.equal(journal.filter(({ path }) => path.endsWith("/webwxsendmsgimg")).length, 1);

  const { session } = standin;
  const query = new URLSearchParams({ MsgID, skey: session.skey });
  const back = await fetch(`${standin.origin}/cgi-bin/mmwebwx-bin/webwxgetmsgimg?${query}`, {
    headers: { cookie: Object.entries(client.COOKIE).map((pair) => pair.join("=")).join("; ") },
  });
  assert.equal(md5(Buffer.from(await back.arrayBuffer())), md5(picture));
  assert.equal(md5((await client.getMsgImg(MsgID)).data), md5(picture));
}

/** A wechat4u that believes it has logged in at the stand-in. */
function login() {
  const { session, origin, fileOrigin } = standin;
  const client = new Wechat();
  client.PROP.uin = String(session.uin);
  client.PROP.sid = session.sid;
  client.PROP.skey = session.skey;
  // As it stands in the login's answer.
  client.PROP.passTicket = encodeURIComponent(session.passTicket);
  client.PROP.webwxDataTicket = session.dataTicket;
  client.user.UserName = session.userName;
  Object.assign(client.COOKIE, { wxuin: session.uin, wxsid: session.sid, webwx_data_ticket: session.dataTicket });
  for (const [name, value] of Object.entries(client.CONF)) {
    if (!name.startsWith("API_")) continue;
    const service = new URL(value);
    const target = ["API_webwxuploadmedia", "API_webwxdownloadmedia"].includes(name) ? fileOrigin : origin;
    client.CONF[name] = new URL(service.pathname + service.search, target).href;
  }
  return client;
}

function md5(bytes) {
  return createHash("md5").update(bytes).digest("hex");
}

/** A real PNG of that size, so noisy that it cannot be packed. */
function png(width, height) {
  let noise = 1;
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let at = 0; at < rows.length; at++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    rows[at] = at % (1 + width * 3) === 0 ? 0 : noise >>> 24;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [["IHDR", header], ["IDAT", deflateSync(rows, { level: 0 })], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([signature, ...chunks.map(([type, data]) => pngChunk(type, data))]);
}

function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function crc32(bytes) {
  let sum = 0xffff_ffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb8_8320 : 0);
  }
  return (sum ^ 0xffff_ffff) >>> 0;
}

/** The built stand-in: named by STANDIN, or made now. */
function findStandin() {
  if (process.env.STANDIN) return process.env.STANDIN;
  execFileSync("cargo", ["build", "-q", "-p", "standin"], { cwd: root, stdio: "inherit" });
  return path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/standin");
}
