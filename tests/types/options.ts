// The names of the options that the package checks when it runs are those of its declarations, for each call: both ways, so
// that none is missing in either.
import type { BatchOptions, ClientOptions, Gateway, GatewayOptions, JobOptions, RetryOptions, SendItem, WebWx } from "webwx-image";
import type { OPTIONS } from "../../dist/.parts/options.js";

type Checked = { [Call in keyof typeof OPTIONS]: (typeof OPTIONS)[Call][number] };

/** The names of a method's options, which are its second parameter. */
type Of<Class, Method extends keyof Class> = Class[Method] extends (first: never, options: infer Options) => unknown
  ? keyof NonNullable<Options>
  : never;

interface Declared {
  md5: keyof JobOptions;
  "new WebWx": keyof ClientOptions;
  "WebWx.sendImage": Of<WebWx, "sendImage">;
  "WebWx.sendFile": Of<WebWx, "sendFile">;
  "WebWx.sendImages": keyof BatchOptions;
  "WebWx.sendImages, an item": keyof SendItem;
  "WebWx.upload": Of<WebWx, "upload">;
  "WebWx.send": Of<WebWx, "send">;
  "WebWx.forward": Of<WebWx, "forward">;
  "WebWx.download": Of<WebWx, "download">;
  "new Gateway": keyof GatewayOptions;
  "Gateway.getMsgImg": Of<Gateway, "getMsgImg">;
  "Gateway.download": Of<Gateway, "download">;
  retry: keyof RetryOptions;
}

declare const checked: Checked;
declare const declared: Declared;
checked satisfies Declared;
declared satisfies Checked;
