// The view "Vorschläge": four fills of one hole, computed before the reader's eyes, and where they differ.

const N_SAMPLES = 4;
const SAMPLE_PIXELS = 64 * 64;  // larger pictures would take minutes

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
    choice.addEventListener("change", () => {
      this.method = choice.value;
      this.update();
    });
    this.next = 0;  // the field that the next single sample replaces
    this.seed = N_SAMPLES;
  }
  renew(n) {
    const chosen = [];
    for (let i = 0; i < n; i++) {
      const field = this.fields[this.next];
      this.next = (this.next + 1) % N_SAMPLES;
      field.seed = ++this.seed;
      chosen.push(field);
    }
    this.start(chosen);
  }
  /** Picture or mask changed, or the view was opened. */
  update() {
    this.round++;
    this.answers.send({ scope: "vorschläge", round: this.round });
    for (const field of this.fields) field.filled = null;
    if (!this.studio.isStroking) this.start(this.fields);
    else this.fields.forEach((field) => this.show(field));
  }
  leave() {
    this.round++;
    this.answers.send({ scope: "vorschläge", round: this.round });
  }
  async start(fields) {
    const { studio: { picture, mask, isPossible } } = this;
    const isTooLarge = picture.height * picture.width > SAMPLE_PIXELS;
    this.root.querySelector(".hinweis-vorschlag").textContent = isTooLarge
      ? "Vorschläge rechnet diese Seite für Bilder bis 64×64 Pixel; bitte eines der kleinen Bilder wählen."
      : isPossible ? "" : "Bitte links ein Loch malen.";
    for (const field of fields) {
      field.filled = null;
      field.bar.value = 0;
      this.show(field);
    }
    this.compare();
    if (isTooLarge || !isPossible) return;
    const round = ++this.round;
    const question = { height: picture.height, width: picture.width, image: picture.shown, mask: mask.slice() };
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
  show(field, filled = field.filled) {
    const { picture, mask, isPossible } = this.studio;
    draw(field.canvas, filled ?? picture.shown, picture, filled || !isPossible ? null : mask);
    const score = field.filled && picture.truth ? ` · ${german(psnr(picture.truth, field.filled, mask))} dB` : "";
    field.label.textContent = `Startwert ${field.seed}${score}`;
  }
  /** Where the fills disagree, their mean, and what that says. */
  compare() {
    const { picture, mask } = this.studio, fills = this.fields.map(({ filled }) => filled).filter(Boolean);
    const [map, mean] = this.root.querySelectorAll(".vergleich-vorschlaege canvas");
    const text = this.root.querySelector(".einigkeit");
    if (fills.length < N_SAMPLES) {
      draw(map, picture.shown, picture, mask);
      draw(mean, picture.shown, picture, mask);
      text.textContent = "";
      return;
    }
    const middle = picture.shown.map((_, i) => fills.reduce((sum, filled) => sum + filled[i], 0) / fills.length);
    const spread = new Float32Array(mask.length);
    let sum = 0;
    for (let i = 0; i < mask.length; i++) if (mask[i]) {
      let squares = 0;
      for (const filled of fills) for (let c = 3 * i; c < 3 * i + 3; c++) squares += (filled[c] - middle[c]) ** 2;
      spread[i] = Math.sqrt(squares / (3 * (fills.length - 1)));
      sum += spread[i];
    }
    const coloured = Float32Array.from(picture.shown, (value, i) => {
      const pixel = Math.floor(i / 3);
      return mask[pixel] ? heat(spread[pixel] / 0.3)[i % 3] : 0.25 * value + 0.6;
    });
    draw(map, coloured, picture);
    draw(mean, middle, picture);
    const n = count(mask), score = picture.truth ? `; das Mittel der vier erreicht ${german(psnr(picture.truth, middle, mask))} dB` : "";
    text.textContent = `Im Mittel weichen die vier Füllungen um ${Math.round((255 * sum) / n)} Graustufen voneinander ab${score}.`;
  }
}
