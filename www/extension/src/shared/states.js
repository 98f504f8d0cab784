/**
 * Where a picture stands, and what may follow. The worker refuses every other step, so that whatever goes wrong in a
 * page, a sent picture stays sent, and one whose send may have arrived is not sent again without the user's word.
 *
 * ```text
 * taking → ready → waiting → uploading → sending → sent
 *                    ↑            ↓          ↓
 *                    ├───────── failed ←─────┤
 *                    └──── (user) ──────── unsure
 * ```
 *
 * @typedef {import("../types.js").State} State
 */

/** @type {Record<State, State[]>} */
const NEXT = {
  taking: ["ready", "failed"],
  // Never stored: it is shown until the user has seen it.
  refused: [],
  ready: ["waiting", "failed"],
  waiting: ["uploading", "ready", "failed"],
  uploading: ["sending", "waiting", "ready", "failed"],
  sending: ["sent", "unsure", "failed"],
  // In the same page the same message can be repeated; after that the user says what to do.
  unsure: ["sending", "waiting", "sent"],
  failed: ["waiting"],
  sent: [],
};

/**
 * @param {State} from
 * @param {State} to
 */
export const mayFollow = (from, to) => from === to || NEXT[from].includes(to);

/**
 * What becomes of a picture whose page has gone: nothing goes on by itself, and nothing is known of a send that was
 * under way.
 *
 * @param {State} state
 * @returns {State}
 */
export function afterLoss(state) {
  if (state === "uploading") {
    return "waiting";
  }
  return state === "sending" ? "unsure" : state;
}
