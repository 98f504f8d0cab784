/**
 * The browser's functions as they are when the script starts, which is before the page has a script. In the page's world, a page
 * can replace them later. It would be given what they are called with: the elements in the closed shadow root, for one, and
 * the actions of their buttons. So what the page must not get has its methods and properties as own ones.
 */
const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { assign, defineProperties } = Object;
const { createElement } = Document.prototype;

/** The interface of each kind of object. */
const KINDS = {
  button: HTMLButtonElement,
  canvas: HTMLCanvasElement,
  div: HTMLDivElement,
  h2: HTMLHeadingElement,
  p: HTMLParagraphElement,
  progress: HTMLProgressElement,
  section: HTMLElement,
  style: HTMLStyleElement,
  "webwx-image": HTMLElement,
  shadow: ShadowRoot,
  drawing: CanvasRenderingContext2D,
  key: KeyboardEvent,
  paste: ClipboardEvent,
  pasted: DataTransfer,
  url: URL,
};

/**
 * All that the objects of an interface inherit, as descriptors. Nothing here inherits from Object.prototype, which is the page's too.
 *
 * @param {{ prototype: object }} kind
 */
function inherited({ prototype }) {
  /** @type {PropertyDescriptorMap} */
  const table = Object.create(null);
  for (let level = /** @type {object | null} */ (prototype); level !== null; level = getPrototypeOf(level)) {
    for (const key of ownKeys(level)) {
      if (!(key in table)) {
        const descriptor = /** @type {PropertyDescriptor} */ (getOwnPropertyDescriptor(level, key));
        setPrototypeOf(descriptor, null);
        table[key] = descriptor;
      }
    }
  }
  return table;
}

/** @type {Record<string, PropertyDescriptorMap>} */
const TABLES = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, inherited(kind)]));

/**
 * The same object, which has its methods and properties as own ones now.
 *
 * @template {object} T
 * @param {keyof typeof KINDS} kind
 * @param {T} object
 * @returns {T}
 */
export const own = (kind, object) => defineProperties(object, /** @type {PropertyDescriptorMap} */ (TABLES[kind]));

/**
 * @template {keyof HTMLElementTagNameMap & keyof typeof KINDS} Tag
 * @param {Tag} tag
 * @param {object} [properties]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const element = (tag, properties) => {
  const made = /** @type {HTMLElementTagNameMap[Tag]} */ (apply(createElement, document, [tag]));
  return assign(own(tag, made), properties);
};
