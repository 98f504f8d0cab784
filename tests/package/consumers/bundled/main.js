// The same for each bundler.
import init, { WebWx, backend } from "webwx-image";
import { roundTrip } from "../round-trip.mjs";

globalThis.result = roundTrip({ init, WebWx, backend });
