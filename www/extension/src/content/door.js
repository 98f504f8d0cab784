/**
 * Opens the way into the page's own world: hands one end of a channel to the bridge, which waits there already, before
 * the page has any script that could listen. The other end is kept for content.js, which comes when the page is there.
 */
import { KNOCK } from "../shared/knock.js";

const { port1, port2 } = new MessageChannel();
window.postMessage(KNOCK, location.origin, [port2]);
globalThis.webwxImagePort = port1;
