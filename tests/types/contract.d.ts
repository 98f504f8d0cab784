/**
 * The public contract of the npm package `webwx-image`, as the page, the extension, the userscript and the tests are
 * written against it. keeps-contract.ts holds the package's own declarations, src/npm/index.d.ts, against it; they may offer
 * more. It changes with a new major version only.
 */

/* ─────────────────────────── loading ─────────────────────────── */

export type InitInput = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** Loads the module. Idempotent; a failed load can be tried again. In Node, and in the inline and script builds, needs no
 *  argument and no network, and every function works without it. Importing the package does nothing. */
export default function init(input?: InitInput | PromiseLike<InitInput>): Promise<void>;
/** The same, at once, from bytes or a compiled module. */
export function initSync(input: BufferSource | WebAssembly.Module): void;
/** Which build runs: WebAssembly, or the JavaScript one for pages whose policy forbids it. */
export function backend(): "wasm" | "js";

/* ─────────────────────────── errors ─────────────────────────── */

export type ErrorCode =
  | "not-initialized"      // call init() first
  | "invalid-input"        // the caller's fault; nothing was sent
  | "network"              // no answer: connection refused, reset, CORS, offline
  | "timeout"              // no answer in ClientOptions.timeout
  | "http-status"          // an answer with a status outside 200-299; see `status`
  | "malformed-response"   // an answer that is not what the endpoint gives (HTML, empty, cut off)
  | "session-lost"         // Ret 1100, 1101, 1102, -14
  | "rate-limited"         // Ret 1205, 1105; gateway alike
  | "account-barred"       // Ret 1203
  | "target-refused"       // Ret 1204
  | "rejected"             // any other Ret that is not 0; see `ret`
  | "empty-image"          // 200 with 0 bytes
  | "not-an-image"         // bytes that are no picture (an HTML page, say)
  | "wrong-image"          // a picture, but not the expected one (length or md5)
  | "resume-mismatch"      // the checkpoint belongs to another file, target or chunk size
  | "gateway-failed"       // gateway code other than 1000, or no URL
  | "internal";            // a bug here; the module has recovered and can be used again

/** Every rejection is one of these, but for an abort: that rejects with `signal.reason`, as fetch does.
 *  Messages name the step and the place ("webwxuploadmedia, chunk 3 of 7: Ret 1205"), never a key, ticket or Sid. */
export class WebwxError extends Error {
  readonly name: "WebwxError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** BaseResponse.Ret, or the gateway's code as a number. */
  readonly ret?: number;
  readonly status?: number;
  /** Set when an upload stopped part-way: hand it to the next upload of the same file. */
  readonly checkpoint?: Checkpoint;
  readonly cause?: unknown;
  /** Works across realms and bundles, where instanceof does not. */
  static is(value: unknown): value is WebwxError;
}

/* ─────────────────────────── bytes ─────────────────────────── */

/** A string is a `blob:`, `data:`, `http:` or `https:` URL, and is fetched. */
export type BytesSource = Blob | BufferSource | Response | URL | string;

export interface Progress {
  step: "read" | "hash" | "upload" | "send" | "download";
  /** Bytes; `total` is null where it is not known. `loaded` never goes back within one step of one job. */
  loaded: number;
  total: number | null;
  /** Upload only: accepted chunks, and their count. */
  chunk?: number;
  chunks?: number;
}

export interface JobOptions {
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** Lower-case hex MD5, in constant memory for a Blob, with the page kept responsive. */
export function md5(source: BytesSource, options?: JobOptions): Promise<string>;

export class Md5 {
  constructor();
  update(data: BufferSource): this;
  /** Ends the hash: 32 lower-case hex digits. */
  digest(): string;
  free(): void;
  [Symbol.dispose](): void;
}

export function toBase64(source: BytesSource): Promise<string>;
export function toDataUrl(source: BytesSource): Promise<string>;
/** Standard or URL-safe alphabet, padded or not; anything else is invalid-input. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer>;

export interface ImageInfo {
  /** From the bytes, not from the name: "image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", … */
  type: string;
  extension: string;
  width: number;
  height: number;
  size: number;
}
/** Reads only the head of a Blob. Rejects with not-an-image or empty-image. */
export function inspectImage(source: BytesSource): Promise<ImageInfo>;

/* ─────────────────────────── incoming content ─────────────────────────── */

interface MessageBase {
  /** The group prefix's name, without the colon; null if there is none. */
  sender: string | null;
  /** The content without its prefix and with its outer escaping undone: what a gateway and a forward want. */
  content: string;
  /** What was odd but readable, as stable strings ("aeskey: 31 hex digits", …). */
  warnings: string[];
}

