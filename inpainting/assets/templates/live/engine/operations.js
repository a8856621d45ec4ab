// What the instructions do.  Each takes the instruction, its inputs (tensors with a shape, in the
// order batch, height, width, channels where they are images), and packed weights; it returns the
// result's shape and a function that computes it.  `work` lists the sizes of scratch tensors,
// `alias` says that the result lies where the first input lies, `cost` counts multiplications
// where they are many.

// ------------------------------------------------------------ products and orders of axes

/** A product of two tensors over the letters that the result lacks, as numpy's einsum. */
function einsum(about, [first, second]) {
  const [[a, b], out] = [about.equation.split("->")[0].split(","), about.equation.split("->")[1]];
  const sizes = {};
  [...a].forEach((letter, d) => { sizes[letter] = first.shape[d]; });
  [...b].forEach((letter, d) => { sizes[letter] = second.shape[d]; });
  const group = (test) => [...new Set(a + b)].filter(test).join("");
  const both = group((l) => a.includes(l) && b.includes(l) && out.includes(l));
  const over = group((l) => a.includes(l) && b.includes(l) && !out.includes(l));
  const rows = group((l) => !b.includes(l)), columns = group((l) => !a.includes(l));
  const count = (letters) => product([...letters].map((letter) => sizes[letter]));
  const dimensions = [both, rows, over, columns].map(count);
  const [n, height, depth, width] = dimensions, panels = Math.ceil(width / PANEL);
  const order = (letters, wanted) => [...wanted].map((letter) => letters.indexOf(letter));
  const found = both + rows + columns;
  const shape = [...out].map((letter) => sizes[letter]);
  const work = [first.size, second.size, n * height * width, panels * PANEL * (depth + 1), height * panels * PANEL];
  const run = (result, [first, second], [left, right, joined, packed, raw]) => {
    permute(first.values, first.shape, order(a, both + rows + over), left.values);
    permute(second.values, second.shape, order(b, both + over + columns), right.values);
    multiplyStacks(result.heap, left, right, joined, dimensions, packed, raw);
    permute(joined.values, [...found].map((l) => sizes[l]), order(found, out), result.values);
  };
  return { shape, work, run, cost: product(dimensions) };
}

function matmul(about, [first, second]) {
  const letters = "abcdefg".slice(0, first.shape.length - 2);
  return einsum({ equation: `${letters}xy,${letters}yz->${letters}xz` }, [first, second]);
}

/** Axes in another order. */
function permute(from, shape, order, to) {
  const steps = shape.map((_, d) => product(shape.slice(d + 1)));
  const outer = order.slice(0, -1), last = order.at(-1);
  const step = steps[last], run = shape[last];
  const counter = outer.map(() => 0);
  for (let o = 0, start = 0; o < to.length;) {
    for (let k = 0; k < run; k++) to[o++] = from[start + k * step];
    for (let d = outer.length - 1; d >= 0; d--) {
      start += steps[outer[d]];
      if (++counter[d] < shape[outer[d]]) break;
      start -= counter[d] * steps[outer[d]];
      counter[d] = 0;
    }
  }
}

function transpose(about, [input]) {
  const run = (out, [input]) => permute(input.values, input.shape, about.axes, out.values);
  return { shape: about.axes.map((d) => input.shape[d]), run };
}

// ------------------------------------------------------------ pooling

/** Pixels outside the image do not count, neither as a value nor in the mean. */
const pooling = (isMean) => (about, [input]) => {
  const [n, height, width, depth] = input.shape;
  const { size: [tall, broad], strides: [down, right], padding } = about;
  const [rows, top] = span(height, tall, down, padding);
  const [columns, left] = span(width, broad, right, padding);
  const run = (out, [{ values }]) => {
    const to = out.values;
    for (let i = 0, o = 0; i < n; i++) for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
      const y0 = Math.max(y * down - top, 0), y1 = Math.min(y * down - top + tall, height);
      const x0 = Math.max(x * right - left, 0), x1 = Math.min(x * right - left + broad, width);
      const share = 1 / ((y1 - y0) * (x1 - x0));
      for (let c = 0; c < depth; c++, o++) {
        let found = isMean ? 0 : -Infinity;
        for (let v = y0; v < y1; v++) for (let u = x0, at = ((i * height + v) * width + x0) * depth + c; u < x1; u++, at += depth)
          if (isMean) found += values[at];
          else if (values[at] > found) found = values[at];
        to[o] = isMean ? found * share : found;
      }
    }
  };
  return { shape: [n, rows, columns, depth], run };
};

function upsampling(about, [input]) {
  const [n, height, width, depth] = input.shape, [down, right] = about.size;
  const run = (out, [{ values }]) => {
    const to = out.values;
    for (let row = 0, o = 0; row < n * height * down; row++)
      for (let x = 0, from = Math.floor(row / down) * width * depth; x < width; x++, from += depth)
        for (let k = 0; k < right; k++) for (let c = 0; c < depth; c++) to[o++] = values[from + c];
  };
  return { shape: [n, height * down, width * right, depth], run };
}

