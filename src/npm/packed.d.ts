/** The module, deflated and in base64: the build makes packed.js. */
export const packed: string;