export interface ImageVariant {
  cdnUrl: string | null;
  aesKey: string | null;
  length: number | null;
  width: number | null;
  height: number | null;
}

export interface ImageMessage extends MessageBase {
  kind: "image";
  md5: string | null;
  aesKey: string | null;
  encryVer: number | null;
  thumbnail: ImageVariant | null;   // cdnthumb…
  normal: ImageVariant | null;      // cdnmid… and length
  hd: ImageVariant | null;          // cdnbigimgurl, cdnhd… and hdlength
  /** Every attribute of <img>, verbatim (entities decoded), in document order. */
  attributes: Record<string, string>;
}
export interface EmojiMessage extends MessageBase {
  kind: "emoji";
  md5: string | null;
  length: number | null;
  width: number | null;
  height: number | null;
  cdnUrl: string | null;
  attributes: Record<string, string>;
}
/** Web's "@hex" content: only good for forwarding. */
export interface OpaqueMessage extends MessageBase { kind: "opaque" }
/** Well-formed, but no picture: `element` is the first child of <msg> ("videomsg", "appmsg", …), or the root's name. */
export interface OtherMessage extends MessageBase { kind: "other"; element: string }
/** No XML at all: ordinary text. */
export interface TextMessage extends MessageBase { kind: "text" }

export type Message = ImageMessage | EmojiMessage | OpaqueMessage | OtherMessage | TextMessage;

/** Reads the Content of a received message in any of its forms. Throws invalid-input only for more than 1 MiB. Never expands
 *  a document's own entities. */
export function parseMessage(content: string): Message;

export interface CdnFile {
  fileId: string;
  /** Unix seconds. */
  uploadedAt: number;
  /** The remaining integers, as unsigned numbers, in the order of docs/protocol.md, "CDN". */
  fields: { a: number; b: number; c: number; flags: number };
}
/** Decodes the hex DER of a cdn…url. Throws invalid-input. */
export function decodeCdnUrl(hex: string): CdnFile;
/** AES-128-ECB, PKCS#7. `aesKey` is 32 hex digits. Throws invalid-input for a bad key, length or padding. */
export function decryptCdnImage(bytes: BufferSource, aesKey: string): Uint8Array<ArrayBuffer>;

/* ─────────────────────────── session ─────────────────────────── */

/** Plain data, so that it can be posted from the page's main world to an extension. Strings are trimmed. */
export interface Session {
  uin: number | string;
  sid: string;
  skey: string;
  /** One's own "@…" name: FromUserName. */
  userName: string;
  /** Cookie webwx_data_ticket. */
  dataTicket: string;
  /** "undefined" goes on the wire when there is none. */
  passTicket?: string;
  /** Made when absent: "e" and 15 digits. */
  deviceId?: string;
  /** Default "https://wx.qq.com". */
  origin?: string;
  /** From `origin` by the host table when absent. */
  fileOrigin?: string;
  /** Default "zh_CN". */
  lang?: string;
}

/** Reads the session of the logged-in Web page that this script runs in (main world). Rejects nothing: throws session-lost, naming
 *  what is missing. */
export function sessionFromPage(page?: Window): Session;

/* ─────────────────────────── WeChat Web ─────────────────────────── */

export interface RetryOptions {
  /** Retries of one request after its first try; default 3. 0 turns retries off. */
  limit?: number;
  /** First wait in ms, doubled each time, with jitter, capped at `maxDelay`; default 500 and 10 000. */
  delay?: number;
  maxDelay?: number;
}

export interface ClientOptions {
  /** Called as fetch(url, init), without this. Its answer needs status, headers, text(), arrayBuffer(), blob(), body. */
  fetch?(url: string, init: RequestInit): Promise<Response>;
  retry?: RetryOptions;
  /** ms for one request; default 60 000. */
  timeout?: number;
  /** Bytes; default and maximum 524 288. */
  chunkSize?: number;
  /** Chunks in flight at once; default 1. The last chunk always goes alone. */
  concurrency?: number;
  /** Default 1. */
  uploadType?: 1 | 2;
  /** Send the page's three reportforweb counters. Default false. */
  reportForWeb?: boolean;
  /** Origins that the session's values may go to, beside the host table's (https) and loopback. */
  allowedOrigins?: string[];
  /** For tests: ms since the epoch, and 0 ≤ n < 1. */
  now?(): number;
  random?(): number;
}

export interface UploadOptions extends JobOptions {
  /** Receiver's "@…" name. */
  to: string;
  /** File name on the wire; default: the File's own, or "image.<extension>". */
  name?: string;
  resume?: Checkpoint;
  /** Called after each accepted chunk. */
  onCheckpoint?(checkpoint: Checkpoint): void;
}

