/** Codes of errors after which every further request makes it worse: nothing more is sent or asked for. */
export const STOPPING = ["session-lost", "rate-limited", "account-barred"];
