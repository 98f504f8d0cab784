import { roundTrip } from "../round-trip.mjs";

globalThis.result = roundTrip({ init: WebwxImage.default, ...WebwxImage });
