// Does the same round trip as the others, when its background says so.
chrome.runtime.onMessage.addListener((message, sender, respond) => {
  roundTrip().then(respond, (error) => respond({ error: String(error) }));
  return true;
});

async function roundTrip() {
  const { session, peer } = await (await fetch("/__standin/session")).json();
  const picture = await (await fetch("/www/picture.jpg")).blob();
  const wx = new WebwxImage.WebWx(session);
  const { msgId, media } = await wx.sendImage(picture, { to: peer });
  const image = await wx.download(msgId);
  return { backend: WebwxImage.backend(), sent: media.md5, received: image.md5 };
}
