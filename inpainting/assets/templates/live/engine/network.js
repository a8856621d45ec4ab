// Executes the programs that inpainting/live/program.py writes.  A network's weights and tensors
// lie in the memory of one WebAssembly instance; number i of a program is the result of its
// instruction i.  A plan says, for one size of image, where each tensor lies and what is to be
// done: memory is used again as soon as its tensor is not needed any more.

const PANEL = 8;  // results of a pixel that the kernel computes together

const product = (shape) => shape.reduce((a, b) => a * b, 1);
function decodeBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** Numbers in the memory of a network. */
class Tensor {
  constructor(heap, shape, address = 0) {
    Object.assign(this, { heap, shape, size: product(shape), address, view: null });
  }
  /** A view of them; memory that grew has a new buffer. */
  get values() {
    if (this.view?.buffer !== this.heap.memory.buffer)
      this.view = new Float32Array(this.heap.memory.buffer, this.address, this.size);
    return this.view;
  }
}

class Heap {
  constructor(module) {
    this.memory = new WebAssembly.Memory({ initial: 1 });
    this.kernel = new WebAssembly.Instance(module, { js: { memory: this.memory } }).exports;
    this.end = 64;
  }
  /** Make sure that addresses below a limit exist. */
  reach(limit) {
    const missing = limit - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
  }
  /** A place for numbers that are kept for good, zeros at first. */
  keep(size) {
    const tensor = new Tensor(this, [size], this.end);
    this.end += 64 * Math.ceil(size / 16);
    this.reach(this.end);
    tensor.values.fill(0);  // a plan may have used it
    return tensor;
  }
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

/**
 * Matrices (rows × columns, behind one another) of whole numbers of a few bits each, the lowest first,
 * half of their range added to them; each matrix has a row of scales.
 */
function unpackNumbers(bytes, width, scales, rows, columns) {
  const values = new Float32Array(scales.length * rows), lowest = (1 << width) - 1, middle = 1 << (width - 1);
  let i = 0, at = 0, held = 0, bits = 0;
  for (let from = 0; from < scales.length; from += columns)
    for (let r = 0; r < rows; r++) for (let c = from; c < from + columns; c++) {
      for (; bits < width; bits += 8) held |= bytes[at++] << bits;
      values[i++] = ((held & lowest) - middle) * scales[c];
      held >>>= width;
      bits -= width;
    }
  return values;
}

/** The weight arrays of a network as float32, see inpainting/live/weights.py. */
function decodeWeights(text, about) {
  const bytes = decodeBase64(text);
  let start = 0;
  const take = (length) => bytes.slice(start, (start += length)).buffer;
  return about.map(({ shape, format }) => {
    const size = product(shape);
    if (format === "float32") return { shape, values: new Float32Array(take(4 * size)) };
    if (format === "float16") return { shape, values: widen(new Uint16Array(take(2 * size))) };
    const [rows, columns] = shape.slice(-2), width = Number(format.slice(3));
    const scales = new Float32Array(take(4 * (size / rows)));
    const packed = new Uint8Array(take(Math.ceil((size * width) / 8)));
    return { shape, values: unpackNumbers(packed, width, scales, rows, columns) };
  });
}

class Network {
  /** @param about what pack_network made; @param module the compiled kernel. */
  constructor(about, module) {
    this.heap = new Heap(module);
    this.program = about.program;
    this.inputs = about.inputs;
    this.outputs = about.outputs;
    this.stages = about.stages ?? {};
    this.arrays = decodeWeights(about.weights, about.arrays);
    this.packed = new Map();
    this.plans = new Map();
  }

  /** The weights of an instruction in the order in which the kernel reads them. */
  pack(about) {
    const key = about.weights.join();
    if (!this.packed.has(key)) {
      const arrays = about.weights.map((i) => this.arrays[i]);
      this.packed.set(key, PACK[about.op](about, arrays, this.heap));
      this.plans.clear();  // their tensors start where the weights ended
    }
    return this.packed.get(key);
  }

