/** Whether a long list or a long message takes more time for each of its parts than a short one. */

const MIB = 1024 * 1024;
/** Images in a list, and how often it is sent in one turn. */
const LISTS = { "1 000 images": 1, "100 images": 3, "10 images": 10, "1 image": 30 };
/** Characters of a message, and how often it is read in one turn. */
const LENGTHS = { "1 MiB": [MIB, 1], "100 KiB": [100 * 1024, 10], "10 KiB": [10 * 1024, 100], "1 KiB": [1024, 1000] };
/** The longest takes at most a quarter more for a part than the others. */
const LEAST = 0.8;

/** @type {import("../place.mjs").Bench} */
export async function scale({ library, file, standin }) {
  const { info, control } = standin;
  const image = new Uint8Array(await (await file("10 KiB")).blob.arrayBuffer());
  const count = (list) => Number.parseInt(list.replace(" ", ""), 10);
  const targets = (names) => Object.fromEntries(names.slice(1).map((name) => [name, LEAST]));

  async function sent(length) {
    const images = Array.from({ length }, (_, index) => {
      const bytes = Uint8Array.from(image);
      new DataView(bytes.buffer).setUint32(bytes.length - 4, index);
      return bytes;
    });
    let arrived = 0;
    for await (const { status } of new library.WebWx(info.session).sendImages(images, { to: info.peer })) {
      arrived += Number(status === "sent");
    }
    return arrived;
  }
  const lists = {
    title: "images of 10 KiB sent, by the length of the list",
    unit: "ms per image",
    contenders: Object.fromEntries(
      Object.entries(LISTS).map(([list, times]) => [
        list,
        async () => {
          let arrived = 0;
          for (let time = 0; time < times; time += 1) {
            arrived += await sent(count(list));
          }
          return arrived;
        },
      ]),
    ),
    per: Object.fromEntries(Object.entries(LISTS).map(([list, times]) => [list, count(list) * times])),
    check: (arrived, list) => {
      if (arrived !== count(list) * LISTS[list]) {
        throw new Error(`${arrived} arrived`);
      }
    },
    cleanUp: () => control("POST", "reset"),
    targets: targets(Object.keys(LISTS)),
  };

  const messages = (title, make, kind) => {
    const contents = Object.fromEntries(Object.entries(LENGTHS).map(([name, [length]]) => [name, make(length)]));
    return {
      title,
      contenders: Object.fromEntries(
        Object.entries(LENGTHS).map(([name, [, times]]) => [
          name,
          () => {
            let message;
            for (let time = 0; time < times; time += 1) {
              message = library.parseMessage(contents[name]);
            }
            return message;
          },
        ]),
      ),
      per: Object.fromEntries(Object.entries(LENGTHS).map(([name, [length, times]]) => [name, (length * times) / MIB])),
      check: (message, name) => {
        if (message.kind !== kind) {
          throw new Error(`${name} is read as ${message.kind}`);
        }
      },
      targets: targets(Object.keys(LENGTHS)),
    };
  };
  return [
    lists,
    messages("a message read, by its length", (length) => padded(`<msg><img md5="${"0f".repeat(16)}" note="`, "a long note ", `"/></msg>`, length), "image"),
    messages("a message of many elements read, by its length", (length) => padded("<msg>", `<a b="&amp;é">x</a>`, "</msg>", length), "other"),
    messages("an escaped message read, by its length", (length) => padded(`&lt;msg&gt;&lt;img note="`, "&amp;lt;", `" /&gt;&lt;/msg&gt;`, length), "image"),
  ];
}

/** Characters of ASCII count one byte each, and a message has at most 1 MiB of them. */
function padded(begin, part, end, length) {
  const bytes = new TextEncoder().encode(part).length;
  return begin + part.repeat(Math.floor((length - begin.length - end.length) / bytes)) + end;
}
