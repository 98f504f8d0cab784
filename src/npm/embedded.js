/**
 * The module inside the script. It is deflated by ourselves: base64 of plain WebAssembly does not compress well on the
 * wire, and not every place that scripts come from compresses at all.
 */
import { inflateSync } from "fflate";
import { packed } from "./packed.js";

/** The module's bytes. */
export function embedded() {
  return inflateSync(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)));
}
