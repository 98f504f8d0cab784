// What the documents' code has around it, besides the platform: the page of WeChat Web, and a userscript manager.

/** A message of the page, as it came. */
interface PageMessage {
  MsgId: string;
  MsgType: number;
  Content: string;
  /** Unix seconds. */
  CreateTime: number;
  /** Of one's own messages: 2 once the service has it. */
  MMStatus?: number;
}

interface ChatFactory {
  getChatMessage(userName: string): PageMessage[];
}

declare const angular: { element(node: Document): { injector(): { get(name: "chatFactory"): ChatFactory } } };

declare const unsafeWindow: Window & { angular: typeof angular };
declare const GM_xmlhttpRequest: (details: object) => unknown;

/** As much of sharp as the recipe uses. */
declare module "sharp" {
  interface Sharp {
    rotate(): Sharp;
    png(): Sharp;
    jpeg(options: { quality: number }): Sharp;
    toBuffer(): Promise<Uint8Array>;
  }
  export default function sharp(image: ArrayBuffer): Sharp;
}
