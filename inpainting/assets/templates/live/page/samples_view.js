// The view "Vorschläge": four fills of one hole, computed before the reader's eyes, and where they differ.
//
// Of a photograph, a window around the hole: a sample takes time in proportion to its pixels.  Where that
// means minutes, one sample of the faster network comes first, and others when they are asked for.

const N_SAMPLES = 4;
const N_STEPS = 12;                       // of a sample, as in worker.js
const WINDOWS = [64, 128, LARGEST_EDGE];  // pixels: the smallest window that holds the hole is filled
const SURROUNDINGS = 8;                   // pixels that are known, at least, around the hole in a window

/** Rows and columns around the holes, or the whole of a small picture. */
function findWindow(mask, { height, width }) {
  const hole = { top: height, left: width, bottom: -1, right: -1 };
  for (let i = 0; i < mask.length; i++) if (mask[i]) {
    const y = Math.floor(i / width), x = i % width;
    Object.assign(hole, { top: Math.min(hole.top, y), bottom: Math.max(hole.bottom, y), left: Math.min(hole.left, x), right: Math.max(hole.right, x) });
  }
  const needed = Math.max(hole.bottom - hole.top, hole.right - hole.left) + 1 + 2 * SURROUNDINGS;
  const edge = WINDOWS.find((edge) => edge >= needed) ?? LARGEST_EDGE;
  const place = (from, to, length) => {
    const size = Math.min(edge, length), start = Math.round((from + to + 1 - size) / 2);
    return [Math.min(Math.max(start, 0), length - size), size];
  };
  const [top, rows] = place(hole.top, hole.bottom, height), [left, columns] = place(hole.left, hole.right, width);
  return { top, left, height: rows, width: columns };
}

/** How far a sample is, and how long it will still take. */
class Work {
  constructor() {
    this.done = this.steps = 0;
    this.first = null;  // the end of the first step, before which another network runs
  }
  /** @param progress of the whole if a step is done, else of the network that runs. */
  note(progress, isStep) {
    if (isStep) this.steps = progress;
    this.done = Math.max(this.done, isStep ? progress : this.steps + progress / N_STEPS);
    if (isStep) this.first ??= { time: performance.now(), done: this.done };
  }
  /** In words; how long it will take is told when half a step shows how fast the network is. */
  describe() {
    const { first, done } = this;
    if (!first || done - first.done < 0.5 / N_STEPS) return percent(done);
    const left = (((performance.now() - first.time) / 1000) * (1 - done)) / (done - first.done);
    return `${percent(done)}, noch etwa ${left < 90 ? `${Math.max(1, Math.round(left))} s` : `${Math.round(left / 60)} min`}`;
  }
}

