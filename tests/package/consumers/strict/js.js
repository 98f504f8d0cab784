import init, { WebWx, backend } from "../node_modules/webwx-image/dist/js.js";
import { roundTrip } from "../round-trip.mjs";

globalThis.result = roundTrip({ init, WebWx, backend });
