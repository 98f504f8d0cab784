/** Tells each step as it happens, with its time and bytes: a moving bar on a terminal, plain lines elsewhere. */

const BAR = 24;
const NAME = 12;

function amount(bytes) {
  if (bytes === 0) {
    return "";
  }
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}

export class Report {
  /** What was done: `{ step, ms, bytes }` each. */
  steps = [];
  #out;
  /** The step under way: `{ step, begin, bytes }`. */
  #now = null;

  /** @param {import("node:tty").WriteStream | null} out null tells nobody */
  constructor(out) {
    this.#out = out;
  }

  title(text) {
    this.#out?.write(`\n${text}\n\n`);
  }

  begin(step, bytes = 0) {
    this.end();
    this.#now = { step, begin: performance.now(), bytes };
  }

  /** Takes the package's progress; a new step in it ends the one before. */
  progress({ step, loaded, total, chunk, chunks }) {
    if (this.#now?.step !== step) {
      this.begin(step);
    }
    this.#now.bytes = loaded;
    if (this.#out?.isTTY && total) {
      const full = Math.round((loaded / total) * BAR);
      const bar = "█".repeat(full).padEnd(BAR, "░");
      const parts = chunks ? `chunk ${chunk} of ${chunks}` : amount(loaded);
      this.#out.write(`\r  ${step.padEnd(NAME)}${bar} ${parts}\x1b[K`);
    } else if (chunk) {
      this.#out?.write(`  ${step.padEnd(NAME)}chunk ${chunk} of ${chunks}\n`);
    }
  }

  /**
   * @param {string} [note] what came of the step
   * @param {number} [size] its bytes, where no progress told them
   */
  end(note = "", size = undefined) {
    if (this.#now === null) {
      return;
    }
    const { step, begin, bytes: told } = this.#now;
    const bytes = size ?? told;
    const ms = Number((performance.now() - begin).toFixed(1));
    this.steps.push({ step, ms, bytes });
    this.#now = null;
    const line = `${step.padEnd(NAME)}${amount(bytes).padStart(12)}${`${ms.toFixed(1)} ms`.padStart(12)}   ${note}`;
    const [before, after] = this.#out?.isTTY ? ["\r", "\x1b[K"] : ["", ""];
    this.#out?.write(`${before}  ${line.trimEnd()}${after}\n`);
  }
}
