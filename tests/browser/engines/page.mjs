/**
 * What a test can do with a page, the same in every engine.
 *
 * An engine brings `goto`, `reload`, `click`, `press` a key, `type` a text, `choose` files, `resize`, `screenshot`,
 * `complaints` (what was heard so far), `slow` (bytes that go up in a second), `close`, and `ask`, which gives the text
 * that an expression comes to; the rest stands here, on `ask`.
 */
export class Page {
  /** What an expression, or its promise, comes to: plain data. */
  async run(expression) {
    const json = await this.ask(`(async () => JSON.stringify(await ${expression}) ?? "")()`);
    return json === "" ? undefined : JSON.parse(json);
  }

  /**
   * Calls a function in the page, with arguments that are plain data, and gives what it returns or resolves with. An
   * `import()` in it takes a whole URL: in WebKit, such a function has no address that another could stand beside.
   */
  evaluate(call, ...args) {
    return this.run(called(call, args));
  }

  /** Calls a function with the first element of that selector. */
  $eval(selector, call, ...args) {
    return this.run(`((found) => {
      if (!found) throw new Error(${JSON.stringify(`there is no ${selector}`)});
      return (${call})(found, ...${JSON.stringify(args)});
    })(document.querySelector(${JSON.stringify(selector)}))`);
  }

  /** Calls a function with all elements of that selector, as an array. */
  $$eval(selector, call, ...args) {
    const found = `[...document.querySelectorAll(${JSON.stringify(selector)})]`;
    return this.run(`(${call})(${found}, ...${JSON.stringify(args)})`);
  }

  /** Waits until a function of the page gives something true; fails after half a minute. */
  until(call, ...args) {
    const late = `not within 30 s: ${called(call, args)}`;
    return this.run(`(async () => {
      const end = performance.now() + 30_000;
      while (!(await ${called(call, args)})) {
        if (performance.now() > end) throw new Error(${JSON.stringify(late)});
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })()`);
  }

  /** Waits for an element. */
  waitFor(selector) {
    return this.until((wanted) => document.querySelector(wanted) !== null, selector);
  }
}

const called = (call, args) => `(${call})(...${JSON.stringify(args)})`;
