/**
 * Hands and eyes for the userscript's cards. They are in a closed shadow root, into which the page cannot see; the
 * browser's own protocol can, and so can its accessibility tree, by which buttons are found here. What looks runs in a world
 * of its own, so that it does not hand the page what it finds.
 */

export class Cards {
  #page;
  #cdp;

  static async of(page) {
    const cards = new Cards();
    cards.#page = page;
    cards.#cdp = await page.createCDPSession();
    return cards;
  }

  /** Runs a function beside the page, with the shadow root as `this`. */
  async #inside(work, ...values) {
    await this.#page.waitForSelector("webwx-image");
    const expression = 'document.querySelector("webwx-image")';
    const { result: host } = await this.#cdp.send("Runtime.evaluate", { expression });
    const { node } = await this.#cdp.send("DOM.describeNode", { objectId: host.objectId, pierce: true });
    const { frameTree } = await this.#cdp.send("Page.getFrameTree");
    const world = { frameId: frameTree.frame.id, worldName: "cards" };
    const { executionContextId } = await this.#cdp.send("Page.createIsolatedWorld", world);
    const { backendNodeId } = node.shadowRoots[0];
    const { object } = await this.#cdp.send("DOM.resolveNode", { backendNodeId, executionContextId });
    const { result, exceptionDetails } = await this.#cdp.send("Runtime.callFunctionOn", {
      objectId: object.objectId,
      functionDeclaration: String(work),
      arguments: values.map((value) => ({ value })),
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception.description);
    }
    return result.value;
  }

  /** All cards: what each says, what it offers, and whether it shows its picture. */
  all() {
    return this.#inside(function () {
      return Array.from(this.querySelectorAll("section"), (card) => ({
        title: card.querySelector("h2").textContent,
        text: card.querySelector("p").textContent,
        buttons: Array.from(card.querySelectorAll("button"), (button) => button.textContent),
        hasPreview: card.querySelector("canvas")?.getContext("2d").getImageData(56, 56, 1, 1).data[3] === 255,
      }));
    });
  }

  /** Waits until some card says something that this matches. Nothing is missed between two looks. */
  says(pattern) {
    return this.#inside(function (source) {
      return new Promise((resolve) => {
        const pattern = new RegExp(source, "u");
        const check = () => {
          const said = Array.from(this.querySelectorAll("p"), ({ textContent }) => textContent);
          const found = said.find((text) => pattern.test(text));
          if (found !== undefined) {
            observer.disconnect();
            resolve(found);
          }
        };
        const observer = new MutationObserver(check);
        observer.observe(this, { childList: true, subtree: true, characterData: true });
        check();
      });
    }, pattern.source);
  }

  /** Waits until no card is left. */
  gone() {
    return this.#inside(function () {
      return new Promise((resolve) => {
        const check = () => {
          if (this.querySelector("section") === null) {
            observer.disconnect();
            resolve();
          }
        };
        const observer = new MutationObserver(check);
        observer.observe(this, { childList: true });
        check();
      });
    });
  }

  /** What the button over a picture says; null while there is none. */
  over() {
    return this.#inside(function () {
      const button = this.querySelector("button.over");
      return button === null || button.hidden ? null : button.textContent;
    });
  }

  /** The text of the button that has the focus; null if none has it. */
  focused() {
    return this.#inside(function () {
      return this.activeElement?.textContent ?? null;
    });
  }

  /** A click that a script makes. */
  press(name) {
    return this.#inside(function (text) {
      Array.from(this.querySelectorAll("button"))
        .find(({ textContent }) => textContent === text)
        .click();
    }, name);
  }

  async click(name) {
    const button = await this.#page.waitForSelector(`::-p-aria([name="${name}"][role="button"])`);
    await button.click();
  }
}
