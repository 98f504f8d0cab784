// One component for both sides: imported on the server, where it uses nothing of the page, and run in the browser.
import init, { WebWx, backend, parseMessage } from "webwx-image";
import { roundTrip } from "../round-trip.mjs";

export const render = () => `<p>${parseMessage("hello").kind}</p>`;
export const hydrate = () => roundTrip({ init, WebWx, backend });
