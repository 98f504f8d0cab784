/** The server dies in the middle of an upload: see restarts.mjs. Not run on each form again. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as library from "webwx-image";

import { CHUNK_SIZE, caller, picture } from "./bad-days.mjs";
import { md5 } from "./pictures.mjs";
import { restarts, startMortal } from "./restarts.mjs";

const mortal = await startMortal();
const { session, peer } = mortal.standin.info;

after(() => mortal.standin.stop());

for (const [name, run] of Object.entries(restarts(mortal, caller(library, session, picture, peer)))) {
  test(name, run);
}

test("a server that is restarted between two requests, seen by nobody, costs an error with a checkpoint", async () => {
  let requests = 0;
  const wx = new library.WebWx(session, {
    chunkSize: CHUNK_SIZE,
    async fetch(url, init) {
      requests += 1;
      if (requests === 2) {
        await mortal.kill();
        await mortal.revive();
      }
      return fetch(url, init);
    },
  });
  const error = await wx.upload(picture, { to: peer }).then(assert.fail, (reason) => reason);
  assert.deepEqual([error.code, error.ret, error.checkpoint.nextChunk], ["rejected", 1, 2]);
  const media = await wx.upload(picture, { to: peer, resume: error.checkpoint });
  const { msgId } = await wx.send(media, { to: peer });
  assert.equal((await wx.download(msgId)).md5, md5(picture));
});
