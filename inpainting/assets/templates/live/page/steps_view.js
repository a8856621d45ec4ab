// The view "Schritt für Schritt": what happens inside our network, for the reader's own hole.

class StepsView {
  constructor(root, studio, answers, content, { say, fail }) {
    Object.assign(this, { root, studio, answers, say, fail });
    this.round = this.at = 0;
    this.stages = [];
    this.canvas = root.querySelector(".stufe");
    this.slider = root.querySelector(".stufen-regler");
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
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
      const steps = found.steps.map((filled, i) => i
        ? stage(`${i}. CG-Schritt`, "Konjugierte Gradienten suchen die Füllung, die unter einer Gauß-Verteilung naher Pixel am wahrscheinlichsten ist.", filled)
        : stage("Pull-push", "Grob zuerst: Mittelwerte der bekannten Pixel über 2×2, 4×4 und 8×8 füllen das Loch.", filled));
      this.stages = [{ name: "Maskiert", text: "Was das Netz sieht: Im Loch steht nichts.", filled: null }, ...steps,
        stage("Korrektur", "Das gelernte U-Net addiert, was es aus den Trainingsbildern über die Gauß-Vorfüllung hinaus gelernt hat.", found.filled)];
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
      await wait(i === 1 || i === this.stages.length - 2 ? 900 : 380);
    }
    this.describe();
  }
  show(i) {
    const { picture, mask } = this.studio, stage = this.stages[i];
    this.at = i;
    this.slider.value = i;
    draw(this.canvas, stage?.filled ?? picture.shown, picture, stage?.filled ? null : mask);
    const score = stage?.psnr ? ` · ${german(stage.psnr)} dB` : "";
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
      const name = stage.name.replace(". CG-Schritt", ". CG");
      return element("li", {}, canvas, element("span", { textContent: name }), element("span", { className: "zahl", textContent: stage.psnr ? german(stage.psnr) : "" }));
    }));
  }
}
