/**
 * How contenders are compared: they take turns, round by round, so that whatever slows the machine slows all of them; each round
 * begins with another contender, so that none always pays for what the one before leaves behind. Each round has a ratio, and the
 * median of those is what counts. Runs in Node and in pages.
 *
 * @typedef {object} Contest
 * @property {string} title what each contender does, and how much of it
 * @property {Record<string, () => unknown>} contenders ours is the first
 * @property {(result: any, name: string) => unknown} check throws for a wrong result: then nothing counts
 * @property {Record<string, number>} [targets] how many times as fast as that contender ours has to be
 * @property {Record<string, number>} [per] the amount by which a contender's time is divided, where they differ
 * @property {string} [unit] of the times; default: ms, or ms per MiB with `per`
 * @property {"own"} [clock] a contender gives its own time instead of a result
 * @property {number} [most] milliseconds that no contender may take in any round
 * @property {() => unknown} [cleanUp] after each turn
 * @property {number} [rounds] at most so many, and none for warming up: for what takes long and goes by a clock
 *
 * @typedef {{ median: number, min: number, max: number }} Spread
 * @typedef {object} Row
 * @property {string} title
 * @property {string} unit
 * @property {Record<string, Spread>} times
 * @property {Record<string, number>} ratios
 * @property {Target[]} targets
 * @typedef {{ against: string, wanted: string, reached: number, met: boolean }} Target
 */

/**
 * @param {Contest} contest
 * @param {{ rounds: number, collect: () => unknown }} how
 * @returns {Promise<Row>}
 */
export async function hold(contest, { rounds: asked, collect }) {
  const { title, contenders, check, targets = {}, per, clock, most, cleanUp } = contest;
  const rounds = Math.min(asked, contest.rounds ?? asked);
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  // The first round is for warming up.
  for (let round = contest.rounds === undefined ? -1 : 0; round < rounds; round += 1) {
    const first = (round + names.length) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      await collect();
      const begin = performance.now();
      const result = await contenders[name]();
      const took = clock === "own" ? result : performance.now() - begin;
      try {
        await check(result, name);
      } catch (cause) {
        throw new Error(`${title}: the result of ${name} is wrong: ${cause.message}`, { cause });
      }
      await cleanUp?.();
      if (round >= 0) {
        times[name].push(took / (per?.[name] ?? 1));
      }
    }
  }
  const [own, ...others] = names;
  const ratio = (name) => spread(times[name].map((time, round) => time / times[own][round])).median;
  // What is bounded is no race.
  const ratios = most === undefined ? Object.fromEntries(others.map((name) => [name, ratio(name)])) : {};
  return {
    title,
    unit: contest.unit ?? (per ? "ms per MiB" : "ms"),
    times: Object.fromEntries(names.map((name) => [name, spread(times[name])])),
    ratios,
    targets: [
      ...Object.entries(targets).map(([against, times]) => ({
        against,
        wanted: `≥ ${times} ×`,
        reached: ratios[against],
        met: ratios[against] >= times,
      })),
      ...(most === undefined ? [] : names).map((against) => {
        const reached = Math.max(...times[against]);
        return { against, wanted: `≤ ${most} ms`, reached, met: reached <= most };
      }),
    ],
  };
}

/** @returns {Spread} */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/** A check for results that are texts. */
export function is(expected) {
  return (result) => {
    if (result !== expected) {
      throw new Error(`${String(result).slice(0, 80)} instead of ${expected.slice(0, 80)}`);
    }
  };
}
