// The built scripts offer what the declarations say: each value is assignable to its declaration. The entry for Node
// stands for both, since they share all but init(); "dist/index.js" would mean its declarations here. WebwxError is
// left out since its constructor, which the module calls, is not for users; its class says @implements.
import type * as contract from "webwx-image";
import * as built from "../../dist/node.js";

built satisfies Omit<typeof contract, "WebwxError">;
