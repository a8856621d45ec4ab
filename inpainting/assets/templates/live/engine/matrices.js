// Windows and matrices: what the kernel computes, and weights in the order in which it reads them.
// Each operation is as operations.js says.

/** Output length, and zeros before and after, of a window along one axis (as TensorFlow). */
function span(length, size, stride, padding) {
  if (padding === "valid") return [Math.floor((length - size) / stride) + 1, 0, 0];
  const n = Math.ceil(length / stride);
  const zeros = Math.max((n - 1) * stride + size - length, 0);
  return [n, zeros >> 1, zeros - (zeros >> 1)];
}

/**
 * A matrix (depth × columns) in panels, and a bias, kept in a heap.  Row k starts in `values` at
 * `start(k)`, from where its columns are `step` apart.
 */
function packMatrix(heap, depth, columns, { values, start, step }, bias) {
  const panels = Math.ceil(columns / PANEL);
  const starts = Int32Array.from({ length: depth }, (_, k) => start(k));
  const weights = heap.keep(panels * depth * PANEL), packed = weights.values;
  for (let first = 0, to = 0; first < columns; first += PANEL) {
    const last = Math.min(first + PANEL, columns);
    for (let k = 0; k < depth; k++, to += PANEL)
      for (let c = first, o = to, from = starts[k] + first * step; c < last; c++, from += step) packed[o++] = values[from];
  }
  const padded = heap.keep(panels * PANEL);
  if (bias) padded.values.set(bias.values);
  return { panels, columns, weights: weights.address, bias: padded.address };
}

/** Run the kernel: see kernel.wat. */
function multiply(heap, out, outStep, from, inStep, matrix, pixels, runs, run, line, floor) {
  const convolve = pixels < 4 ? heap.kernel.convolve_few : heap.kernel.convolve;
  convolve(out, outStep, from, inStep, matrix.weights, matrix.bias, pixels, matrix.panels, runs, run, line, floor);
}

const floorOf = (about) => (about.activation === "relu" ? 0 : -Infinity);

/** Activations that the kernel does not do itself. */
function activate(values, kind) {
  if (kind === "sigmoid") for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]));
  else if (kind === "silu") for (let i = 0; i < values.length; i++) values[i] /= 1 + Math.exp(-values[i]);
  else if (kind === "tanh") for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]);
}

/** Images with a border of zeros. */
function addBorder(from, [n, height, width, depth], to, [top, left, high, wide]) {
  if (high !== height || wide !== width) to.fill(0);
  for (let i = 0; i < n; i++) for (let y = 0; y < height; y++) {
    const start = (i * height + y) * width * depth;
    to.set(from.subarray(start, start + width * depth), ((i * high + y + top) * wide + left) * depth);
  }
}

/** Every `step`-th place of `columns` numbers, from rows that are `wide` long. */
function unpanel(from, wide, to, columns) {
  for (let i = 0, o = 0; o < to.length; i += wide)
    for (let c = 0; c < columns; c++) to[o++] = from[i + c];
}

function convolution(about, [input], matrix) {
  const [n, height, width, depth] = input.shape;
  const { size: [tall, broad], strides: [down, right], padding } = about;
  const [rows, top, below] = span(height, tall, down, padding);
  const [columns, left, beyond] = span(width, broad, right, padding);
  const high = height + top + below, wide = width + left + beyond;
  const filters = matrix.columns, padded = matrix.panels * PANEL, floor = floorOf(about);
  const isBordered = high > height || wide > width, isWide = padded > filters;
  const isOneCall = tall * broad === 1 && down * right === 1;
  const work = [isBordered ? n * high * wide * depth : 1, isWide ? n * rows * columns * padded : 1];
  const run = (out, [input], [border, panels]) => {
    if (isBordered) addBorder(input.values, input.shape, border.values, [top, left, high, wide]);
    const from = (isBordered ? border : input).address, to = (isWide ? panels : out).address;
    const call = (line, start, pixels) =>
      multiply(out.heap, to + 4 * padded * line, 4 * padded, from + 4 * start, 4 * right * depth,
        matrix, pixels, tall, broad * depth, 4 * wide * depth, floor);
    if (isOneCall) call(0, 0, n * rows * columns);
    else for (let i = 0; i < n; i++) for (let y = 0; y < rows; y++)
      call((i * rows + y) * columns, (i * high + y * down) * wide * depth, columns);
    if (isWide) unpanel(panels.values, padded, out.values, filters);
    activate(out.values, about.activation);
  };
  return { shape: [n, rows, columns, filters], work, run, cost: n * rows * columns * tall * broad * depth * padded };
}

/** The kernel of Keras (height, width, in, out). */
function packConvolution(about, [kernel, bias], heap) {
  const [tall, broad, depth, filters] = kernel.shape;
  return packMatrix(heap, tall * broad * depth, filters, { values: kernel.values, start: (k) => k * filters, step: 1 }, bias);
}

/**
 * A transposed convolution is, for every offset of the output modulo the stride, a convolution
 * with a part of the kernel, turned around.
 */
function findPhases(size, stride, before) {
  return Array.from({ length: stride }, (_, offset) => {
    const first = (offset + before) % stride;
    const taps = [];
    for (let tap = first; tap < size; tap += stride) taps.unshift(tap);
    return { taps, start: Math.floor((offset + before) / stride) - taps.length + 1 };
  });
}

const zerosBefore = (size, stride, padding) => (padding === "same" ? Math.max(size - stride, 0) >> 1 : 0);

