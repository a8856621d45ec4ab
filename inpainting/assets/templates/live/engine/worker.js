// The worker: networks and questions come in, answers and progress go out.
//
// A question is {id, kind, picture, ...}, a picture {height, width, image, mask}: image has values
// in [0, 1], row by row, three to a pixel, mask has 1 in the hole.  Questions belong to a round of a
// scope; one of a later round makes those of the same scope before it stop, which are then answered
// by {id, stale: true}; {scope, round} alone does that too.

const networks = new Map();
const newest = new Map();
let kernel = null;
let turn = Promise.resolve();

const MULTIPLE = 8;  // sizes of images that the networks take
const SLICE = 14;    // milliseconds of work after which the worker looks at its mail
const N_STEPS = 12;  // from noise to a sample
const LOOK_AHEAD = 0.35;  // how far a step looks ahead, as in inpainting/networks/flow.py

class Stale extends Error {}

const mail = new MessageChannel();
const waiting = [];
mail.port1.onmessage = () => waiting.shift()();
const lookAtMail = () => new Promise((resolve) => {
  waiting.push(resolve);
  mail.port2.postMessage(0);
});

const isStale = ({ scope, round }) => newest.get(scope) > round;

/** Rests now and then, tells how far the work is, and stops it when nobody waits for it. */
function createPause(question, from = 0, share = 1) {
  let last = performance.now();
  return async (done) => {
    if (performance.now() - last < SLICE) return;
    await lookAtMail();
    if (isStale(question)) throw new Stale();
    last = performance.now();
    postMessage({ id: question.id, progress: from + share * done });
  };
}

function load(name, part) {
  const about = networks.get(name)[part];
  if (!(about instanceof Network)) networks.get(name)[part] = new Network(about, kernel);
  return networks.get(name)[part];
}

// ------------------------------------------------------------ images and tensors

/** Image and mask for a network: what is added to reach a multiple of 8 is hole. */
function createInputs({ height, width, image, mask }) {
  const high = MULTIPLE * Math.ceil(height / MULTIPLE), wide = MULTIPLE * Math.ceil(width / MULTIPLE);
  const pixels = new Float32Array(high * wide * 3), hole = new Float32Array(high * wide).fill(1);
  for (let y = 0; y < height; y++) {
    pixels.set(image.subarray(3 * y * width, 3 * (y + 1) * width), 3 * y * wide);
    hole.set(mask.subarray(y * width, (y + 1) * width), y * wide);
  }
  const masked_image = pixels.map((value, i) => (hole[Math.floor(i / 3)] ? 0 : value));
  const named = (values, depth) => ({ shape: [1, high, wide, depth], values });
  return { image: named(pixels, 3), mask: named(hole, 1), masked_image: named(masked_image, 3) };
}

/** The part of a network's answer that the image has, known pixels as they were. */
function composite({ height, width, image, mask }, { shape, values }) {
  const wide = shape[2], filled = new Float32Array(image.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) {
    const i = y * width + x;
    filled[3 * i + c] = mask[i] ? Math.min(Math.max(values[(y * wide + x) * 3 + c], 0), 1) : image[3 * i + c];
  }
  return filled;
}

const pick = (inputs, network) => Object.fromEntries(network.inputs.map((name) => [name, inputs[name]]));

// ------------------------------------------------------------ answers