/** Plain JSON data; holds no credentials. */
export interface Checkpoint {
  version: 1;
  md5: string;
  size: number;
  to: string;
  chunkSize: number;
  clientMediaId: number;
  deviceId: string;
  /** 0-based index of the first chunk that was not accepted. */
  nextChunk: number;
}

export interface UploadedMedia {
  mediaId: string;
  md5: string;
  size: number;
  type: string;
  thumbnail: { width: number; height: number };
  /** The server already had the file (webwxcheckupload). */
  instant: boolean;
  aesKey?: string;
  signature?: string;
}

export interface SendReceipt {
  msgId: string;
  localId: string;
  media: UploadedMedia;
}

export interface DownloadedImage extends ImageInfo {
  blob: Blob;
  md5: string;
  /** Which fact of `expect` the bytes were held against: "none" without `expect`. */
  verified: "md5" | "length" | "none";
  /** For instance "md5 differs from the message's". */
  warnings: string[];
}

export interface DownloadOptions extends JobOptions {
  /** Default "full". */
  size?: "full" | "thumbnail" | "big";
  /** The parsed message: the bytes must then be one of its variants, or the download rejects with wrong-image. */
  expect?: ImageMessage;
}

export type SendOutcome =
  | { index: number; status: "sent"; receipt: SendReceipt }
  | { index: number; status: "failed"; error: WebwxError };

export class WebWx {
  constructor(session: Session, options?: ClientOptions);
  readonly origin: string;
  readonly fileOrigin: string;

  /** Hash, upload, send. A retry never sends twice: the same ClientMsgId goes with every try. */
  sendImage(source: BytesSource, options: UploadOptions): Promise<SendReceipt>;
  /** Many images, to one receiver, in the given order; the next is hashed and uploaded while one is being sent. One failure does not stop the
   *  rest; leaving the loop or aborting does. */
  sendImages(sources: Iterable<BytesSource>, options: Omit<UploadOptions, "resume" | "name">): AsyncIterableIterator<SendOutcome>;
  upload(source: BytesSource, options: UploadOptions): Promise<UploadedMedia>;
  send(media: UploadedMedia, options: { to: string; signal?: AbortSignal }): Promise<SendReceipt>;
  /** Sends a received image on without uploading. */
  forward(message: ImageMessage | OpaqueMessage, options: { to: string; signal?: AbortSignal }): Promise<{ msgId: string; localId: string }>;
  /** `msgId` is a string: it does not fit a double. */
  download(msgId: string, options?: DownloadOptions): Promise<DownloadedImage>;

  free(): void;
  [Symbol.dispose](): void;
}

export interface UploadMediaRequestInit {
  session: Session & { deviceId: string };
  to: string;
  clientMediaId: number;
  totalLen: number;
  fileMd5: string;
  uploadType?: 1 | 2;
  aesKey?: string;
  signature?: string;
}
/** The `uploadmediarequest` field, as JSON text in the wire's key order. */
export function buildUploadMediaRequest(init: UploadMediaRequestInit): string;

/* ─────────────────────────── getMsgImg gateway ─────────────────────────── */

export interface GatewayOptions {
  /** Raw Authorization value. */
  authorization: string;
  /** Default "http://localhost:18081". */
  origin?: string;
  fetch?: ClientOptions["fetch"];
  retry?: RetryOptions;
  timeout?: number;
}

export interface GetMsgImgRequest {
  wId: string;
  /** Goes on the wire in the form given: a number or bigint as JSON number (all digits), a string as JSON string. */
  msgId: number | bigint | string;
  fromUser: string;
  toUser: string;
  /** The received content; a group prefix and outer escaping are removed. No <img> in it: invalid-input, and no request. */
  content: string;
  type?: 0 | 1;
}

export class Gateway {
  constructor(options: GatewayOptions);
  getMsgImg(request: GetMsgImgRequest, options?: { signal?: AbortSignal }): Promise<{ url: string; message: string }>;
  /** getMsgImg, then the image itself (no credentials go to its host), checked against the content. */
  download(request: GetMsgImgRequest, options?: JobOptions): Promise<DownloadedImage & { url: string }>;
  free(): void;
  [Symbol.dispose](): void;
}

/* ─────────────────────────── userscripts ─────────────────────────── */

/** A fetch for ClientOptions.fetch made of a userscript manager's GM_xmlhttpRequest (or GM.xmlHttpRequest): FormData and binary bodies, abort,
 *  headers, no CORS. */
export function gmFetch(gm: (details: object) => unknown): NonNullable<ClientOptions["fetch"]>;
