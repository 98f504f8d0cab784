import { roundTrip } from "./round-trip.mjs";
import init, { backend, WebWx } from "./webwx-image/index.js";

globalThis.start = (standin) => roundTrip({ init, backend, WebWx }, standin);
