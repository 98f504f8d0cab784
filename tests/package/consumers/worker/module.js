import init, { WebWx, backend } from "../node_modules/webwx-image/dist/index.js";
import { roundTrip } from "../round-trip.mjs";

postMessage(await roundTrip({ init, WebWx, backend }));
