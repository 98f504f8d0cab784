/** What people use where there is no webwx-image, by the names in the tables. */
export { md5 as noble } from "@noble/hashes/legacy.js";
export { bytesToHex } from "@noble/hashes/utils.js";
export { XMLParser } from "fast-xml-parser";
export { createMD5, md5 as hashWasm } from "hash-wasm";
export { Base64 } from "js-base64";
export { md5 as jsMd5 } from "js-md5";
export { default as SparkMD5 } from "spark-md5";