function packTransposed(about, [kernel, bias], heap) {
  const [, broad, filters, depth] = kernel.shape;
  const [ys, xs] = [0, 1].map((d) =>
    findPhases(about.size[d], about.strides[d], zerosBefore(about.size[d], about.strides[d], about.padding)));
  return ys.map((y) => xs.map((x) => {
    const taps = y.taps.flatMap((i) => x.taps.map((j) => i * broad + j)), isEmpty = taps.length === 0;
    const start = (k) => taps[Math.floor(k / depth)] * filters * depth + (k % depth);
    const source = isEmpty ? { values: new Float32Array(1), start: () => 0, step: 0 } : { values: kernel.values, start, step: depth };
    return { y, x, isEmpty, ...packMatrix(heap, Math.max(taps.length, 1) * depth, filters, source, bias) };
  }));
}

function transposedConvolution(about, [input], phases) {
  const [n, height, width, depth] = input.shape;
  const { size, strides: [down, right], padding } = about;
  const [outHigh, outWide] = [height, width].map((length, d) =>
    length * about.strides[d] + (padding === "same" ? 0 : Math.max(size[d] - about.strides[d], 0)));
  const { columns: filters, panels } = phases[0][0], padded = panels * PANEL, floor = floorOf(about);
  const lines = Math.ceil(outHigh / down), places = Math.ceil(outWide / right);
  // room around the image for every phase
  const reach = (found, steps, length) => [
    Math.max(0, ...found.map(({ start }) => -start)),
    Math.max(0, ...found.map(({ start, taps }) => start + taps.length - 1 + steps - length)),
  ];
  const [top, below] = reach(phases.map(([{ y }]) => y), lines, height);
  const [left, beyond] = reach(phases[0].map(({ x }) => x), places, width);
  const high = height + top + below, wide = width + left + beyond;
  const isBordered = high > height || wide > width;
  const work = [isBordered ? n * high * wide * depth : 1, places * padded];
  const run = (out, [input], [border, part]) => {
    if (isBordered) addBorder(input.values, input.shape, border.values, [top, left, high, wide]);
    const from = (isBordered ? border : input).address, { values } = out, partial = part.values;
    for (let i = 0; i < n; i++) for (let row = 0; row < outHigh; row++) for (let b = 0; b < right; b++) {
      const matrix = phases[row % down][b], y = Math.floor(row / down) + matrix.y.start + top;
      const pixels = Math.ceil((outWide - b) / right);
      const start = ((i * high + y) * wide + matrix.x.start + left) * depth;
      const to = ((i * outHigh + row) * outWide + b) * filters;
      const [runs, run] = matrix.isEmpty ? [1, depth] : [matrix.y.taps.length, matrix.x.taps.length * depth];
      const source = matrix.isEmpty ? from : from + 4 * start;
      if (padded === filters) {
        multiply(out.heap, out.address + 4 * to, 4 * right * filters, source, 4 * depth, matrix, pixels, runs, run, 4 * wide * depth, floor);
        continue;
      }
      multiply(out.heap, part.address, 4 * padded, source, 4 * depth, matrix, pixels, runs, run, 4 * wide * depth, floor);
      for (let p = 0; p < pixels; p++)
        for (let c = 0; c < filters; c++) values[to + p * right * filters + c] = partial[p * padded + c];
    }
    activate(values, about.activation);
  };
  const cost = (n * outHigh * outWide * size[0] * size[1] * depth * padded) / (down * right);
  return { shape: [n, outHigh, outWide, filters], work, run, cost };
}

function dense(about, [input], matrix) {
  const depth = input.shape.at(-1), pixels = input.size / depth;
  const padded = matrix.panels * PANEL, isWide = padded > matrix.columns;
  const run = (out, [input], [panels]) => {
    multiply(out.heap, (isWide ? panels : out).address, 4 * padded, input.address, 4 * depth, matrix, pixels, 1, depth, 0, floorOf(about));
    if (isWide) unpanel(panels.values, padded, out.values, matrix.columns);
    activate(out.values, about.activation);
  };
  return { shape: [...input.shape.slice(0, -1), matrix.columns], work: [isWide ? pixels * padded : 1], run, cost: pixels * depth * padded };
}

function packDense(about, [kernel, bias], heap) {
  const [depth, units] = kernel.shape;
  return packMatrix(heap, depth, units, { values: kernel.values, start: (k) => k * units, step: 1 }, bias);
}

/** Every pair of matrices of two stacks; the second is put into panels first. */
function multiplyStacks(heap, a, b, out, [n, rows, depth, columns], right, result) {
  const panels = Math.ceil(columns / PANEL), padded = panels * PANEL;
  const matrix = { panels, weights: right.address, bias: right.address + 4 * panels * depth * PANEL };
  const packed = right.values;
  packed.fill(0);
  for (let i = 0; i < n; i++) {
    for (let k = 0, from = i * depth * columns; k < depth; k++)
      for (let c = 0; c < columns; c++) packed[((c >> 3) * depth + k) * PANEL + (c & 7)] = b.values[from++];
    multiply(heap, result.address, 4 * padded, a.address + 4 * i * rows * depth, 4 * depth, matrix, rows, 1, depth, 0, -Infinity);
    unpanel(result.values, padded, out.values.subarray(i * rows * columns, (i + 1) * rows * columns), columns);
  }
}

const PACK = { convolution: packConvolution, transposed_convolution: packTransposed, dense: packDense };
