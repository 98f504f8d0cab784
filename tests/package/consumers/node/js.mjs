import init, { WebWx, backend } from "webwx-image/js";
import { roundTrip } from "../round-trip.mjs";

console.log(JSON.stringify(await roundTrip({ init, WebWx, backend }, process.env.ORIGIN)));
