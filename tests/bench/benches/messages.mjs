/** Messages: the full object out of a content, beside a parser and the code that its user writes behind it. */

const TIMES = 200;
const BATCH = 10_000;

/** @type {import("../place.mjs").Bench} */
export async function messages({ library, peers, samples, DOMParser }) {
  const parser = new peers.XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", attributesGroupName: "$" });
  const readers = {
    "webwx-image": library.parseMessage,
    "fast-xml-parser": (content) => byHand(content, (xml) => parser.parse(xml).msg.img.$),
    ...(DOMParser && { DOMParser: (content) => byHand(content, (xml) => domAttributes(new DOMParser(), xml)) }),
  };
  const targets = { "fast-xml-parser": 2.5, ...(DOMParser && { DOMParser: 7 }) };
  const again = Array.from({ length: TIMES }, () => samples).flat();
  // No two alike, as in a chat.
  const batch = Array.from({ length: BATCH }, (_, index) =>
    samples[index % samples.length].replace(/\bmd5=("|&quot;).{8}/, (found) => found.slice(0, -8) + digits(index)),
  );
  const contest = (title, contents) => {
    const facts = contents.map((content) => factsOf(library.parseMessage(content)));
    return {
      title,
      contenders: Object.fromEntries(
        Object.entries(readers).map(([name, read]) => [name, () => contents.map((content) => read(content))]),
      ),
      check: (found) => {
        const wrong = found.findIndex((message, index) => factsOf(message) !== facts[index]);
        if (wrong >= 0) {
          throw new Error(`${factsOf(found[wrong])} instead of ${facts[wrong]}`);
        }
      },
      targets,
    };
  };
  return [
    contest(`${samples.length} messages read, ${TIMES} times over`, again),
    contest("a batch of 10 000 messages read", batch),
  ];
}

const digits = (index) => index.toString(16).padStart(8, "0");

/** All that is said of the picture, in one order. Warnings are ours alone. */
function factsOf({ warnings, ...message }) {
  const sorted = (_, value) =>
    value === null || typeof value !== "object" || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(message, sorted);
}

function domAttributes(parser, xml) {
  const { attributes } = parser.parseFromString(xml, "text/xml").querySelector("msg > img");
  return Object.fromEntries(Array.from(attributes, ({ name, value }) => [name, value]));
}

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&#39;": "'", "&quot;": '"', "&amp;": "&", "<br/>": "\n" };

/** What the user of a parser writes around it. */
function byHand(received, attributesOf) {
  const [, sender = null, rest] = /^(?:(@?\w+):(?:<br\/>|\n))?(.*)$/s.exec(received);
  const isEscaped = rest.trimStart().startsWith("&lt;");
  const content = isEscaped ? rest.replace(/&(?:lt|gt|#39|quot|amp);|<br\/>/g, (entity) => ENTITIES[entity]) : rest;
  const attributes = attributesOf(content);
  const text = (name) => attributes[name]?.trim() || null;
  const number = (name) => (text(name) === null ? null : Number(text(name)));
  const measure = (name) => number(name) || null;
  const variant = (url, key, length, width, height) => {
    const facts = { cdnUrl: text(url), length: measure(length), width: measure(width), height: measure(height) };
    return Object.values(facts).some((fact) => fact !== null) ? { ...facts, aesKey: text(key) } : null;
  };
  return {
    kind: "image",
    sender,
    content,
    md5: text("md5")?.toLowerCase() ?? null,
    aesKey: text("aeskey"),
    encryVer: number("encryver"),
    thumbnail: variant("cdnthumburl", "cdnthumbaeskey", "cdnthumblength", "cdnthumbwidth", "cdnthumbheight"),
    normal: variant("cdnmidimgurl", "aeskey", "length", "cdnmidwidth", "cdnmidheight"),
    hd: variant("cdnbigimgurl", "aeskey", "hdlength", "cdnhdwidth", "cdnhdheight"),
    attributes,
  };
}
