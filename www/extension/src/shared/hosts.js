/** The pages of WeChat Web, as the manifest lists them. */
const HOSTS = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];

/** @param {string | undefined} origin */
export const isWeChat = (origin) => HOSTS.some((host) => origin === `https://${host}`);
