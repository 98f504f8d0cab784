// Every form offers what the declarations say: each value is assignable to its declaration. The one of "index" is left
// out, since "index.js" means the declarations beside it. WebwxError is left out since its constructor, which the module
// calls, is not for users; its class says @implements.
import type * as declared from "webwx-image";
import * as iife from "../../dist/.parts/iife.js";
import * as inline from "../../dist/.parts/inline.js";
import * as js from "../../dist/.parts/js.js";
import * as node from "../../dist/.parts/node.js";

type Declared = Omit<typeof declared, "WebwxError">;
iife satisfies Declared;
inline satisfies Declared;
js satisfies Declared;
node satisfies Declared;
