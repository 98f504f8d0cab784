/** wechat4u, a public client, made to believe that it has logged in at the stand-in. */
import Wechat from "wechat4u";

/** @returns {(picture: Uint8Array) => Promise<string>} sends, and gives the MsgID */
export function wechat4u({ session, origin, fileOrigin, peer }) {
  const client = new Wechat();
  const { uin, sid, skey, passTicket, dataTicket: webwxDataTicket } = session;
  Object.assign(client.PROP, { uin: String(uin), sid, skey, passTicket, webwxDataTicket });
  Object.assign(client.COOKIE, { wxuin: uin, wxsid: sid, webwx_data_ticket: webwxDataTicket });
  client.user.UserName = session.userName;
  for (const [name, value] of Object.entries(client.CONF).filter(([key]) => key.startsWith("API_"))) {
    const { pathname, search } = new URL(value);
    client.CONF[name] = new URL(pathname + search, name === "API_webwxuploadmedia" ? fileOrigin : origin).href;
  }
  return async ({ buffer, byteOffset, byteLength }) => {
    const { mediaId } = await client.uploadMedia(Buffer.from(buffer, byteOffset, byteLength), "picture.bmp", peer);
    return (await client.sendPic(mediaId, peer)).MsgID;
  };
}
