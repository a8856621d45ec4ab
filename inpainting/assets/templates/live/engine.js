"use strict";
// Executes the programs that inpainting/report/live.py writes, for one image at a time.
// Tensors are Float32Arrays in the order height, width, channels.  Everything lives in this one
// function, because its source text also becomes the worker's.
function liveEngine() {
  // ------------------------------------------------------------ weights

  const decode = (text) =>
    Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  /** Base64 as float32 values; "float16" is widened. */
  function decodeWeights(text, format) {
    const { buffer } = decode(text);
    return format === "float16" ? widen(new Uint16Array(buffer)) : new Float32Array(buffer);
  }

  /** Exponents of float16 start at -15, of float32 at -127: the same bits are 2**112 times smaller. */
  function widen(halves) {
    const values = new Float32Array(halves.length);
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < halves.length; i++) {
      bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
      values[i] *= 2 ** 112;
    }
    return values;
  }

  // ------------------------------------------------------------ the matrix product

  const PANEL = 8;  // columns of a product that are computed together
  const ROWS = 4;   // and rows

  /** Memory for the matrices of one network; addresses stay valid while it grows. */
  function createHeap(kernel) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(kernel);
    const { multiply } = new WebAssembly.Instance(module, { js: { memory } }).exports;
    let end = 0;
    const allocate = (length) => {
      const start = end;
      end += 16 * Math.ceil(length / 4);
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65536));
      return start;
    };
    const view = (start, length) => new Float32Array(memory.buffer, start, length);
    return { allocate, view, multiply };
  }

  /** A matrix a (rows × depth) and its product with b (panels × depth × PANEL). */
  function createProduct(heap, b, rows, panels, depth) {
    const full = ROWS * Math.ceil(rows / ROWS);
    const weights = heap.allocate(b.length);
    heap.view(weights, b.length).set(b);
    const left = heap.allocate(full * depth);
    const result = heap.allocate(full * panels * PANEL);
    return {
      left: () => heap.view(left, rows * depth),
      compute: () => {
        heap.multiply(result, left, weights, full, panels, depth);
        return heap.view(result, rows * panels * PANEL);
      },
    };
  }

  // ------------------------------------------------------------ windows

  /** Output length, and pixels before the first, of a window along one axis (as TensorFlow). */
  function span(length, size, stride, padding) {
    if (padding === "valid") return [Math.floor((length - size) / stride) + 1, 0];
    const n = Math.ceil(length / stride);
    return [n, Math.max((n - 1) * stride + size - length, 0) >> 1];
  }

  const known = new Map();

  /** What a function makes of these arguments, made once. */
  function remember(make, ...given) {
    const key = [make.name, ...given].join();
    if (!known.has(key)) known.set(key, make(...given));
    return known.get(key);
  }

  const windows = ([height, width], { size, strides, padding }) =>
    remember(findWindows, height, width, size, strides, padding);

  /**
   * Where a window lies, row by row: output pixel, first place in the window, first input pixel,
   * and how many of each follow one another.
   */
  function findWindows(height, width, size, strides, padding) {
    const [rows, top] = span(height, size[0], strides[0], padding);
    const [columns, left] = span(width, size[1], strides[1], padding);
    const places = new Int32Array(4 * rows * columns * size[0]);
    let n = 0;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      const first = j * strides[1] - left;
      const start = Math.max(first, 0), end = Math.min(first + size[1], width);
      for (let k = 0; k < size[0]; k++) {
        const y = i * strides[0] + k - top;
        if (y < 0 || y >= height || start >= end) continue;
        places[n++] = i * columns + j;
        places[n++] = k * size[1] + start - first;
        places[n++] = y * width + start;
        places[n++] = end - start;
      }
    }
    return { places: places.subarray(0, n), outer: [rows, columns] };
  }

  function activate(values, kind) {
    if (kind === "relu") for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i], 0);
    if (kind === "sigmoid") for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]));
  }

  const product = (shape) => shape.reduce((a, b) => a * b, 1);

  // ------------------------------------------------------------ instructions
  // Each takes the instruction, its inputs {shape, values}, its weights and the heap, and returns
  // the output's shape and a function that computes its values.

  function convolution(about, [input], [kernel, bias], heap) {
    const depth = input.shape[2];
    const { places, outer } = windows(input.shape, about);
    const taps = product(about.size);
    const panels = Math.ceil(about.filters / PANEL);
    const matrix = createProduct(heap, kernel, product(outer), panels, taps * depth);
    const run = (out) => {
      const { values } = input;
      const patches = matrix.left();
      for (let i = 0; i < places.length; i += 4) {
        const from = places[i + 2] * depth;
        patches.set(values.subarray(from, from + places[i + 3] * depth), (places[i] * taps + places[i + 1]) * depth);
      }
      const result = matrix.compute();
      for (let i = 0, o = 0; o < out.length; i += panels * PANEL)
        for (let c = 0; c < about.filters; c++, o++) out[o] = bias ? result[i + c] + bias[c] : result[i + c];
      activate(out, about.activation);
    };
    return { shape: [...outer, about.filters], run };
  }

  function transposedConvolution(about, [input], [kernel, bias], heap) {
    const [height, width, depth] = input.shape;
    const same = about.padding === "same";
    const outer = [height, width].map((n, d) =>
      n * about.strides[d] + (same ? 0 : Math.max(about.size[d] - about.strides[d], 0)));
    const { places } = windows(outer, about);  // the convolution of which this is the transpose
    const taps = product(about.size);
    const panels = Math.ceil((taps * about.filters) / PANEL);
    const matrix = createProduct(heap, kernel, height * width, panels, depth);
    const run = (out) => {
      matrix.left().set(input.values);
      const result = matrix.compute();
      for (let o = 0; o < out.length; o++) out[o] = bias ? bias[o % about.filters] : 0;
      for (let i = 0; i < places.length; i += 4) {
        const from = places[i] * panels * PANEL + places[i + 1] * about.filters;
        const to = places[i + 2] * about.filters;
        for (let c = 0; c < places[i + 3] * about.filters; c++) out[to + c] += result[from + c];
      }
      activate(out, about.activation);
    };
    return { shape: [...outer, about.filters], run };
  }

  function depthwiseConvolution(about, [input], [kernel, bias]) {
    const depth = input.shape[2];
    const { places, outer } = windows(input.shape, about);
    const run = (out) => {
      const { values } = input;
      for (let o = 0; o < out.length; o++) out[o] = bias ? bias[o % depth] : 0;
      for (let i = 0; i < places.length; i += 4) {
        const to = places[i] * depth;
        let tap = places[i + 1] * depth, from = places[i + 2] * depth;
        for (let n = places[i + 3]; n > 0; n--)
          for (let c = 0; c < depth; c++) out[to + c] += values[from++] * kernel[tap++];
      }
      activate(out, about.activation);
    };
    return { shape: [...outer, depth], run };
  }

  /** Pixels outside the image do not count, neither as a value nor in the mean. */
  const pooling = (start, join, mean) => (about, [input]) => {
    const depth = input.shape[2];
    const { places, outer } = windows(input.shape, about);
    const count = new Int32Array(product(outer)).fill(mean ? 0 : 1);
    if (mean) for (let i = 0; i < places.length; i += 4) count[places[i]] += places[i + 3];
    const run = (out) => {
      const { values } = input;
      out.fill(start);
      for (let i = 0; i < places.length; i += 4) {
        const to = places[i] * depth;
        let from = places[i + 2] * depth;
        for (let n = places[i + 3]; n > 0; n--)
          for (let c = 0; c < depth; c++) out[to + c] = join(out[to + c], values[from++]);
      }
      for (let o = 0; o < out.length; o++) out[o] /= count[(o / depth) | 0];
    };
    return { shape: [...outer, depth], run };
  };

  function upsampling(about, [input]) {
    const [height, width, depth] = input.shape;
    const [rows, columns] = about.size;
    const run = (out) => {
      for (let y = 0, o = 0; y < height * rows; y++)
        for (let x = 0; x < width * columns; x++)
          for (let c = 0, i = (Math.floor(y / rows) * width + Math.floor(x / columns)) * depth; c < depth; c++)
            out[o++] = input.values[i + c];
    };
    return { shape: [height * rows, width * columns, depth], run };
  }

  /** An operation on each element; axes of length one are repeated, as in numpy. */
  const elementwise = (f) => (about, inputs) => {
    const shape = [0, 1, 2].map((d) => Math.max(...inputs.map((input) => input.shape[d])));
    const [x, y, z] = inputs.map((input) => remember(indices, input.shape, shape));
    const [a, b, c] = inputs;
    const run = (out) => {
      if (z) for (let i = 0; i < out.length; i++) out[i] = f(a.values[x[i]], b.values[y[i]], c.values[z[i]]);
      else if (y) for (let i = 0; i < out.length; i++) out[i] = f(a.values[x[i]], b.values[y[i]]);
      else for (let i = 0; i < out.length; i++) out[i] = f(a.values[x[i]], about);
    };
    return { shape, run };
  };

  /** For each element of the larger shape, the index of its element in the smaller. */
  function indices(small, large) {
    const steps = small.map((n, d) => (n === 1 ? 0 : product(small.slice(d + 1))));
    const found = new Int32Array(product(large));
    for (let y = 0, o = 0; y < large[0]; y++) for (let x = 0; x < large[1]; x++) for (let c = 0; c < large[2]; c++)
      found[o++] = y * steps[0] + x * steps[1] + c * steps[2];
    return found;
  }

  const reduction = (mean) => (about, [input]) => {
    const axes = about.axis.map((axis) => (axis + 4) % 4 - 1);  // Keras counts the batch
    const shape = input.shape.map((n, d) => (axes.includes(d) ? 1 : n));
    const to = remember(indices, shape, input.shape);
    const sums = new Float64Array(product(shape));
    const share = mean ? sums.length / to.length : 1;
    const run = (out) => {
      sums.fill(0);
      for (let i = 0; i < to.length; i++) sums[to[i]] += input.values[i];
      for (let o = 0; o < out.length; o++) out[o] = sums[o] * share;
    };
    return { shape, run };
  };

  function concatenate(about, inputs) {
    const [height, width] = inputs[0].shape;
    const depth = inputs.reduce((sum, input) => sum + input.shape[2], 0);
    const run = (out) => {
      let start = 0;
      for (const { shape, values } of inputs) {
        const own = shape[2];
        for (let i = 0; i < height * width; i++)
          for (let c = 0; c < own; c++) out[i * depth + start + c] = values[i * own + c];
        start += own;
      }
    };
    return { shape: [height, width, depth], run };
  }

  const OPERATIONS = {
    convolution,
    transposed_convolution: transposedConvolution,
    depthwise_convolution: depthwiseConvolution,
    max_pooling: pooling(-Infinity, (largest, x) => (x > largest ? x : largest), false),
    average_pooling: pooling(0, (sum, x) => sum + x, true),
    upsampling,
    concatenate,
    relu: elementwise((x) => Math.max(x, 0)),
    sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
    add: elementwise((x, y) => x + y),
    subtract: elementwise((x, y) => x - y),
    multiply: elementwise((x, y) => x * y),
    divide: elementwise((x, y) => x / y),
    negative: elementwise((x) => -x),
    linear: elementwise((x) => x),
    greater: elementwise((x, y) => (x > y ? 1 : 0)),
    where: elementwise((condition, x, y) => (condition ? x : y)),
    clip: elementwise((x, { x_min: low, x_max: high }) => Math.min(Math.max(x, low), high)),
    ones_like: elementwise(() => 1),
    sum: reduction(false),
    mean: reduction(true),
  };

  /** A network, ready to run: inputs by name → the output's values, valid until the next run. */
  function loadNetwork({ program, sizes, weights, format, inputs }, kernel) {
    const heap = createHeap(decode(kernel));
    const flat = decodeWeights(weights, format);
    const arrays = [];
    for (let i = 0, start = 0; i < sizes.length; start += sizes[i++]) arrays.push(flat.subarray(start, start + sizes[i]));
    const tensors = [];
    const named = {};
    const steps = [];
    for (const about of program) {
      let tensor;
      if (about.op === "constant") tensor = { shape: [1, 1, 1], values: Float32Array.of(about.value) };
      else if (about.op === "input") tensor = named[about.name] = { shape: inputs[about.name], values: null };
      else {
        const sources = about.in.map((i) => tensors[i]);
        const { shape, run } = OPERATIONS[about.op](about, sources, (about.weights ?? []).map((i) => arrays[i]), heap);
        tensor = { shape, values: new Float32Array(product(shape)) };
        steps.push(() => run(tensor.values));
      }
      tensors.push(tensor);
    }
    return (given) => {
      for (const name in named) named[name].values = given[name];
      for (const step of steps) step();
      return tensors.at(-1).values;
    };
  }

  // ------------------------------------------------------------ the classical fill

  /**
   * The biharmonic surface (Damelin and Hoang, 2018): the squared Laplacian, mirrored at the
   * image's border, is zero in the hole.  A banded Cholesky factorisation in float64.
   */
  function fillBiharmonic(image, mask, size) {
    const hole = [];
    const place = new Int32Array(size * size).fill(-1);
    for (let i = 0; i < mask.length; i++) if (mask[i]) place[i] = hole.push(i) - 1;
    const n = hole.length;
    const band = 2 * size + 1;
    const lower = new Float64Array(n * band);  // lower[r, c] at r * band + c - r + band - 1
    const right = new Float64Array(3 * n);
    hole.forEach((pixel, r) => {
      for (const [other, weight] of squaredLaplacian(pixel, size)) {
        const c = place[other];
        if (c < 0) for (let k = 0; k < 3; k++) right[3 * r + k] -= weight * image[3 * other + k];
        else if (c <= r) lower[r * band + c - r + band - 1] = weight;
      }
    });
    solveBanded(lower, right, n, band);
    const limits = [0, 1, 2].map((k) => {
      let low = Infinity, high = -Infinity;
      for (let i = 0; i < mask.length; i++) if (!mask[i]) {
        low = Math.min(low, image[3 * i + k]);
        high = Math.max(high, image[3 * i + k]);
      }
      return [low, high];
    });
    const filled = Float32Array.from(image);
    hole.forEach((pixel, r) => {
      for (let k = 0; k < 3; k++)
        filled[3 * pixel + k] = Math.min(Math.max(right[3 * r + k], limits[k][0]), limits[k][1]);
    });
    return filled;
  }

  function laplacian(pixel, size) {
    const y = Math.floor(pixel / size), x = pixel % size;
    const around = [];
    if (y > 0) around.push(pixel - size);
    if (y < size - 1) around.push(pixel + size);
    if (x > 0) around.push(pixel - 1);
    if (x < size - 1) around.push(pixel + 1);
    return [...around.map((other) => [other, 1]), [pixel, -around.length]];
  }

  function squaredLaplacian(pixel, size) {
    const sum = new Map();
    for (const [near, outer] of laplacian(pixel, size))
      for (const [far, inner] of laplacian(near, size)) sum.set(far, (sum.get(far) ?? 0) + outer * inner);
    return sum;
  }

  /** Solve in place; the matrix is symmetric, positive definite, its lower band stored by rows. */
  function solveBanded(a, b, n, band) {
    const last = band - 1;
    for (let r = 0; r < n; r++) {
      const start = Math.max(0, r - last);
      for (let c = start; c <= r; c++) {
        let sum = a[r * band + c - r + last];
        for (let k = Math.max(start, c - last); k < c; k++) sum -= a[r * band + k - r + last] * a[c * band + k - c + last];
        a[r * band + c - r + last] = c < r ? sum / a[c * band + last] : Math.sqrt(sum);
      }
      for (let k = 0; k < 3; k++) {
        let sum = b[3 * r + k];
        for (let c = start; c < r; c++) sum -= a[r * band + c - r + last] * b[3 * c + k];
        b[3 * r + k] = sum / a[r * band + last];
      }
    }
    for (let r = n - 1; r >= 0; r--) {
      for (let k = 0; k < 3; k++) {
        const value = (b[3 * r + k] /= a[r * band + last]);
        for (let c = Math.max(0, r - last); c < r; c++) b[3 * c + k] -= a[r * band + c - r + last] * value;
      }
    }
  }

  return { loadNetwork, fillBiharmonic };
}
