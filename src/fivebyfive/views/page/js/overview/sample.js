// Which maps of a step are shown where there is not room for all: the liveliest, in their own order.

/** In place of a channel: the picture in its colours. */
export const PICTURE = -1;

/**
 * @param {number} count of all @param {number} room of those shown @param {(channel: number) => number} lively
 * @returns {number[]} channels
 */
export function sample(count, room, lively) {
  const all = Array.from({ length: count }, (_, c) => c);
  if (count <= room) return all;
  const first = all.map(lively);
  const best = all.sort((a, b) => first[b] - first[a] || a - b);
  return best.slice(0, room).sort((a, b) => a - b);
}

/**
 * A sample with one more map in it, in the place of the least lively.
 * @param {number[]} shown @param {number} channel @param {(channel: number) => number} lively
 */
export function withChannel(shown, channel, lively) {
  if (shown.includes(channel) || !shown.length) return shown;
  const values = shown.map((c) => (c === PICTURE ? Infinity : lively(c)));
  const out = shown[values.indexOf(Math.min(...values))];
  return [...shown.filter((c) => c !== out), channel].sort((a, b) => a - b);
}

/** Less lively than this share of the liveliest is as good as empty. */
const FAINT = 0.1;

/**
 * The same maps for another picture, but for those that it leaves empty: in their place come its liveliest.
 * @param {number[]} shown @param {number} count of all @param {(channel: number) => number} lively
 */
export function renewed(shown, count, lively) {
  const best = sample(count, shown.length, lively);
  const most = Math.max(...best.map(lively));
  const kept = shown.filter((c) => lively(c) > FAINT * most);
  const better = best.filter((c) => !kept.includes(c)).sort((a, b) => lively(b) - lively(a));
  return [...kept, ...better.slice(0, shown.length - kept.length)].sort((a, b) => a - b);
}