// ------------------------------------------------------------ element by element

// One loop each, so that each is compiled for itself; a step of 0 repeats a number.
const BINARY = {
  add: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = a[i + k * s] + b[j + k * t]; },
  subtract: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = a[i + k * s] - b[j + k * t]; },
  multiply: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = a[i + k * s] * b[j + k * t]; },
  divide: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = a[i + k * s] / b[j + k * t]; },
  maximum: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = Math.max(a[i + k * s], b[j + k * t]); },
  minimum: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = Math.min(a[i + k * s], b[j + k * t]); },
  greater: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) o[p + k] = a[i + k * s] > b[j + k * t] ? 1 : 0; },
  // 1 where the first is not zero, times the second: with its counterpart, a choice without a third input
  chosen: (o, p, n, a, i, s, b, j, t) => { for (let k = 0; k < n; k++) if (a[i + k * s]) o[p + k] = b[j + k * t]; },
};

const UNARY = {
  relu: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.max(a[i], 0); },
  sigmoid: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = 1 / (1 + Math.exp(-a[i])); },
  silu: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = a[i] / (1 + Math.exp(-a[i])); },
  tanh: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.tanh(a[i]); },
  exp: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.exp(a[i]); },
  sin: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.sin(a[i]); },
  cos: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.cos(a[i]); },
  sqrt: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = Math.sqrt(a[i]); },
  square: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = a[i] * a[i]; },
  negative: (o, a) => { for (let i = 0; i < o.length; i++) o[i] = -a[i]; },
  clip: (o, a, { low, high }) => { for (let i = 0; i < o.length; i++) o[i] = Math.min(Math.max(a[i], low), high); },
  ones_like: (o) => o.fill(1),
  zeros_like: (o) => o.fill(0),
};

/** The shape of tensors that are repeated along axes of length one, as in numpy. */
function broadcast(shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, d) => Math.max(...shapes.map((shape) => shape[shape.length - rank + d] ?? 1)));
}

/**
 * How to walk through tensors that are repeated to a shape: `run` numbers at a time, each tensor
 * with a step of 0 or 1 in a run, and starting at `starts`.
 */
function walk(shape, shapes) {
  const full = shapes.map((s) => [...Array(shape.length - s.length).fill(1), ...s]);
  let from = shape.length, run = 1;
  const kinds = full.map(() => null);  // does a tensor step along the run, or repeat?
  while (from > 0) {
    const length = shape[from - 1];
    const next = full.map((s, i) => (length === 1 ? kinds[i] : s[from - 1] === length ? 1 : 0));
    if (next.some((kind, i) => kinds[i] !== null && kind !== kinds[i])) break;
    next.forEach((kind, i) => { kinds[i] = kind; });
    run *= length;
    from--;
  }
  const outer = shape.slice(0, from), n = product(outer);
  const starts = full.map((s) => {
    const steps = s.map((length, d) => (length === 1 ? 0 : product(s.slice(d + 1))));
    const found = new Int32Array(n), counter = outer.map(() => 0);
    for (let i = 0, at = 0; i < n; i++) {
      found[i] = at;
      for (let d = from - 1; d >= 0; d--) {
        at += steps[d];
        if (++counter[d] < outer[d]) break;
        at -= counter[d] * steps[d];
        counter[d] = 0;
      }
    }
    return found;
  });
  return { run, n, starts, steps: kinds.map((kind) => kind ?? 0) };
}

const binary = (name) => (about, inputs) => {
  const shape = broadcast(inputs.map((input) => input.shape));
  const { run: length, n, starts: [i, j], steps: [s, t] } = walk(shape, inputs.map((input) => input.shape));
  const loop = BINARY[name];
  const run = (out, [a, b]) => {
    const o = out.values, x = a.values, y = b.values;
    for (let k = 0; k < n; k++) loop(o, k * length, length, x, i[k], s, y, j[k], t);
  };
  return { shape, run };
};

/** The second where the first is not zero, else the third. */
function where(about, inputs) {
  const shape = broadcast(inputs.map((input) => input.shape));
  const paths = [2, 1].map((i) => walk(shape, [inputs[0].shape, inputs[i].shape]));
  const run = (out, tensors) => {
    const o = out.values, condition = tensors[0].values;
    [2, 1].forEach((which, turn) => {
      const { run: length, n, starts: [i, j], steps: [s, t] } = paths[turn], chosen = tensors[which].values;
      for (let k = 0; k < n; k++)
        if (turn) BINARY.chosen(o, k * length, length, condition, i[k], s, chosen, j[k], t);
        else for (let m = 0; m < length; m++) o[k * length + m] = chosen[j[k] + m * t];
    });
  };
  return { shape, run };
}

const unary = (name) => (about, [input]) =>
  ({ shape: input.shape, run: (out, [a]) => UNARY[name](out.values, a.values, about) });

// ------------------------------------------------------------ along axes

const normal = (axis, rank) => (axis + rank) % rank;