  /** The plan for inputs of these shapes; `wanted` are the results that are read afterwards. */
  plan(shapes, wanted) {
    const key = JSON.stringify([shapes, wanted]);
    if (!this.plans.has(key)) {
      if (this.plans.size > 5) this.plans.clear();
      this.plans.set(key, this.makePlan(shapes, wanted));
    }
    return this.plans.get(key);
  }

  makePlan(shapes, wanted) {
    const { program, heap } = this;
    const isNeeded = program.map(() => false);
    for (const i of wanted) isNeeded[i] = true;
    for (let i = program.length - 1; i >= 0; i--)
      if (isNeeded[i]) for (const j of program[i].in ?? []) isNeeded[j] = true;

    const tensors = [], roots = [];
    const last = program.map((_, i) => i);  // the last instruction that reads a result's memory
    const parts = program.map((about, i) => {
      const sources = (about.in ?? []).map((j) => tensors[j]);
      const part = isNeeded[i] ? OPERATIONS[about.op](about, sources, about.weights && this.pack(about), shapes) : null;
      tensors.push(part && new Tensor(heap, part.shape));
      roots.push(part?.alias ? roots[about.in[0]] : i);
      if (part) for (const j of about.in ?? []) last[roots[j]] = i;
      return part;
    });
    for (const i of wanted) last[roots[i]] = Infinity;

    const steps = [];
    const arena = new Arena(heap.end);
    parts.forEach((part, i) => {
      if (!part) return;
      const sources = program[i].in ?? [];
      tensors[i].address = roots[i] === i ? arena.take(tensors[i].size) : tensors[roots[i]].address;
      const work = (part.work ?? []).map((size) => new Tensor(heap, [size], arena.take(size)));
      const read = sources.map((j) => tensors[j]);
      if (part.run) steps.push({ cost: part.cost ?? tensors[i].size, run: () => part.run(tensors[i], read, work) });
      for (const tensor of work) arena.give(tensor.address, tensor.size);
      for (const j of new Set([i, ...sources].map((k) => roots[k])))
        if (last[j] <= i && program[i].op !== "input") arena.give(tensors[j].address, tensors[j].size);
    });
    heap.reach(arena.highest);
    return { tensors, steps, cost: steps.reduce((sum, { cost }) => sum + cost, 0) };
  }

  /**
   * Compute.
   * @param given name → {shape, values}.
   * @param outputs names of the results to return, all of them by default.
   * @param also numbers of further results to return.
   * @param pause awaited between instructions with the share of work that is done; may throw.
   * @returns the outputs by name, and `also` as a list, each {shape, values}, copied.
   */
  async run(given, { outputs = Object.keys(this.outputs), also = [], pause = null } = {}) {
    const shapes = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, shape]));
    const { tensors, steps, cost } = this.plan(shapes, [...outputs.map((name) => this.outputs[name]), ...also]);
    this.program.forEach((about, i) => {
      if (about.op === "input" && tensors[i]) tensors[i].values.set(given[about.name].values);
    });
    let done = 0;
    for (const step of steps) {
      step.run();
      done += step.cost;
      if (pause) await pause(done / cost);
    }
    const copy = (i) => ({ shape: tensors[i].shape, values: tensors[i].values.slice() });
    const named = outputs.map((name) => [name, copy(this.outputs[name])]);
    return { ...Object.fromEntries(named), also: also.map(copy) };
  }
}

/** Gives out addresses behind a start: the first gap that is large enough. */
class Arena {
  constructor(start) {
    this.start = this.highest = start;
    this.taken = [];  // [address, end], in order
  }
  take(size) {
    const bytes = 64 * Math.ceil(size / 16);
    let address = this.start, at = 0;
    while (at < this.taken.length && this.taken[at][0] - address < bytes) address = this.taken[at++][1];
    this.taken.splice(at, 0, [address, address + bytes]);
    this.highest = Math.max(this.highest, address + bytes + 64);
    return address;
  }
  give(address, size) {
    const bytes = 64 * Math.ceil(size / 16);
    const at = this.taken.findIndex(([start, end]) => start === address && end === address + bytes);
    if (at >= 0) this.taken.splice(at, 1);
  }
}
