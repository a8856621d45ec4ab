// Fills without a network.

/**
 * A symmetric, positive definite system.  Row r of the lower triangle is stored from its first
 * element that is not zero: holes are thin, or local, so most of the triangle is.
 */
class Skyline {
  /** @param first for each row, the column of that element. */
  constructor(first) {
    this.first = first;
    this.start = new Int32Array(first.length + 1);
    for (let r = 0; r < first.length; r++) this.start[r + 1] = this.start[r] + r - first[r] + 1;
    this.values = new Float64Array(this.start[first.length]);
  }
  place(r, c) {
    return this.start[r] + c - this.first[r];
  }
  /** Cholesky's factor in place; `pause` is awaited now and then. */
  async factor(pause) {
    const { first, start, values } = this;
    for (let r = 0, done = 0; r < first.length; r++) {
      const row = start[r] - first[r];
      for (let c = first[r]; c <= r; c++) {
        const other = start[c] - first[c];
        let sum = values[row + c];
        for (let k = Math.max(first[r], first[c]); k < c; k++) sum -= values[row + k] * values[other + k];
        values[row + c] = c < r ? sum / values[other + c] : Math.sqrt(sum);
      }
      done += (r - first[r] + 1) ** 2;
      if (pause && done > 1e6) {
        await pause(r / first.length);
        done = 0;
      }
    }
  }
  /** Solve for `n` right sides, which lie side by side, in place. */
  solve(right, n) {
    const { first, start, values } = this;
    for (let r = 0; r < first.length; r++) {
      const row = start[r] - first[r];
      for (let k = 0; k < n; k++) {
        let sum = right[n * r + k];
        for (let c = first[r]; c < r; c++) sum -= values[row + c] * right[n * c + k];
        right[n * r + k] = sum / values[row + r];
      }
    }
    for (let r = first.length - 1; r >= 0; r--) {
      const row = start[r] - first[r];
      for (let k = 0; k < n; k++) {
        const value = (right[n * r + k] /= values[row + r]);
        for (let c = first[r]; c < r; c++) right[n * c + k] -= values[row + c] * value;
      }
    }
  }
}

/**
 * The biharmonic surface (Damelin and Hoang, 2018): the squared Laplacian, mirrored at the
 * image's border, is zero in the hole.
 */
async function fillBiharmonic(image, mask, height, width, pause) {
  const hole = [];
  const place = new Int32Array(height * width).fill(-1);
  for (let i = 0; i < mask.length; i++) if (mask[i]) place[i] = hole.push(i) - 1;
  const rows = hole.map((pixel) => squaredLaplacian(pixel, height, width));
  const system = new Skyline(Int32Array.from(rows, (row, r) => {
    let low = r;
    for (const other of row.keys()) if (place[other] >= 0) low = Math.min(low, place[other]);
    return low;
  }));
  const right = new Float64Array(3 * hole.length);
  rows.forEach((row, r) => {
    for (const [other, weight] of row) {
      const c = place[other];
      if (c < 0) for (let k = 0; k < 3; k++) right[3 * r + k] -= weight * image[3 * other + k];
      else if (c <= r) system.values[system.place(r, c)] = weight;
    }
  });
  await system.factor(pause);
  system.solve(right, 3);
  const filled = Float32Array.from(image);
  const limits = findLimits(image, mask);
  hole.forEach((pixel, r) => {
    for (let k = 0; k < 3; k++)
      filled[3 * pixel + k] = Math.min(Math.max(right[3 * r + k], limits[k][0]), limits[k][1]);
  });
  return filled;
}

/** Least and greatest known value of each colour. */
function findLimits(image, mask) {
  return [0, 1, 2].map((k) => {
    let low = Infinity, high = -Infinity;
    for (let i = 0; i < mask.length; i++) if (!mask[i]) {
      low = Math.min(low, image[3 * i + k]);
      high = Math.max(high, image[3 * i + k]);
    }
    return [low, high];
  });
}

/** Neighbours of a pixel, itself last, with their weights. */
function laplacian(pixel, height, width) {
  const y = Math.floor(pixel / width), x = pixel % width;
  const around = [];
  if (y > 0) around.push([pixel - width, 1]);
  if (y < height - 1) around.push([pixel + width, 1]);
  if (x > 0) around.push([pixel - 1, 1]);
  if (x < width - 1) around.push([pixel + 1, 1]);
  around.push([pixel, -around.length]);
  return around;
}

function squaredLaplacian(pixel, height, width) {
  const sum = new Map();
  for (const [near, outer] of laplacian(pixel, height, width))
    for (const [far, inner] of laplacian(near, height, width)) sum.set(far, (sum.get(far) ?? 0) + outer * inner);
  return sum;
}
