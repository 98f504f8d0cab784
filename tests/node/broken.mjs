/** A module that breaks to order: the shipped one offers no way to make it panic, so these are copies with one built in. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import binaryen from "binaryen";

import { dist, wasm } from "./fresh.mjs";

/** A content that parseMessage traps on: no other content here is as long. */
export const FATAL = "x".repeat(4711);
/** A content after which the module traps in the n-th call that JavaScript makes into it by a closure. */
export const fatalLater = (n) => "x".repeat(FATAL.length + n);
const LATEST = 9;

/** The bytes of the module with these two contents built in. */
export async function broken() {
  const module = binaryen.readBinary(await readFile(wasm));
  const { i32 } = module;
  module.addGlobal("countdown", binaryen.i32, true, i32.const(0));
  const countdown = () => module.global.get("countdown", binaryen.i32);
  const countFrom = (value) => module.global.set("countdown", value);

  /** Puts `statements`, made of the last parameter of a function but one, before all exports of that name. */
  const prepend = (exportName, statements) => {
    let count = 0;
    for (let index = 0; index < module.getNumExports(); index += 1) {
      const { name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
      if (exportName.test(name)) {
        const reference = module.getFunction(value);
        const { params, body } = binaryen.getFunctionInfo(reference);
        const last = () => module.local.get(binaryen.expandType(params).length - 2, binaryen.i32);
        const block = module.block(null, [...statements(last), body], binaryen.getExpressionType(body));
        binaryen.Function.setBody(reference, block);
        count += 1;
      }
    }
    assert.ok(count > 0, `no export is called ${exportName}`);
  };
  // The parameters of parseMessage are where the content is, its length, and the same string in JavaScript.
  prepend(/^parseMessage$/, (length) => {
    const beyond = () => i32.sub(length(), i32.const(FATAL.length));
    return [
      module.if(i32.eqz(beyond()), module.unreachable()),
      module.if(i32.le_u(beyond(), i32.const(LATEST)), countFrom(beyond())),
    ];
  });
  prepend(/^on_[a-z]$/, () => [
    module.if(i32.eq(countdown(), i32.const(1)), module.unreachable()),
    module.if(countdown(), countFrom(i32.sub(countdown(), i32.const(1)))),
  ]);
  return module.emitBinary();
}

/** The JavaScript build with the same two contents built in: its parts, but for another core.js. */
export async function brokenScript() {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  await cp(new URL(".parts/", dist), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
  const core = join(folder, "core.js");
  let script = await readFile(core, "utf8");
  let count = 0;

  const prepend = (exportName, statements) => {
    for (const [, name] of script.matchAll(new RegExp(`"${exportName}": ([$\\w]+)`, "g"))) {
      const heading = new RegExp(`function ${name.replaceAll("$", "\\$&")}\\(([^)]*)\\) \\{`);
      script = script.replace(heading, (head, parameters) => {
        count += 1;
        return `${head} ${statements(parameters.split(", ").at(-2))}`;
      });
    }
  };
  prepend("parseMessage", (length) => {
    const beyond = `(${length} - ${FATAL.length})`;
    return `if (${beyond} === 0) wasm2js_trap(); if (${beyond} > 0 && ${beyond} <= ${LATEST}) countdown = ${beyond};`;
  });
  prepend("on_[a-z]", () => "if (countdown === 1) wasm2js_trap(); if (countdown) countdown -= 1;");
  assert.ok(count > 1, "the translation has another form than this test knows");
  await writeFile(core, script.replace("var buffer =", "var countdown = 0; var buffer ="));
  after(() => rm(folder, { recursive: true }));
  return import(pathToFileURL(join(folder, "js.js")));
}
