// A number's power of e as a share of the sum of all.

/**
 * The largest number, the sum of all powers of e that are divided by its own, and the share of one of them.
 * @param {ArrayLike<number>} numbers @param {number} k
 */
export function shareOf(numbers, k) {
  const all = Array.from(numbers);
  const most = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = all.reduce((a, z) => a + Math.exp(z - most), 0);
  return { most, sum, share: Math.exp(all[k] - most) / sum };
}
