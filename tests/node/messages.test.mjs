/** parseMessage as the package gives it: the shape of what comes out, for every form that comes in. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseMessage } from "webwx-image";

import { projectPath } from "./standin.mjs";

const sender = "@f8842db9faf385cf064acb658e58e892";
const cdnUrl = "3053020100044c304a0201";
const key = "cf4e4e8e30ce96543c5e1a025929b026";
const digest = "f97298b06aba35c3f4d3c74c39f92a51";
const xml =
  `<?xml version="1.0"?>\n<msg>\n\t<img zeta="last first" aeskey="${key}" encryver="1" cdnthumburl="${cdnUrl}"` +
  ` cdnthumblength="5376" cdnthumbheight="80" cdnthumbwidth="120" cdnmidimgurl="${cdnUrl}" length="428753"` +
  ` hdlength="0" md5="${digest.toUpperCase()}" note="a &amp; b &lt;c&gt;" />\n</msg>\n`;
const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br/>");

const image = {
  kind: "image",
  md5: digest,
  aesKey: key,
  encryVer: 1,
  thumbnail: { cdnUrl, aesKey: null, length: 5376, width: 120, height: 80 },
  normal: { cdnUrl, aesKey: key, length: 428753, width: null, height: null },
  hd: null,
  attributes: {
    zeta: "last first",
    aeskey: key,
    encryver: "1",
    cdnthumburl: cdnUrl,
    cdnthumblength: "5376",
    cdnthumbheight: "80",
    cdnthumbwidth: "120",
    cdnmidimgurl: cdnUrl,
    length: "428753",
    hdlength: "0",
    md5: digest.toUpperCase(),
    note: "a & b <c>",
  },
  sender: null,
  content: xml,
  warnings: [],
};

test("an image reads the same in every form, with null for what is not there", () => {
  const forms = {
    plain: [xml, null],
    escaped: [escape(xml), null],
    "behind a Web prefix": [`${sender}:<br/>${xml}`, sender],
    "escaped behind a Web prefix": [`${sender}:<br/>${escape(xml)}`, sender],
    "behind a gateway's prefix": [`wxid_wl9qchkanp9u22:\n${xml}`, "wxid_wl9qchkanp9u22"],
  };
  for (const [name, [content, from]] of Object.entries(forms)) {
    assert.deepEqual(parseMessage(content), { ...image, sender: from }, name);
  }
});

test("attributes are all there, verbatim, in the order of the document", () => {
  const { attributes } = parseMessage(escape(xml));
  assert.deepEqual(Object.keys(attributes), Object.keys(image.attributes));
  assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
});

test("an attribute named __proto__ is an attribute", () => {
  for (const element of ["img", "emoji"]) {
    const { attributes } = parseMessage(`<msg><${element} a="1" __proto__="polluted" md5="2" /></msg>`);
    assert.deepEqual(Object.entries(attributes), [["a", "1"], ["__proto__", "polluted"], ["md5", "2"]]);
    assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
  }
});

test("an image that says little has nulls, and variants only where there are facts", () => {
  assert.deepEqual(parseMessage('<msg><img length="15444" hdlength="0" /></msg>'), {
    kind: "image",
    md5: null,
    aesKey: null,
    encryVer: null,
    thumbnail: null,
    normal: { cdnUrl: null, aesKey: null, length: 15444, width: null, height: null },
    hd: null,
    attributes: { length: "15444", hdlength: "0" },
    sender: null,
    content: '<msg><img length="15444" hdlength="0" /></msg>',
    warnings: [],
  });
});

test("an emoticon, an opaque content, another message and a text have what their kinds have", () => {
  const emoji =
    '<msg><emoji md5="a86a5faab306dcc2051d5b33a21ef374" len="8413" cdnurl="http://x/?a=1&amp;b=2" width="100" /></msg>';
  assert.deepEqual(parseMessage(emoji), {
    kind: "emoji",
    md5: "a86a5faab306dcc2051d5b33a21ef374",
    length: 8413,
    width: 100,
    height: null,
    cdnUrl: "http://x/?a=1&b=2",
    attributes: {
      md5: "a86a5faab306dcc2051d5b33a21ef374",
      len: "8413",
      cdnurl: "http://x/?a=1&b=2",
      width: "100",
    },
    sender: null,
    content: emoji,
    warnings: [],
  });
  const opaque = `@${"0f".repeat(64)}`;
  assert.deepEqual(parseMessage(`${sender}:<br/>${opaque}`), { kind: "opaque", sender, content: opaque, warnings: [] });
  const video = '<msg><videomsg length="1" /></msg>';
  assert.deepEqual(parseMessage(video), {
    kind: "other",
    element: "videomsg",
    sender: null,
    content: video,
    warnings: [],
  });
  assert.deepEqual(parseMessage(`${sender}:<br/>hello`), { kind: "text", sender, content: "hello", warnings: [] });
  assert.deepEqual(parseMessage(""), { kind: "text", sender: null, content: "", warnings: [] });
});

test("what is odd but readable is warned about", () => {
  const short = parseMessage('<msg><img aeskey="cf4e4e8e30ce96543c5e1a025929b02" length="many" /></msg>');
  assert.deepEqual(short.warnings, ["aeskey: 31 hex digits", "length: not a number"]);
  assert.equal(short.aesKey, "cf4e4e8e30ce96543c5e1a025929b02");
  assert.equal(short.normal, null);
});

test("a picture inside a quote is not this message's, and a document's own entities are never expanded", () => {
  const quote = `<msg><appmsg><refermsg><content>${escape(xml)}</content></refermsg></appmsg></msg>`;
  assert.deepEqual([parseMessage(quote).kind, parseMessage(quote).element], ["other", "appmsg"]);
  const bomb = '<!DOCTYPE msg [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]><msg><img md5="&b;" length="1" /></msg>';
  const { attributes, warnings } = parseMessage(bomb);
  assert.deepEqual([attributes.md5, attributes.length], ["&b;", "1"]);
  assert.ok(warnings.includes("document type: not read"));
});

test("each answer is its own: changing one changes no other", () => {
  const first = parseMessage(xml);
  first.attributes.md5 = "changed";
  first.warnings.push("changed");
  assert.deepEqual(parseMessage(xml), image);
});

test("the samples from the wild are what they are known to be", async () => {
  const known = {
    "img_seed_gateway_hd.xml": { kind: "image", hd: 7706923 },
    "img_group_prefix.txt": { kind: "image", sender: true, hd: 654 },
    "img_sechash_live.xml": { kind: "image" },
    "img_minimal.xml": { kind: "image" },
    "img_malformed.xml": { kind: "image", warns: true },
    "img_attrorder.xml": { kind: "image" },
    "img_escaped.txt": { kind: "image" },
    "img_escaped_group_prefix.txt": { kind: "image", sender: true },
    "img_opaque.txt": { kind: "opaque" },
    "img_space_after_lt.txt": { kind: "image", warns: true },
    "emoji.xml": { kind: "emoji" },
    "video_private.xml": { kind: "other", element: "videomsg" },
    "appmsg_file_escaped_group_prefix.txt": { kind: "other", element: "appmsg", sender: true },
    "appmsg_quote_image.xml": { kind: "other", element: "appmsg" },
    "html_504_not_an_image.html": { kind: "other", element: "html" },
  };
  for (const [name, expected] of Object.entries(known)) {
    const message = parseMessage(await readFile(projectPath(`tests/fixtures/messages/${name}`), "utf8"));
    const { kind, element, hd } = message;
    assert.deepEqual({ kind, element }, { kind: expected.kind, element: expected.element }, name);
    assert.equal(hd?.length, expected.hd, name);
    assert.equal(message.sender !== null, expected.sender ?? false, name);
    if (kind === "image") {
      assert.equal(message.warnings.length > 0, expected.warns ?? false, name);
    }
  }
});