const ANSWERS = {
  /** One method's fill. */
  async fill({ method, picture }, pause) {
    const { image, mask, height, width } = picture;
    if (method === "biharmonisch") return { filled: await fillBiharmonic(image, mask, height, width, pause) };
    const network = load(method === "prior" ? "kompakt" : method, "context");
    if (method === "prior") {  // what our network starts from: its last step of conjugate gradients
      const also = [network.stages.blocks.at(-1)];
      const found = await network.run(pick(createInputs(picture), network), { outputs: [], also, pause });
      return { filled: composite(picture, toPixels(found.also[0])) };
    }
    const { mean } = await network.run(pick(createInputs(picture), network), { outputs: ["mean"], pause });
    return { filled: composite(picture, mean) };
  },

  /** Every stage of our network: hole, pull-push, steps of conjugate gradients, result. */
  async stages({ method, picture }, pause) {
    const network = load(method, "context");
    const { blocks } = network.stages;
    const found = await network.run(pick(createInputs(picture), network), { outputs: ["mean"], also: blocks, pause });
    const steps = found.also.map((blocks) => composite(picture, toPixels(blocks)));
    return { steps, filled: composite(picture, found.mean) };
  },

  /** One sample; every step is told. */
  async sample({ id, method, picture, seed, noise, steps = N_STEPS }, pause) {
    const context = load(method, "context"), flow = load(method, "flow");
    const inputs = createInputs(picture);
    const seen = await context.run(pick(inputs, context), { pause });
    const { shape } = inputs.image, { values: mask } = inputs.mask;
    let state = drawNoise(seed, picture, shape, noise).map((value, i) => value * mask[Math.floor(i / 3)]);
    let before = null;
    for (let step = 0; step < steps; step++) {
      const now = step / steps, then = (step + 1) / steps;
      const given = { ...seen, mask: inputs.mask, state: { shape, values: state }, time: { shape: [1, 1], values: Float32Array.of(now) } };
      const arrival = (await flow.run(pick(given, flow), { pause })).mean.values;
      const share = (then - now) / (1 - now);
      const ahead = step && step < steps - 1 ? LOOK_AHEAD : 0;
      const aim = arrival.map((value, i) => (ahead ? value + ahead * (value - before[i]) : value));
      state = state.map((value, i) => value + share * (aim[i] - value));
      before = arrival;
      const values = state.map((value, i) => seen.mean.values[i] + seen.scale.values[Math.floor(i / 3)] * value);
      const filled = composite(picture, { shape, values });
      if (step === steps - 1) return { filled };
      postMessage({ id, progress: then, filled });
    }
    return null;
  },

  /** A network's raw answer to tensors, for tests. */
  async run({ method, part, given }, pause) {
    return load(method, part).run(given, { pause });
  },
};

/** Blocks of 4×4 pixels, channel 16·c + 4·y + x, as an image. */
function toPixels({ shape: [, height, width, depth], values }) {
  const image = new Float32Array(height * width * depth), edge = 4;
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) for (let k = 0; k < depth; k++) {
    const c = k >> 4, row = edge * y + ((k >> 2) & 3), column = edge * x + (k & 3);
    image[3 * (row * edge * width + column) + c] = values[(y * width + x) * depth + k];
  }
  return { shape: [1, edge * height, edge * width, 3], values: image };
}

/** Standard normal numbers for an image, mirrored where it was enlarged. */
function drawNoise(seed, { height, width }, [, high, wide], given) {
  const numbers = given ?? new Float32Array(height * width * 3);
  if (!given) {
    const draw = createRandom(seed);
    for (let i = 0; i < numbers.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - draw())), angle = 2 * Math.PI * draw();
      numbers[i] = radius * Math.cos(angle);
      if (i + 1 < numbers.length) numbers[i + 1] = radius * Math.sin(angle);
    }
  }
  const noise = new Float32Array(high * wide * 3);
  const inside = (i, n) => (i < n ? i : 2 * n - 1 - i);
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) for (let c = 0; c < 3; c++)
    noise[(y * wide + x) * 3 + c] = numbers[(inside(y, height) * width + inside(x, width)) * 3 + c];
  return noise;
}

async function answer(question) {
  const started = performance.now();
  try {
    if (isStale(question)) throw new Stale();
    const found = await ANSWERS[question.kind](question, createPause(question));
    postMessage({ id: question.id, done: true, time: performance.now() - started, ...found });
  } catch (error) {
    if (error instanceof Stale) postMessage({ id: question.id, stale: true });
    else postMessage({ id: question.id, failed: String(error) });
  }
}

onmessage = ({ data }) => {
  if (data.kernel) kernel = new WebAssembly.Module(decodeBase64(data.kernel));
  if (data.network) {
    const known = networks.get(data.network) ?? {};
    networks.set(data.network, { ...known, [data.part]: data.about });
  }
  if (data.scope) newest.set(data.scope, Math.max(data.round, newest.get(data.scope) ?? 0));
  if (!data.kind) return;
  turn = turn.then(() => answer(data));
};
