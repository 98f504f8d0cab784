// The other forms have the same types: what one gives, another takes.
import { WebWx, parseMessage } from "webwx-image";
import type { Message, Session } from "webwx-image";
import init, { Md5, backend, type WebWx as Inline } from "webwx-image/inline";
import * as js from "webwx-image/js";

export async function anyForm(session: Session, content: string): Promise<Message[]> {
  await init();
  const client: Inline = new WebWx(session);
  client.free();
  const which: "wasm" | "js" = backend();
  console.log(which, new Md5().digest());
  return [parseMessage(content), js.parseMessage(content)];
}
