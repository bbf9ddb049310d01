// A whole transposed convolution: every input value spreads each of its filters over the output.

/**
 * @param {Float32Array} x @param {import("../types.js").Shape} from of x @param {import("../types.js").Shape} to
 * @param {import("./convolution.js").Filters} filters @returns {Float32Array}
 */
export function transposedConvolution(x, from, to, { weight, bias, groups, window: w }) {
  const [inputs, outputs] = [from.channels / groups, to.channels / groups];
  const [size, taps] = [to.height * to.width, w.kernel[0] * w.kernel[1]];
  const result = new Float32Array(to.channels * size);
  const sums = new Float64Array(size);
  for (let o = 0; o < to.channels; o++) {
    sums.fill(bias ? bias[o] : 0);
    const first = Math.floor(o / outputs) * inputs;
    for (let c = 0; c < inputs; c++) spread(x, first + c, from, weight, (o * inputs + c) * taps, w, sums, to);
    result.set(sums, o * size);
  }
  return result;
}

/**
 * One input map over one output map.
 * @param {Float32Array} x @param {number} channel @param {import("../types.js").Shape} from
 * @param {Float32Array} weight
 * @param {number} filter where its slice begins @param {import("../sums/window.js").Window} w
 * @param {Float64Array} sums @param {import("../types.js").Shape} to
 */
function spread(x, channel, { height, width }, weight, filter, w, sums, to) {
  for (let ky = 0; ky < w.kernel[0]; ky++) {
    for (let kx = 0; kx < w.kernel[1]; kx++) {
      const factor = weight[filter + ky * w.kernel[1] + kx];
      const [dy, dx] = [ky * w.dilation[0] - w.padding.top, kx * w.dilation[1] - w.padding.left];
      for (let y = 0; y < height; y++) {
        const row = y * w.stride[0] + dy;
        if (row < 0 || row >= to.height) continue;
        for (let i = 0; i < width; i++) {
          const column = i * w.stride[1] + dx;
          if (column < 0 || column >= to.width) continue;
          sums[row * to.width + column] += factor * x[(channel * height + y) * width + i];
        }
      }
    }
  }
}