class SamplesView {
  constructor(root, studio, answers, content, { say, fail }) {
    Object.assign(this, { root, studio, answers, say, fail });
    this.methods = Object.keys(content.networks).filter((name) => content.networks[name].includes("flow"));
    this.chosen = null;  // the reader's choice of a network
    this.round = this.wanted = 0;
    this.isBusy = false;
    this.fields = Array.from({ length: N_SAMPLES }, (_, i) => {
      const canvas = element("canvas", { width: 320, height: 320, role: "img", "aria-label": `Vorschlag ${i + 1}` });
      const label = element("figcaption"), bar = element("progress", { max: 1, value: 0, "aria-label": `Vorschlag ${i + 1}: Schritte` });
      root.querySelector(".vier").append(element("figure", {}, canvas, label, bar));
      return { canvas, label, bar, seed: i + 1, filled: null };
    });
    root.querySelector(".noch-einer").addEventListener("click", () => this.add());
    root.querySelector(".neue-vier").addEventListener("click", () => this.renew(N_SAMPLES));
    root.querySelector(".anhalten").addEventListener("click", () => this.stop());
    const choice = (this.choice = root.querySelector(".sampler"));
    for (const name of this.methods) choice.append(element("option", { value: name, textContent: METHODS[name].label }));
    choice.closest("label").hidden = this.methods.length < 2;
    choice.addEventListener("change", () => {
      this.chosen = choice.value;
      this.update();
    });
    this.piece = null;
    this.seed = N_SAMPLES;
  }
  /** Does a sample take so long that one has to be asked for it? */
  get isSlow() {
    return Boolean(this.piece) && isPhoto(this.piece);
  }
  get method() {
    return this.chosen ?? (this.isSlow && this.methods.includes(OURS) ? OURS : this.methods[0]);
  }
  /** One more: in the next empty field, or in place of the oldest. */
  add() {
    if (this.wanted === N_SAMPLES) return this.renew(1);
    this.wanted++;
    if (!this.isBusy) return this.start();
    this.show(this.fields[this.wanted - 1]);
    this.showComparison();
  }
  stop() {
    this.leave();
    this.wanted = this.fields.filter(({ filled }) => filled).length;
    this.arrange();
    this.report("Angehalten.");
    this.root.querySelector(".noch-einer").focus();
  }
  /** Seeds that come next; the oldest give way, so that the newest are last. */
  renew(n) {
    this.wanted = N_SAMPLES;
    const { fields } = this, kept = fields.slice(n).map(({ seed, filled }) => ({ seed, filled }));
    fields.forEach((field, i) => Object.assign(field, kept[i] ?? { seed: ++this.seed, filled: null }));
    this.start();
  }
  /** Picture or mask changed, or the view was opened. */
  update() {
    this.leave();
    for (const field of this.fields) field.filled = null;
    this.piece = this.studio.isStroking ? null : this.findPiece();
    this.wanted = this.isSlow ? 1 : N_SAMPLES;
    if (!this.studio.isStroking) this.start();
    else this.fields.forEach((field) => this.show(field));
  }
  leave() {
    this.isBusy = false;
    this.round++;
    this.answers.send({ scope: "vorschläge", round: this.round });
  }
  /** What is filled: the picture, or a window of it; {height, width, truth, shown, mask}, null if there is none. */
  findPiece() {
    const { picture, mask, isPossible } = this.studio;
    if (!isPossible) return null;
    const window = findWindow(mask, picture), { height, width } = window;
    const part = (values, depth) => values && cut(values, picture, window, depth);
    return { height, width, truth: part(picture.truth, 3), shown: part(picture.shown, 3), mask: part(mask, 1) };
  }
  describePiece() {
    const { piece, studio: { picture } } = this;
    if (!piece) return "Bitte links ein Loch malen.";
    const isPart = piece.height * piece.width < picture.height * picture.width;
    return isPart ? `Gezeigt ist der Ausschnitt von ${piece.width}×${piece.height} Pixeln um das Loch.` : "";
  }
  /** Say what is shown, and how far the work is; "" when it is done. */
  report(progress = "") {
    this.root.querySelector(".hinweis-vorschlag").textContent = [this.describePiece(), progress].filter(Boolean).join(" ");
  }
  /** Show what there is, and what can be asked for. */
  arrange() {
    const { piece } = this;
    for (const button of this.root.querySelectorAll(".mehr button")) button.hidden = !piece;
    this.root.querySelector(".anhalten").hidden = !this.isBusy || !this.isSlow;
    this.showComparison();
    for (const field of this.fields) {
      field.bar.value = field.filled ? 1 : 0;
      this.show(field);
    }
    this.compare();
  }
  /** There is nothing to compare where fewer than four are asked for. */
  showComparison() {
    this.root.querySelector(".vergleich-vorschlaege").hidden = !this.piece || this.wanted < N_SAMPLES;
  }
  async start() {
    const { piece } = this, round = ++this.round;
    this.choice.value = this.method;
    this.root.querySelector(".sampler-name").textContent = METHODS[this.method].short;
    this.isBusy = Boolean(piece);
    this.report();
    this.arrange();
    if (!piece) return;
    const { height, width, shown: image, mask } = piece, question = { height, width, image, mask };
    try {
      for (let i = 0; i < this.wanted; i++) {  // which may grow meanwhile
        const field = this.fields[i];
        if (field.filled) continue;
        const work = new Work();
        const tell = () => {
          if (!this.isSlow) return;
          field.label.textContent = `Startwert ${field.seed} · ${percent(work.done)}`;
          this.report(`Vorschlag ${i + 1} wird gerechnet: ${work.describe()}.`);
        };
        tell();
        const found = await this.answers.ask(
          { kind: "sample", method: this.method, scope: "vorschläge", round, picture: question, seed: field.seed },
          ({ progress, filled }) => {
            if (round !== this.round) return;
            work.note(progress, Boolean(filled));
            if (filled) {
              field.bar.value = progress;
              this.show(field, filled);
            }
            tell();
          });
        if (!found || round !== this.round) return;
        field.filled = found.filled;
        field.bar.value = 1;
        this.show(field);
        const { dataset } = this.root.closest(".werkstatt");
        dataset.vorschlaege = Number(dataset.vorschlaege ?? 0) + 1;
      }
      this.isBusy = false;
      this.report();
      this.arrange();
      const seeds = this.fields.filter(({ filled }) => filled).map(({ seed }) => seed);
      this.say(seeds.length === 1 ? `Ein Vorschlag, Startwert ${seeds[0]}.` : `${seeds.length} Vorschläge, Startwerte ${seeds.join(", ")}.`);
    } catch (error) {
      this.fail(error);
    }
  }
  /** What is seen: the piece, or where there is none the picture and its mask. */
  get seen() {
    return this.piece ?? { ...this.studio.picture, mask: this.studio.mask };
  }
  show(field, filled = field.filled) {
    const { seen } = this, { truth, shown, mask } = seen;
    draw(field.canvas, filled ?? shown, seen, filled || !this.studio.isPossible ? null : mask);
    const score = field.filled && truth ? ` · ${german(psnr(truth, field.filled, mask))} dB` : "";
    const isAsked = this.fields.indexOf(field) < this.wanted;
    field.label.textContent = `Startwert ${field.seed}${isAsked || !this.isSlow ? score : " · offen"}`;
    field.bar.hidden = !isAsked && this.isSlow;
  }
  /** Where the fills disagree, their mean, and what that says. */
  compare() {
    const { seen } = this, { truth, shown, mask } = seen, fills = this.fields.map(({ filled }) => filled).filter(Boolean);
    const [map, mean] = this.root.querySelectorAll(".vergleich-vorschlaege canvas");
    const text = this.root.querySelector(".einigkeit");
    if (fills.length < N_SAMPLES) {
      draw(map, shown, seen, mask);
      draw(mean, shown, seen, mask);
      text.textContent = "";
      return;
    }
    const middle = shown.map((_, i) => fills.reduce((sum, filled) => sum + filled[i], 0) / fills.length);
    const spread = new Float32Array(mask.length);
    let sum = 0;
    for (let i = 0; i < mask.length; i++) if (mask[i]) {
      let squares = 0;
      for (const filled of fills) for (let c = 3 * i; c < 3 * i + 3; c++) squares += (filled[c] - middle[c]) ** 2;
      spread[i] = Math.sqrt(squares / (3 * (fills.length - 1)));
      sum += spread[i];
    }
    const coloured = Float32Array.from(shown, (value, i) => {
      const pixel = Math.floor(i / 3);
      return mask[pixel] ? heat(spread[pixel] / 0.3)[i % 3] : 0.25 * value + 0.6;
    });
    draw(map, coloured, seen);
    draw(mean, middle, seen);
    const n = count(mask), score = truth ? `; das Mittel der vier erreicht ${german(psnr(truth, middle, mask))} dB` : "";
    text.textContent = `Im Mittel weichen die vier Füllungen um ${Math.round((255 * sum) / n)} Graustufen voneinander ab${score}.`;
  }
}
