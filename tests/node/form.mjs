/**
 * Lets the tests here run on another form of the package than Node's own:
 * `FORM=js node --import ./tests/node/form.mjs --test tests/node/md5.test.mjs`.
 */
import { register } from "node:module";

/** "inline" or "js"; undefined for Node's own. */
export const form = process.env.FORM;

if (form !== undefined) {
  const resolve = `(name, context, next) =>
    next(name === "webwx-image" ? ${JSON.stringify(`webwx-image/${form}`)} : name, context)`;
  register(`data:text/javascript,${encodeURIComponent(`export const resolve = ${resolve};`)}`);
}
