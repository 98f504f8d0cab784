/**
 * Names of the page's model as plain strings. There they are HTML: special characters are escaped, and an emoji is an
 * element, `<span class="emoji emoji1f604"></span>` as the service sends it and `<img class="emoji emoji1f604" …>` as
 * the page keeps it (docs/protocol.md, "Session").
 */

/** Longer ones are cut before they are read: no name of the page has as much. */
const LONGEST = 8192;

/** A tag, or a character reference with its number or its name. */
const MARKUP = /<[a-z/!?][^<>]*>|&(?:#(\d{1,7}|x[\da-f]{1,6})|(amp|apos|gt|lt|nbsp|quot));/gi;

/** @type {Record<string, string>} */
const NAMED = { amp: "&", apos: "'", gt: ">", lt: "<", nbsp: " ", quot: '"' };

/** The value of a tag's attribute `class`. */
const CLASS = /\sclass\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

/**
 * One code point of a class name such as `emoji1f1e81f1f3`, which has them one behind the other, without leading zeros: a
 * point of the higher planes, a keycap's first one (`2320e3`), © or ®, else one of four digits.
 */
const POINT = /1[\da-f]{4}|e00[\da-f]{2}|(?:2[3a]|3\d)(?=(?:fe0f)?20e3)|a[9e]|[02-9a-f][\da-f]{3}/g;

/**
 * What cannot be seen and is no part of an emoji. Among it are the marks that turn the direction of writing: they would
 * turn the sentence that the name stands in, too.
 */
const UNSEEN = /(?![\u200c\u200d\u{e0020}-\u{e007f}])\p{Cf}/gu;

/**
 * The name as one line of plain text: what is escaped is unescaped once, emoji are their characters, and other tags are
 * left out.
 *
 * @param {unknown} html
 */
export function plainName(html) {
  if (typeof html !== "string") {
    return "";
  }
  return html
    .slice(0, LONGEST)
    .replace(MARKUP, (markup, number, name) => {
      if (markup.startsWith("<")) {
        return emojiOf(markup);
      }
      return number ? character(number) : (NAMED[name.toLowerCase()] ?? "");
    })
    .replace(UNSEEN, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
}

/**
 * The characters that an emoji's tag stands for; empty for every other tag.
 *
 * @param {string} tag
 */
function emojiOf(tag) {
  const [, ...values] = CLASS.exec(tag) ?? [];
  const classes = (values.find((value) => value !== undefined) ?? "").toLowerCase().split(/\s+/);
  const [, digits = ""] = /^emoji([\da-f]+)$/.exec(classes.find((name) => /^emoji[\da-f]/.test(name)) ?? "") ?? [];
  const points = classes.includes("emoji") ? (digits.match(POINT) ?? []) : [];
  // Digits that are left over are no code point: a class of another kind.
  return points.join("") === digits ? points.map((point) => character(`x${point}`)).join("") : "";
}

/** @param {string} number of a code point: decimal digits, or hexadecimal ones behind an x */
function character(number) {
  const point = Number(/^x/i.test(number) ? `0${number}` : number);
  // As HTML has it for what is no character.
  const isOne = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isOne ? String.fromCodePoint(point) : "\ufffd";
}
