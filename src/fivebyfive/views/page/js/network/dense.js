// Whole products of matrices: a list times a matrix, and sums of pairs of any two operands.

/**
 * A list times a matrix.
 * @param {Float32Array} x @param {Float32Array} weight [out, in] @param {ArrayLike<number> | null} bias
 * @param {number} outputs
 */
export function times(x, weight, bias, outputs) {
  const size = x.length;
  const result = new Float32Array(outputs);
  const wide = Float64Array.from(x);
  for (let o = 0; o < outputs; o++) {
    const first = o * size;
    let [even, odd] = [bias ? bias[o] : 0, 0];
    let k = 0;
    for (; k + 1 < size; k += 2) {
      even += wide[k] * weight[first + k];
      odd += wide[k + 1] * weight[first + k + 1];
    }
    if (k < size) even += wide[k] * weight[first + k];
    result[o] = even + odd;
  }
  return result;
}

/**
 * Of each value of the output the sum of the products that two operands have there.
 * @param {import("./tables.js").Operand} a @param {import("./tables.js").Operand} b @param {number} count of the output
 */
export function pairs(a, b, count) {
  const result = new Float64Array(count);
  const { length } = a.along;
  for (let i = 0; i < count; i++) {
    const [from, by] = [a.base ? a.base[i] : i, b.base ? b.base[i] : i];
    let sum = 0;
    for (let q = 0; q < length; q++) sum += a.values[from + a.along[q]] * b.values[by + b.along[q]];
    result[i] = sum;
  }
  return result;
}
