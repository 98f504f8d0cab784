/** The form of an upload as Node sends it: byte for byte what Node's own FormData makes of the same parts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { WebWx } from "webwx-image";

import { bmp, padded } from "./pictures.mjs";

const uploads = [];
const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) {
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  uploads.push({ type: request.headers["content-type"], length: Number(request.headers["content-length"]), body });
  response.end(JSON.stringify({ BaseResponse: { Ret: 0 }, MediaId: "@crypt_1", StartPos: 0 }));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

const origin = `http://127.0.0.1:${server.address().port}`;
const session = { uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "a+b/c=", origin, fileOrigin: origin };

/** A body with its boundary replaced by one that all have. */
const plain = ({ type, body }) => {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)[1];
  return body.toString("latin1").replaceAll(boundary, "BOUNDARY");
};

/** What is the same for both: the time, and the random numbers. */
const options = { now: () => 1_700_000_000_000, random: () => 0.5, retry: { limit: 0 }, chunkSize: 1000 };

for (const name of ["plain.bmp", 'quo"te.bmp', "break\r\nand\n.bmp", "图片😀.bmp", "%22.bmp", ""]) {
  test(`a file named ${JSON.stringify(name)}`, async () => {
    const source = new File([padded(bmp(), 2500)], name, { lastModified: 1_600_000_000_000 });
    uploads.length = 0;
    await new WebWx(session, options).upload(source, { to: "@you" });
    const ours = uploads.splice(0);
    await new WebWx(session, { ...options, fetch: (...request) => fetch(...request) }).upload(source, { to: "@you" });
    assert.equal(ours.length, 3);
    assert.deepEqual(ours.map(({ body }) => body.length), ours.map(({ length }) => length));
    assert.equal(new Set(ours.map(({ type }) => type)).size, 3, "each has a boundary of its own");
    assert.deepEqual(ours.map(plain), uploads.map(plain));
  });
}
