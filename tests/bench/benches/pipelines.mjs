/**
 * What sends a picture where webwx-image does not: the floor, which is the requests alone, and the pipeline that people
 * write by hand.
 */
const CHUNK = 524_288;

/** As often as it is asked, another number of 13 digits. */
let lastId = 1_700_000_000_000;

/**
 * @param {object} standin its first line
 * @param {Record<string, string>} headers what a platform that keeps no cookies has to send along
 */
export function pipelines({ origin, fileOrigin, session, peer }, headers) {
  const { uin, sid, skey, userName, passTicket, dataTicket } = session;
  const DeviceID = "e123456789012345";
  const BaseRequest = { Uin: uin, Sid: sid, Skey: skey, DeviceID };

  async function post(url, body, more) {
    const init = { method: "POST", credentials: "include", headers: { ...headers, ...more }, body };
    const response = await fetch(url, init);
    const answer = await response.json();
    if (answer.BaseResponse.Ret !== 0) {
      throw new Error(`${url}: Ret ${answer.BaseResponse.Ret} ${answer.BaseResponse.ErrMsg}`);
    }
    return answer;
  }

  function form(blob, chunk, request) {
    const chunks = Math.ceil(blob.size / CHUNK);
    const part = blob.slice(chunk * CHUNK, (chunk + 1) * CHUNK, "image/bmp");
    const fields = {
      id: "WU_FILE_0",
      name: "picture.bmp",
      type: "image/bmp",
      lastModifiedDate: String(new Date()),
      size: blob.size,
      ...(chunks > 1 && { chunks, chunk }),
      mediatype: "pic",
      uploadmediarequest: request,
      webwx_data_ticket: dataTicket,
      pass_ticket: passTicket,
    };
    const data = new FormData();
    Object.entries(fields).forEach(([name, value]) => data.append(name, String(value)));
    data.append("filename", part, "picture.bmp");
    return data;
  }

  /** Uploads, and sends; gives the MsgID. */
  async function send(blob, FileMd5) {
    lastId += 1;
    const request = JSON.stringify({
      UploadType: 1,
      BaseRequest,
      ClientMediaId: lastId,
      TotalLen: blob.size,
      StartPos: 0,
      DataLen: blob.size,
      MediaType: 4,
      FromUserName: userName,
      ToUserName: peer,
      FileMd5,
    });
    let MediaId;
    for (let chunk = 0; chunk * CHUNK < blob.size; chunk += 1) {
      const url = `${fileOrigin}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json`;
      ({ MediaId } = await post(url, form(blob, chunk, request)));
    }
    const LocalID = `${lastId}1234`;
    const ids = { FromUserName: userName, ToUserName: peer, LocalID, ClientMsgId: LocalID };
    const message = { BaseRequest, Msg: { Type: 3, MediaId, Content: "", ...ids }, Scene: 0 };
    const query = `fun=async&f=json&lang=zh_CN&pass_ticket=${encodeURIComponent(passTicket)}`;
    const url = `${origin}/cgi-bin/mmwebwx-bin/webwxsendmsgimg?${query}`;
    return (await post(url, JSON.stringify(message), { "content-type": "application/json;charset=UTF-8" })).MsgID;
  }

  return {
    /** Nothing hashed: the digest is known. */
    floor: send,
    async byHand(blob, SparkMD5) {
      return send(blob, SparkMD5.ArrayBuffer.hash(await blob.arrayBuffer()));
    },
    /** The picture of a message. */
    async picture(MsgID) {
      const query = new URLSearchParams({ MsgID, skey });
      const url = `${origin}/cgi-bin/mmwebwx-bin/webwxgetmsgimg?${query}`;
      return new Uint8Array(await (await fetch(url, { credentials: "include", headers })).arrayBuffer());
    },
  };
}
