// Rounding as Python and NumPy round: a half goes to the even neighbour.

/** @param {number} x */
export function toEven(x) {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
