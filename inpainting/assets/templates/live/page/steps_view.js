// The view "Schritt für Schritt": what happens inside our network, for the reader's own hole.

const SHOWN_STEPS = [0, 1, 2, 3, 5];  // of the prefill, besides the last: the others look alike

/** How much a correction is amplified, so that its largest value is still seen, and in words. */
const findGain = (largest) => [[4, ", vierfach verstärkt"], [2, ", doppelt verstärkt"]].find(([gain]) => gain * largest <= 0.5) ?? [1, ""];

/** Root of the mean square error, in grey levels, that belongs to a PSNR. */
const toLevels = (dB) => 255 * 10 ** (-dB / 20);

class StepsView {
  constructor(root, studio, answers, content, { say, fail }) {
    Object.assign(this, { root, studio, answers, say, fail });
    this.round = this.at = 0;
    this.stages = [];
    this.canvas = root.querySelector(".stufe");
    this.slider = root.querySelector(".stufen-regler");
    this.slider.addEventListener("input", () => {
      this.turn = null;  // the film gives way to the reader
      this.show(Number(this.slider.value));
    });
    root.querySelector(".abspielen").addEventListener("click", () => this.play());
  }
  async update() {
    const { picture, mask, isPossible, isStroking } = this.studio, round = ++this.round;
    this.answers.send({ scope: "schritte", round });
    this.stages = [];
    this.show(0);
    if (isStroking || !isPossible) return;
    const question = { height: picture.height, width: picture.width, image: picture.shown, mask: mask.slice() };
    try {
      const found = await this.answers.ask({ kind: "stages", method: OURS, scope: "schritte", round, picture: question });
      if (!found || round !== this.round) return;
      const stage = (name, text, filled) => ({ name, text, filled, psnr: picture.truth && psnr(picture.truth, filled, mask) });
      const last = found.steps.length - 1, chosen = [...SHOWN_STEPS.filter((i) => i < last), last];
      const steps = chosen.map((i) => i
        ? stage(`${i}. CG-Schritt`, "Konjugierte Gradienten suchen die Füllung, die unter einer Gauß-Verteilung naher Pixel am wahrscheinlichsten ist.", found.steps[i])
        : stage("Pull-push", "Grob zuerst: Mittelwerte der bekannten Pixel über 2×2, 4×4 und 8×8 füllen das Loch.", found.steps[i]));
      const prefill = found.steps[last];
      const [gain, word] = findGain(found.filled.reduce((most, value, i) => Math.max(most, Math.abs(value - prefill[i])), 0));
      const correction = picture.shown.map((value, i) => (mask[Math.floor(i / 3)] ? 0.5 + gain * (found.filled[i] - prefill[i]) : 0.25 * value + 0.6));
      this.stages = [{ name: "Maskiert", text: "Was das Netz sieht: Im Loch steht nichts.", filled: null }, ...steps,
        { name: "Korrektur", text: `Was das gelernte U-Net (kompakt) addiert${word}: Grau heißt, es ändert nichts.`, filled: correction },
        stage("Ergebnis", "Gauß-Vorfüllung und Korrektur zusammen; die bekannten Pixel bleiben, wie sie sind.", found.filled)];
      this.slider.max = this.stages.length - 1;
      const { dataset } = this.root.closest(".werkstatt");
      dataset.stufen = Number(dataset.stufen ?? 0) + 1;
      this.drawStrip();
      if (isCalm()) this.show(this.stages.length - 1);
      else this.play();
    } catch (error) {
      this.fail(error);
    }
  }
  leave() {
    this.round++;
    this.answers.send({ scope: "schritte", round: this.round });
  }
  async play() {
    const round = this.round, turn = (this.turn = {});
    for (let i = 0; i < this.stages.length; i++) {
      if (round !== this.round || turn !== this.turn) return;
      this.show(i);
      await wait(i === 1 || i >= this.stages.length - 3 ? 1100 : 500);
    }
    this.describe();
  }
  show(i) {
    const { picture, mask } = this.studio, stage = this.stages[i];
    this.at = i;
    this.slider.value = i;
    draw(this.canvas, stage?.filled ?? picture.shown, picture, stage?.filled ? null : mask);
    const score = stage?.psnr ? ` · ${german(stage.psnr)} dB, Fehler ${german(toLevels(stage.psnr))}` : "";
    this.root.querySelector(".stufen-name").textContent = stage ? stage.name + score : this.studio.isPossible ? "wird gerechnet …" : "Bitte links ein Loch malen.";
    this.root.querySelector(".stufen-text").textContent = stage?.text ?? "";
    this.canvas.setAttribute("aria-label", stage ? `${stage.name}${score}` : "noch nichts gerechnet");
    this.slider.setAttribute("aria-valuetext", stage ? `${stage.name}${score}` : "");
    this.slider.disabled = this.root.querySelector(".abspielen").disabled = !this.stages.length;
    [...this.root.querySelectorAll(".stufen-reihe li")].forEach((item, k) => item.classList.toggle("hier", k === i));
  }
  describe() {
    const known = this.stages.filter(({ psnr }) => psnr);
    if (known.length) this.say(known.map(({ name, psnr }) => `${name} ${german(psnr)} Dezibel`).join(", "));
  }
  /** All stages small, with their numbers. */
  drawStrip() {
    const { picture, mask } = this.studio;
    this.root.querySelector(".stufen-reihe").replaceChildren(...this.stages.map((stage, i) => {
      const canvas = element("canvas", { width: 96, height: 96, "aria-hidden": "true" });
      draw(canvas, stage.filled ?? picture.shown, picture, stage.filled ? null : mask);
      const name = stage.name.replace("-Schritt", "");
      return element("li", {}, canvas, element("span", { textContent: name }), element("span", { className: "zahl", textContent: stage.psnr ? german(toLevels(stage.psnr)) : "" }));
    }));
    this.root.querySelector(".fehlertext").hidden = !picture.truth;
  }
}
