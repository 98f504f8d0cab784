/** WebwxError: what it carries, and how it is known. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { WebwxError } from "webwx-image";

import { dist } from "./fresh.mjs";

test("an error has its code and message, and nothing that it was not given", () => {
  const error = new WebwxError("timeout", "webwxsendmsgimg: no answer in 60000 ms");
  assert.ok(error instanceof Error && error instanceof WebwxError);
  assert.equal(error.name, "WebwxError");
  assert.equal(String(error), "WebwxError: webwxsendmsgimg: no answer in 60000 ms");
  assert.match(error.stack, /^WebwxError: webwxsendmsgimg/);
  assert.deepEqual(Object.entries(error), [
    ["code", "timeout"],
    ["retryable", false],
  ]);
  for (const key of ["ret", "status", "checkpoint", "cause"]) {
    assert.ok(!(key in error), key);
  }
});

test("an error has the details that it was given", () => {
  const cause = new TypeError("fetch failed");
  const error = new WebwxError("rejected", "x", { retryable: true, ret: 0, status: 502, checkpoint: null, cause });
  assert.deepEqual({ ...error }, { code: "rejected", retryable: true, ret: 0, status: 502, checkpoint: null });
  assert.equal(error.cause, cause);
  assert.match(inspect(error), /\[cause\]: TypeError: fetch failed/);
});

test("is() knows an error of another copy and of another realm", async () => {
  const { WebwxError: Other } = await import(`${new URL("index.js", dist)}?another-copy`);
  const copy = new Other("network", "x");
  assert.ok(!(copy instanceof WebwxError));
  assert.ok(WebwxError.is(copy));
  const foreign = runInNewContext(
    `Object.assign(new Error("x"), { name: "WebwxError", code: "network", retryable: true })`,
  );
  assert.ok(!(foreign instanceof Error));
  assert.ok(WebwxError.is(foreign));
});

test("is() takes nothing else for one", () => {
  const coded = Object.assign(new Error("x"), { code: "ENOENT", retryable: false });
  const named = Object.assign(new Error("x"), { name: "WebwxError" });
  for (const value of [coded, named, new DOMException("x", "AbortError"), "WebwxError", null, undefined, 0, () => {}]) {
    assert.equal(WebwxError.is(value), false);
  }
});

test("Node shows an error that nobody caught by a line of code, not by all of it", () => {
  const program = `import { WebWx } from ${JSON.stringify(new URL("node.js", dist).href)}; new WebWx({});`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^WebwxError: session\.uin is missing/m);
  assert.deepEqual(
    stderr.split("\n").filter((line) => line.length > 300),
    [],
  );
});
