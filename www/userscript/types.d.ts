/** What a userscript manager gives the script, beside the library that it has run before. */
declare const unsafeWindow: undefined | Window;
declare const GM_xmlhttpRequest: undefined | ((details: object) => unknown);
declare const GM: { xmlHttpRequest(details: object): unknown };
declare const GM_registerMenuCommand: undefined | ((caption: string, onClick: () => unknown) => unknown);