/** Sizes before, along and behind neighbouring axes. */
function split3(shape, first, last = first) {
  return [shape.slice(0, first), shape.slice(first, last + 1), shape.slice(last + 1)].map(product);
}

const reduction = (kind) => (about, [input]) => {
  const { shape } = input, rank = shape.length;
  const axes = (about.axis === null ? shape.map((_, d) => d) : [about.axis].flat().map((axis) => normal(axis, rank))).sort((a, b) => a - b);
  if (axes.at(-1) - axes[0] !== axes.length - 1) throw new Error("axes that are no neighbours");
  const [outer, along, inner] = split3(shape, axes[0], axes.at(-1));
  const left = shape.map((n, d) => (axes.includes(d) ? 1 : n));
  const run = (out, [{ values }]) => {
    const sums = new Float64Array(inner), to = out.values;
    for (let o = 0, i = 0; o < outer; o++) {
      sums.fill(kind === "max" ? -Infinity : 0);
      for (let k = 0; k < along; k++) for (let c = 0; c < inner; c++, i++)
        if (kind === "max") sums[c] = Math.max(sums[c], values[i]);
        else sums[c] += values[i];
      for (let c = 0; c < inner; c++) to[o * inner + c] = kind === "mean" ? sums[c] / along : sums[c];
    }
  };
  return { shape: about.keepdims ? left : left.filter((_, d) => !axes.includes(d)), run };
};

function softmax(about, [input]) {
  const [outer, along, inner] = split3(input.shape, normal(about.axis, input.shape.length));
  const run = (out, [{ values }]) => {
    const to = out.values;
    for (let o = 0; o < outer; o++) for (let c = 0; c < inner; c++) {
      const start = o * along * inner + c;
      let high = -Infinity, sum = 0;
      for (let k = 0; k < along; k++) high = Math.max(high, values[start + k * inner]);
      for (let k = 0; k < along; k++) sum += to[start + k * inner] = Math.exp(values[start + k * inner] - high);
      for (let k = 0; k < along; k++) to[start + k * inner] /= sum;
    }
  };
  return { shape: input.shape, run };
}

function concatenate(about, inputs) {
  const axis = normal(about.axis, inputs[0].shape.length);
  const shape = inputs[0].shape.map((n, d) => (d === axis ? inputs.reduce((sum, { shape }) => sum + shape[d], 0) : n));
  const [outer, , behind] = split3(shape, axis), whole = shape[axis] * behind;
  const run = (out, tensors) => {
    let start = 0;
    for (const { values, size } of tensors) {
      const own = size / outer, to = out.values;
      for (let o = 0, i = 0; o < outer; o++) for (let k = 0; k < own; k++) to[o * whole + start + k] = values[i++];
      start += own;
    }
  };
  return { shape, run };
}

/** A part of an axis, from `start` of `length`; or part number `part` of `parts`. */
function slice(about, [input]) {
  const axis = normal(about.axis, input.shape.length);
  const length = about.length ?? input.shape[axis] / about.parts, start = about.start ?? about.part * length;
  const shape = input.shape.map((n, d) => (d === axis ? length : n));
  const [outer, , behind] = split3(shape, axis);
  const own = length * behind, whole = input.shape[axis] * behind;
  const run = (out, [{ values }]) => {
    const to = out.values;
    for (let o = 0, i = 0; o < outer; o++) for (let k = 0, from = o * whole + start * behind; k < own; k++) to[i++] = values[from + k];
  };
  return { shape, run };
}

function flip(about, [input]) {
  const [outer, along, inner] = split3(input.shape, normal(about.axis, input.shape.length));
  const run = (out, [{ values }]) => {
    const to = out.values;
    for (let o = 0, i = 0; o < outer; o++) for (let k = along - 1; k >= 0; k--)
      for (let c = 0, from = (o * along + k) * inner; c < inner; c++) to[i++] = values[from + c];
  };
  return { shape: input.shape, run };
}

/** One length may be -1: what is left.  With `keeps_batch`, the first axis is not named. */
function reshape(about, [input]) {
  const shape = about.keeps_batch ? [input.shape[0], ...about.shape] : [...about.shape];
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = input.size / -product(shape);
  return { shape, alias: true };
}

const OPERATIONS = {
  input: (about, inputs, weights, shapes) => ({ shape: shapes[about.name] }),
  constant: (about) => ({ shape: about.shape, run: (out) => out.values.set(about.values) }),
  convolution,
  transposed_convolution: transposedConvolution,
  dense,
  matmul,
  einsum,
  transpose,
  max_pooling: pooling(false),
  average_pooling: pooling(true),
  upsampling,
  where,
  softmax,
  concatenate,
  slice,
  flip,
  reshape,
  linear: (about, [input]) => ({ shape: input.shape, alias: true }),
  sum: reduction("sum"),
  mean: reduction("mean"),
  max: reduction("max"),
  ...Object.fromEntries(Object.keys(BINARY).map((name) => [name, binary(name)])),
  ...Object.fromEntries(Object.keys(UNARY).map((name) => [name, unary(name)])),
};
