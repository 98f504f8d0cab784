import { hydrate } from "./app.js";

globalThis.result = hydrate();
