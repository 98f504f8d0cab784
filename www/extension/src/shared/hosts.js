/** The pages of WeChat Web, and those of the File Transfer Helper, as the manifest lists them. */
const WEB = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];
const FILE_HELPER = ["filehelper.weixin.qq.com", "szfilehelper.weixin.qq.com", "cmfilehelper.weixin.qq.com"];

/** @param {string[]} hosts @param {string | undefined} origin */
const isOneOf = (hosts, origin) => hosts.some((host) => origin === `https://${host}`);

/** @param {string | undefined} origin */
export const isFileHelper = (origin) => isOneOf(FILE_HELPER, origin);

/** @param {string | undefined} origin */
export const isWeChat = (origin) => isOneOf(WEB, origin) || isFileHelper(origin);
