// The common uses in a page. They are not run: they compile, and what must not compile is marked so.
import init, {
  backend,
  buildUploadMediaRequest,
  decryptCdnImage,
  decryptCdnStream,
  diagnosePage,
  encryptCdnImage,
  encryptCdnStream,
  encryptedCdnSize,
  fromBase64,
  Gateway,
  initSync,
  inspectImage,
  isOpenChat,
  Md5,
  md5,
  openChat,
  pageMessages,
  parseMessage,
  picturesIn,
  sessionFromPage,
  showInPage,
  stripMetadata,
  toBase64,
  toDataUrl,
  watchPage,
  WebWx,
  WebwxError,
} from "webwx-image";
import type { Checkpoint, CustomForm, DownloadedImage, FormAsk, GatewayMessage, ImageMessage, Message, Progress, SendItem, SendReceipt, Session } from "webwx-image";

export async function loading(bytes: ArrayBuffer): Promise<"wasm" | "js"> {
  await init();
  await init("/assets/webwx_image_bg.wasm");
  await init(new URL("https://example.org/webwx_image_bg.wasm"));
  await init(fetch("/assets/webwx_image_bg.wasm"));
  await init(bytes);
  initSync(bytes);
  initSync(new WebAssembly.Module(bytes));
  return backend();
}

export async function sending(file: File, peer: string, signal: AbortSignal): Promise<SendReceipt> {
  using wx = new WebWx(sessionFromPage());
  let bar = 0;
  const receipt = await wx.sendImage(file, {
    to: peer,
    signal,
    onProgress: ({ step, loaded, total }: Progress) => {
      bar = step === "upload" && total !== null ? loaded / total : bar;
    },
  });
  const id: string = receipt.msgId;
  // @ts-expect-error: it does not fit a number
  const number: number = receipt.msgId;
  // @ts-expect-error: a receiver is a name
  await wx.sendImage(file, { to: null });
  await wx.sendImage(file);
  await wx.sendImage(file, { to: peer, name: undefined });
  console.log(id, number, bar);
  return receipt;
}

export async function goingOn(wx: WebWx, file: File, peer: string): Promise<SendReceipt> {
  const errors: WebwxError[] = [];
  await wx.sendImage(file, { to: peer }).catch((error: WebwxError) => errors.push(error));
  const [error] = errors;
  // With exactOptionalPropertyTypes: what an error or a setting may lack is an option all the same.
  const settings: { signal?: AbortSignal; timeout?: number } = {};
  new WebWx(sessionFromPage(), { timeout: settings.timeout, fetch: undefined, retry: { limit: undefined } });
  return wx.sendImage(file, { to: peer, signal: settings.signal, resume: error?.checkpoint, onProgress: undefined });
}

export async function manySending(wx: WebWx, files: FileList, peer: string, stopped: Map<string, Checkpoint>): Promise<string[]> {
  const items: SendItem[] = Array.from(files, (source) => ({ source, name: source.name, resume: stopped.get(source.name) }));
  const lines: string[] = [];
  const outcomes = wx.sendImages(["data:,", ...items], {
    to: peer,
    onProgress: ({ index, listed, count, loaded, total }) => {
      const numbers: [number, number, number] = [index, listed, loaded];
      // @ts-expect-error: a list may not know how many it has
      const all: number = count;
      lines.push(`${numbers.join()} of ${all} ${total ?? "?"}`);
    },
    onCheckpoint: (checkpoint, index) => stopped.set(files[index]?.name ?? "", checkpoint),
  });
  for await (const outcome of outcomes) {
    lines.push(outcome.status === "sent" ? (outcome.receipt.warnings ?? []).join() : outcome.error.message);
  }
  // @ts-expect-error: a name is a single image's
  wx.sendImages(files, { to: peer, name: "a.png" });
  // @ts-expect-error: no such option
  await wx.sendImage(files[0]!, { to: peer, onprogress: () => {} });
  return lines;
}

export function inPage(receipt: SendReceipt): string {
  const chat = openChat();
  // @ts-expect-error: no chat may be open
  const name: string = chat.name;
  // @ts-expect-error: a receiver must be named
  showInPage(receipt, {});
  const isShown: boolean = chat !== null && isOpenChat(chat.userName, window) && showInPage(receipt, { to: chat.userName, page: window });
  return isShown ? name : "";
}

export async function inParts(session: Session, source: string | Blob | Uint8Array<ArrayBuffer>): Promise<string> {
  const wx = new WebWx(session, { uploadType: 2, timeout: 10_000, retry: { limit: 0 } });
  let checkpoint: Checkpoint | undefined;
  try {
    const media = await wx.upload(source, { to: "@1", onCheckpoint: (reached) => (checkpoint = reached) });
    const { msgId } = await wx.send(media, { to: "@1" });
    return msgId;
  } catch (error) {
    if (!WebwxError.is(error)) {
      throw error;
    }
    checkpoint = error.checkpoint ?? checkpoint;
    switch (error.code) {
      case "session-lost":
        return `log in again (Ret ${error.ret ?? "?"})`;
      case "http-status":
        return `status ${error.status ?? "?"}`;
      default:
        return error.retryable ? `later: ${checkpoint?.nextChunk ?? 0}` : error.message;
    }
  } finally {
    wx.free();
  }
}

