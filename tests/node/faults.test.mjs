/** Bad days against a real server: see bad-days.mjs. Not run on each form again. */
import { after, test } from "node:test";
import * as library from "webwx-image";

import { CHUNK_SIZE, badDays, caller, picture } from "./bad-days.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin("--chunk-size", String(CHUNK_SIZE));
const { session, peer, fileOrigin } = standin.info;

after(() => standin.stop());

const call = caller(library, session, picture, peer);
const elsewhere = `${fileOrigin}/elsewhere`;
const { ofChunks, ofMessages, ofPictures } = badDays({ standin, call, elsewhere, withProgress: true });
for (const [name, run] of Object.entries({ ...ofChunks, ...ofMessages, ...ofPictures })) {
  test(name, run);
}
