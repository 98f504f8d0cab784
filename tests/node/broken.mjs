/** A module that breaks to order: the shipped one offers no way to make it panic, so this is a copy with one built in. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import binaryen from "binaryen";

import { wasm } from "./fresh.mjs";

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

  /** Puts `statements`, made of a function's last parameter, before all exports of that name. */
  const prepend = (exportName, statements) => {
    let count = 0;
    for (let index = 0; index < module.getNumExports(); index += 1) {
      const { name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
      if (exportName.test(name)) {
        const reference = module.getFunction(value);
        const { params, body } = binaryen.getFunctionInfo(reference);
        const last = () => module.local.get(binaryen.expandType(params).length - 1, binaryen.i32);
        const block = module.block(null, [...statements(last), body], binaryen.getExpressionType(body));
        binaryen.Function.setBody(reference, block);
        count += 1;
      }
    }
    assert.ok(count > 0, `no export is called ${exportName}`);
  };
  // The last parameter of parseMessage is the content's length.
  prepend(/^parseMessage$/, (length) => {
    const beyond = () => i32.sub(length(), i32.const(FATAL.length));
    return [
      module.if(i32.eqz(beyond()), module.unreachable()),
      module.if(i32.le_u(beyond(), i32.const(LATEST)), countFrom(beyond())),
    ];
  });
  prepend(/__closures_.*invoke/, () => [
    module.if(i32.eq(countdown(), i32.const(1)), module.unreachable()),
    module.if(countdown(), countFrom(i32.sub(countdown(), i32.const(1)))),
  ]);
  return module.emitBinary();
}
