/// <reference path="../../dist/index.d.ts" />
// A script that is no module: the single script's global.
const content: string = WebwxImage.parseMessage("hello").content;
const session: WebwxImage.Session = WebwxImage.sessionFromPage();
