/** Contents of messages in the forms in which WeChat delivers them. Every name, key and id is invented. */

const KEY = "6b1f0c93d27e4a85b0d4419c7ae35f21";

/** DER: the file id “aupimg_5f2c81d09ab3e674_1700000000000”, uploaded in November 2023. */
const CDN_URL =
  "3053020100044c304a020100020417c2a90b02032f55f902045d7100cb020465538000042561" +
  "7570696d675f356632633831643039616233653637345f313730303030303030303030300204" +
  "010438010201000400";

const plain = `<?xml version="1.0"?>
<msg>
  <img aeskey="${KEY}" encryver="1" cdnthumbaeskey="${KEY}"
    cdnthumburl="${CDN_URL}" cdnthumblength="4187" cdnthumbheight="80" cdnthumbwidth="120"
    cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" cdnhdwidth="0"
    cdnmidimgurl="${CDN_URL}" length="318442"
    cdnbigimgurl="${CDN_URL}" hdlength="1402234"
    md5="2d1c7b9ae05f4c6f8f1d3e5a70b94c28" />
  <commenturl></commenturl>
</msg>`;

const escape = (xml) =>
  xml.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br/>");

const group = "@7c0e5d41b8f2963a7c0e5d41b8f2963a7c0e5d41b8f2963a7c0e5d41b8f2963a";

export const samples = {
  plain,
  escaped: escape(plain),
  group: `${group}:<br/>${escape(plain)}`,
  minimal: `<msg><img length="39766" hdlength="0" /><commenturl></commenturl></msg>`,
  opaque: "@9e41c06fb27d5803a1f6c8e2b4970d35e8a2f16c4b09d7735e1f80a6c2d94b17f3608a5d1c7e92b4",
  video: `<?xml version="1.0"?>
<msg>
  <videomsg aeskey="${KEY}" length="2614880" playlength="12" cdnthumblength="9120" cdnthumbwidth="288" cdnthumbheight="512" />
</msg>`,
};
