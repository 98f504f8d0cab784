/** The words that the rooms of the extension have in common. */
import type { Checkpoint, Conversion } from "webwx-image";

declare global {
  /** In the content script's world: the port to the page's own world, from door.js to bridge.js. */
  var webwxImagePort: MessagePort | undefined;
}

/** A chat, by the page's own name for it and by the name that people read. */
export interface Chat {
  userName: string;
  name: string;
}

/** Where a picture stands; src/shared/states.js says what may follow what. */
export type State = "taking" | "ready" | "waiting" | "uploading" | "sending" | "sent" | "failed" | "unsure" | "refused";

/** How pictures go out: as they are where the service takes their type; made smaller; or as files, without loss. */
export type Form = "original" | "compatible" | "file";

/** What is done to a picture before it is sent; fixed when the user sends it. */
export interface How {
  form: Form;
  /** Of "compatible": pixels of the longer side, at most; 0 for no limit. */
  side: number;
  /** Location, camera and everything else beside the pixels is taken out. */
  strip: boolean;
}

/** One picture in the queue, as it is kept. It holds no credentials. */
export interface Item {
  id: string;
  /** Who is storing the picture while it is "taking": when that one is gone, so is the picture. */
  taker: "page" | "worker";
  state: State;
  name: string;
  type: string;
  size: number;
  /** Empty until the picture was looked at. */
  md5: string;
  /** One's own UserName when the receiver was fixed: UserNames are good for one login. */
  from: string | null;
  to: Chat | null;
  checkpoint: Checkpoint | null;
  /** What the picture was turned into for the service, if it was; known with its upload. */
  converted: Conversion | null;
  /** Pixels; 0 where they were not found. */
  width: number;
  height: number;
  /** Null until it is sent for the first time. */
  how: How | null;
  /** Bytes that were taken out beside the pixels, and whether a location was among them. */
  stripped: { bytes: number; location: boolean } | null;
  error: { code: string; message: string } | null;
  msgId: string | null;
}

/** What may be changed of an item. */
export type Patch = Partial<Omit<Item, "id" | "taker" | "size">>;

export interface Settings {
  /** Chunks of one picture that go out at once: the user's "speed". */
  concurrency: number;
  /** Of saved originals; src/shared/names.js knows its words. */
  pattern: string;
  /** As in How, for the next pictures. */
  form: Form;
  side: number;
  strip: boolean;
  /** Whether the first note was seen. */
  welcomed: boolean;
}

/** What the content script asks of the worker; each request can be repeated without harm. */
export type Request =
  | { ask: "hello" }
  | { ask: "items" }
  | { ask: "add"; item: Item }
  | { ask: "change"; id: string; patch: Patch }
  | { ask: "remove"; id: string }
  | { ask: "move"; id: string; before: string | null }
  | { ask: "put"; id: string; index: number; base64: string }
  | { ask: "get"; id: string; index: number }
  | { ask: "options" };

/** What the worker tells a content script. */
export type Notice = "there?" | "toggle" | "arrived";

/** A message of the open chat, as the page's model has it. */
export interface ChatMessage {
  msgId: string;
  msgType: number;
  content: string;
  /** Unix seconds; null where the page does not tell. */
  createTime: number | null;
}