export async function receiving(wx: WebWx, msgId: string, content: string): Promise<Blob | null> {
  const message: Message = parseMessage(content);
  if (message.kind !== "image") {
    return null;
  }
  const expect: ImageMessage = message;
  const image: DownloadedImage = await wx.download(msgId, { expect });
  await wx.download(msgId, { expect: parseMessage(content) });
  await wx.download(msgId, { size: "thumbnail" });
  // @ts-expect-error: an id as a number has lost its last digits
  await wx.download(8997396119269472610);
  const facts: [string, number | null, "md5" | "length" | "none"] = [image.type, image.width, image.verified];
  console.log(facts, message.hd?.length, message.attributes["aeskey"]);
  return image.blob;
}

export async function throughTheGateway(content: string): Promise<string> {
  using gateway = new Gateway({ authorization: "token" });
  const request = { wId: "w", msgId: 8997396119269472610n, fromUser: "a", toUser: "b", content };
  const { url } = await gateway.getMsgImg(request);
  const image = await gateway.download({ ...request, msgId: "8997396119269472610", type: 1 });
  return url + image.md5;
}

export async function gatewaysOfEveryForm(content: string, origin: string): Promise<(string | null)[]> {
  const options = { authorization: "token", origin };
  const gewe = new Gateway({ ...options, form: "gewe", fileBase: "http://localhost:2532/download" });
  const { url, variant } = await gewe.download({ appId: "a", content, size: ["hd", "normal"] });
  url satisfies string;
  const padpro = new Gateway({ ...options, form: "padpro" });
  const sections = await padpro.download({ msgId: 1, fromUser: "a", toUser: "b", content }, { maxBytes: 1000 });
  // @ts-expect-error It gives the picture itself.
  sections.url satisfies string;
  const tools = new Gateway({ ...options, form: "tools" });
  await tools.download({ wxid: "w", content, size: "thumbnail" });
  const newer = new Gateway({ ...options, newerBody: true });
  await newer.download({ wId: "w", msgId: "1", content, type: 1 });
  // @ts-expect-error Half of the older body is neither.
  await newer.download({ wId: "w", msgId: "1", content, fromUser: "a" });
  // @ts-expect-error That is another form's message.
  await tools.download({ appId: "a", content });
  // @ts-expect-error No form of that name.
  new Gateway({ ...options, form: "geweb" });
  // @ts-expect-error No size of that name.
  await tools.download({ wxid: "w", content, size: "full" });

  interface ById extends GatewayMessage {
    id: number;
  }
  const form: CustomForm<ById> = {
    name: "mine",
    request: ({ id }, { size, start, total }) => ({ path: `/${id}/${size ?? ""}/${start}/${total ?? 0}` }),
    read: (body) => ({ base64: body, start: 0, total: 1 }),
  };
  const own = new Gateway({ ...options, form });
  await own.download({ id: 1, content });
  // @ts-expect-error Its message has an id.
  await own.download({ content });
  const literal = new Gateway({
    ...options,
    form: {
      name: "literal",
      request: (message: ById, ask: FormAsk) => ({ path: "/", body: { id: message.id, key: ask.authorization } }),
      read: (body: string) => (body === "" ? { failed: "nothing" } : { url: body }),
    },
  });
  await literal.download({ id: 1, content });
  // @ts-expect-error An answer says something.
  const silent: CustomForm = { name: "silent", request: () => ({ path: "/" }), read: () => ({}) };
  return [url, variant, sections.url, silent.name];
}

export function inside(message: Message, key: string, bytes: Uint8Array<ArrayBuffer>): [string | null, ReadableStream] {
  const [first] = [...picturesIn(message), ...picturesIn("<msg/>")];
  const encrypted = encryptCdnImage(bytes, key);
  const size: number = encryptedCdnSize(bytes.length) - decryptCdnImage(encrypted, key).length;
  const stream = new Blob([encrypted]).stream().pipeThrough(decryptCdnStream(key)).pipeThrough(encryptCdnStream(key));
  return [first?.normal?.cdnUrl ?? String(size), stream];
}

export async function bytes(blob: Blob): Promise<string> {
  const hash = new Md5();
  const digest = hash.update(new Uint8Array(2)).update(new ArrayBuffer(2)).digest();
  hash.free();
  const { type, width } = await inspectImage(blob);
  const picture = new Blob([fromBase64(await toBase64(blob))], { type });
  const { blob: stripped, removed, hadLocation } = await stripMetadata(picture);
  const told = removed.map(({ kind, bytes }) => `${kind}: ${bytes}`).join();
  return [await toDataUrl(picture), await md5(stripped), digest, width, told, hadLocation].join();
}

export function wire(session: Session): string {
  const known = { ...session, deviceId: "e426626750347587" };
  return buildUploadMediaRequest({ session: known, to: "@1", clientMediaId: 1, totalLen: 2, fileMd5: "" });
}

// @ts-expect-error: the internals of the module are not offered
export const internals = (wx: WebWx): unknown => wx.__wbg_ptr;

export function atTheFileTransferHelper(): [boolean, Message[]] {
  const isSeen: boolean = watchPage();
  const diagnosis: Record<string, boolean> = diagnosePage(window);
  // @ts-expect-error: not a value
  const value: string = diagnosis["cookie wxuin"];
  const times: (number | null)[] = pageMessages("filehelper", window).map(({ createTime }) => createTime);
  console.log(value, times);
  return [isSeen, pageMessages().map(({ content }) => parseMessage(content))];
}
