/**
 * What is said of a picture that did not go out: why, and one advice. Every code has its own sentence in both languages; the
 * library's own line is for those who want to report it.
 *
 * @typedef {import("../types.js").Item} Item
 */
import { t, typeName } from "./elements.js";

/** Errors that have a sentence of their own. A test holds them to the library's codes. */
export const TOLD = [
  "account-barred",
  "already",
  "cannot-strip",
  "empty-image",
  "file-changed",
  "http-status",
  "internal",
  "invalid-input",
  "malformed-response",
  "network",
  "not-an-image",
  "not-initialized",
  "not-stored",
  "other-chat",
  "other-login",
  "picture-gone",
  "rate-limited",
  "rejected",
  "resume-mismatch",
  "session-lost",
  "target-refused",
  "timeout",
  "wrong-image",
];

/** Causes of not knowing whether a message is out. The advice beside them is the same for all. */
const UNSURE = ["malformed-response", "network", "other-chat", "rate-limited", "session-lost", "timeout"];

/** @param {Item} item */
export function failure({ error, to, type }) {
  const { code = "" } = error ?? {};
  return t(TOLD.includes(code) ? `error_${code.replaceAll("-", "_")}` : "error_internal", "", to?.name ?? "", typeName(type));
}

/**
 * Of a picture whose message may be out: why that is not known, and what to do.
 *
 * @param {Item} item
 * @param {boolean} canRepeat as the same message
 */
export function unsure({ error, to }, canRepeat) {
  const code = error?.code ?? "page-ended";
  const cause = error === null ? t("pageEnded") : UNSURE.includes(code) ? t(`cause_${code.replaceAll("-", "_")}`, "", to?.name ?? "") : "";
  return [cause, t(canRepeat ? "stateUnsureHere" : "stateUnsure")].filter((sentence) => sentence !== "").join(" ");
}
