import init, { WebWx, backend } from "webwx-image";
import { roundTrip } from "../round-trip.mjs";

console.log(JSON.stringify(await roundTrip({ init, WebWx, backend }, process.env.ORIGIN)));
