/** What a userscript manager gives the script; and the library, which it has read before. */
declare const WebwxImage: typeof import("webwx-image");
declare const unsafeWindow: undefined | Window;
declare const GM_xmlhttpRequest: undefined | ((details: object) => unknown);
declare const GM: { xmlHttpRequest(details: object): unknown };
declare const GM_registerMenuCommand: undefined | ((caption: string, onClick: () => unknown) => unknown);
