/** The server dies in the middle of an upload: see restarts.mjs. */
import { after, test } from "node:test";
import * as library from "webwx-image";

import { caller, picture } from "./bad-days.mjs";
import { restarts, startMortal } from "./restarts.mjs";

const mortal = await startMortal();
const { session, peer } = mortal.standin.info;

after(() => mortal.standin.stop());

for (const [name, run] of Object.entries(restarts(mortal, caller(library, session, picture, peer)))) {
  test(name, run);
}
