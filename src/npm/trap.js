/** How the JavaScript build ends where WebAssembly would trap. */
export class Trap extends Error {}
