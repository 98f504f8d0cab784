/** The results as tables for the terminal, and the sizes of the package as data. */

export const figure = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
export const times = (value) => `${value.toFixed(2)} ×`;

/** @param {import("./measure.mjs").Row & { place: string }} row */
export function lines({ place, title, unit, times: spreads, ratios, targets }) {
  const rows = Object.entries(spreads).map(([name, { median, min, max }]) => {
    const range = `${figure(min)}–${figure(max)}`;
    const ratio = name in ratios ? times(ratios[name]) : "";
    const target = targets.find(({ against }) => against === name);
    return [
      `  ${name}`.padEnd(40),
      figure(median).padStart(8),
      ` ${unit}`.padEnd(12),
      range.padEnd(16),
      ratio.padStart(8),
      target ? `  ${target.wanted} ${target.met ? "met" : "MISSED"}` : "",
    ].join("");
  });
  return [`${title}, ${place}`, ...rows.map((line) => line.trimEnd())].join("\n");
}

/** The table of xtask, as data: bytes of each form. */
export function sizes(table) {
  const rows = table.split("\n").slice(1).map((line) => /^(\s*)(\S+)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(line));
  const forms = rows.filter((row) => row?.[1] === "");
  const weight = ([, , form, ...bytes]) => {
    const [raw, gzip, brotli] = bytes.map(Number);
    return [form, { raw, gzip, brotli }];
  };
  return Object.fromEntries(forms.map(weight));
}
