// The view "Vorschläge": four fills of one hole, computed before the reader's eyes, and where they differ.
//
// Of a photograph, a window around the hole: a sample takes time in proportion to its pixels.

const N_SAMPLES = 4;
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

class SamplesView {
  constructor(root, studio, answers, content, { say, fail }) {
    Object.assign(this, { root, studio, answers, say, fail });
    this.methods = Object.keys(content.networks).filter((name) => content.networks[name].includes("flow"));
    this.method = this.methods[0];
    this.round = 0;
    this.fields = Array.from({ length: N_SAMPLES }, (_, i) => {
      const canvas = element("canvas", { width: 320, height: 320, role: "img", "aria-label": `Vorschlag ${i + 1}` });
      const label = element("figcaption"), bar = element("progress", { max: 1, value: 0, "aria-label": `Vorschlag ${i + 1}: Schritte` });
      root.querySelector(".vier").append(element("figure", {}, canvas, label, bar));
      return { canvas, label, bar, seed: i + 1, filled: null };
    });
    root.querySelector(".noch-einer").addEventListener("click", () => this.renew(1));
    root.querySelector(".neue-vier").addEventListener("click", () => this.renew(N_SAMPLES));
    const choice = root.querySelector(".sampler");
    for (const name of this.methods) choice.append(element("option", { value: name, textContent: METHODS[name].label }));
    choice.closest("label").hidden = this.methods.length < 2;
    const tell = () => { root.querySelector(".sampler-name").textContent = METHODS[this.method].short; };
    tell();
    choice.addEventListener("change", () => {
      this.method = choice.value;
      tell();
      this.update();
    });
    this.piece = null;
    this.seed = N_SAMPLES;
  }
  /** Seeds that come next; the oldest give way, so that the newest are last. */
  renew(n) {
    const { fields } = this, kept = fields.slice(n).map(({ seed, filled }) => ({ seed, filled }));
    fields.forEach((field, i) => Object.assign(field, kept[i] ?? { seed: ++this.seed, filled: null }));
    this.start();
  }
  /** Picture or mask changed, or the view was opened. */
  update() {
    this.round++;
    this.answers.send({ scope: "vorschläge", round: this.round });
    for (const field of this.fields) field.filled = null;
    this.piece = null;
    if (!this.studio.isStroking) this.start();
    else this.fields.forEach((field) => this.show(field));
  }
  leave() {
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
  async start() {
    const piece = (this.piece = this.findPiece());
    this.root.querySelector(".hinweis-vorschlag").textContent = this.describePiece();
    for (const part of this.root.querySelectorAll(".mehr :is(button, .vergleich-vorschlaege)")) part.hidden = !piece;
    for (const field of this.fields) {
      field.bar.value = field.filled ? 1 : 0;
      this.show(field);
    }
    this.compare();
    if (!piece) return;
    const round = ++this.round;
    const { height, width, shown: image, mask } = piece, question = { height, width, image, mask };
    try {
      for (const field of this.fields) {
        if (field.filled) continue;
        const found = await this.answers.ask(
          { kind: "sample", method: this.method, scope: "vorschläge", round, picture: question, seed: field.seed },
          ({ progress, filled }) => {
            if (!filled || round !== this.round) return;
            field.bar.value = progress;
            this.show(field, filled);
          });
        if (!found || round !== this.round) return;
        field.filled = found.filled;
        field.bar.value = 1;
        this.show(field);
        const { dataset } = this.root.closest(".werkstatt");
        dataset.vorschlaege = Number(dataset.vorschlaege ?? 0) + 1;
      }
      this.compare();
      this.say(`Vier Vorschläge, Startwerte ${this.fields.map(({ seed }) => seed).join(", ")}.`);
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
    field.label.textContent = `Startwert ${field.seed}${score}`;
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
