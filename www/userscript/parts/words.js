/** What the script says, in English and Chinese: by the browser's language. */

const LANGUAGE = navigator.language.toLowerCase().startsWith("zh") ? 1 : 0;

/** @type {Record<string, readonly [string, string]>} */
const WORDS = {
  ask: ["Send to {0}?", "发送给 {0}？"],
  to: ["To {0}", "发送给 {0}"],
  send: ["Send", "发送"],
  cancel: ["Cancel", "取消"],
  retry: ["Try again", "重试"],
  close: ["Close", "关闭"],
  waiting: ["Waiting for the picture before it…", "等待前一张图片……"],
  read: ["Reading…", "正在读取……"],
  hash: ["Reading…", "正在读取……"],
  upload: ["Uploading, {0} %", "正在上传，{0}%"],
  download: ["Fetching, {0} %", "正在获取，{0}%"],
  sending: ["Sending…", "正在发送……"],
  sent: ["Sent.", "已发送。"],
  converted: ["{0} → {1}", "{0} → {1}"],
  convertedFrame: ["{0} → {1}, first frame only", "{0} → {1}，仅第一帧"],
  cancelled: ["Cancelled.", "已取消。"],
  failed: ["That failed.", "操作失败。"],
  otherChat: [
    "Not sent: another chat is open. Open the chat with {0}, then try again.",
    "未发送：当前打开的是其他聊天。请打开与 {0} 的聊天，然后重试。",
  ],
  unsure: [
    "It may have been delivered. Trying again here does not send it twice.",
    "对方可能已经收到。在这里重试不会重复发送。",
  ],
  save: ["Save original", "保存原图"],
  diagnose: ["What this page shows (for a bug report)", "本页面的诊断信息（用于错误报告）"],
  fileHelper: ["File Transfer Helper", "文件传输助手"],
  saveAll: ["Save all originals of the open chat", "保存当前聊天的全部原图"],
  saving: ["Original", "原图"],
  savingAll: ["Originals of the chat with {0}", "与 {0} 聊天的原图"],
  md5: ["Saved. Its MD5 is the message's.", "已保存，MD5 与消息一致。"],
  length: ["Saved. Its length is the message's.", "已保存，长度与消息一致。"],
  none: ["Saved. The message has nothing to verify it with.", "已保存。消息中没有可供核对的信息。"],
  tally: [
    "{0} of {1}: {2} saved, {3} saved before, {4} failed.",
    "{0}/{1}：已保存 {2}，此前已保存 {3}，失败 {4}。",
  ],
  noChat: ["Open a chat first.", "请先打开一个聊天。"],
  apart: [
    "The userscript manager isolates this script from the page. Set it to run in the page's own context.",
    "脚本管理器把本脚本与页面隔离开了，请改为在页面环境中运行。",
  ],
  noLibrary: [
    "The userscript manager did not load the library of this script, so it does nothing here. Install the script again.",
    "脚本管理器没有加载本脚本所需的库，因此脚本不起作用。请重新安装本脚本。",
  ],
};

/**
 * Errors of the library by their codes, in words that say what to do.
 *
 * @type {Record<string, readonly [string, string]>}
 */
const TROUBLES = {
  "session-lost": ["The session has ended: log in again, or reload the page once.", "登录已失效，请重新登录，或刷新一次页面。"],
  "rate-limited": ["Too many requests: wait some minutes.", "操作过于频繁，请等几分钟再试。"],
  "account-barred": ["This account cannot use WeChat Web.", "该账号不能使用微信网页版。"],
  "target-refused": ["Cannot send to this chat. Choose another one.", "无法发送到该聊天。请选择其他聊天。"],
  network: ["No response from WeChat.", "微信没有响应。"],
  timeout: ["WeChat did not respond in time.", "微信响应超时。"],
  "invalid-input": [
    "WeChat does not accept pictures of this type, and this browser cannot convert this one. Paste it as JPEG or PNG.",
    "微信不接受这种格式的图片，此浏览器也无法转换。请以 JPEG 或 PNG 格式粘贴。",
  ],
  "not-an-image": ["This is not a picture.", "这不是图片。"],
  "empty-image": ["The picture is empty.", "图片为空。"],
  "wrong-image": ["That is not the picture of the message.", "得到的不是消息里的那张图片。"],
};

/**
 * The sentence of that name, with the values at their places.
 *
 * @param {string} name
 * @param {...(string | number)} values
 */
export function t(name, ...values) {
  const sentence = WORDS[name]?.[LANGUAGE] ?? name;
  return sentence.replace(/\{(\d)\}/g, (_, place) => String(values[place]));
}

/**
 * An error in words, and below them the library's own, for whoever is to be asked about it.
 *
 * @param {any} error
 */
export function trouble(error) {
  return `${TROUBLES[error.code]?.[LANGUAGE] ?? t("failed")}\n${error.message}`;
}

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** A picture's type as people write it. @param {string} mime */
const typeName = (mime) => (mime === "image/webp" ? "WebP" : mime.replace(/^image\//, "").toUpperCase());

/**
 * What a picture was turned into, since the service takes none of its own type.
 *
 * @param {import("webwx-image").Conversion} converted
 */
export const conversion = ({ from, to, firstFrameOnly }) =>
  t(firstFrameOnly ? "convertedFrame" : "converted", typeName(from), typeName(to));
