// The first screen: a picture with a hole, and its fill, stage by stage while one looks.  A slider lies
// over the fill: whoever drags it sees the hole come back from the left.

class Teaser {
  /**
   * @param done is called when the first picture is filled, or cannot be.
   * @param play opens the game; null if there is none.
   */
  constructor(root, answers, pictures, { done, play }) {
    Object.assign(this, { root, answers });
    const studio = (this.studio = new Studio());
    this.canvas = root.querySelector(".teaser-ergebnis");
    this.slider = root.querySelector(".teaser-grenze");
    this.slider.addEventListener("input", () => this.paint());
    const show = () => {
      this.show();
      if (this.filler.isCurrent(OURS)) done();
    };
    this.filler = new Filler(studio, answers, [OURS], { scope: "teaser", fail: done, show });
    const tools = { name: () => "pinsel", size: () => 3, choose: () => {}, resize: () => {} };
    const source = root.querySelector(".teaser-quelle");
    new Painter(source, studio, tools, () => {});
    source.addEventListener("pointerdown", () => { root.querySelector(".einladung").hidden = true; });
    studio.on((what) => {
      this.turn = null;  // the film gives way to the reader
      if (what === "picture") this.film();
      else this.show();
    });
    const choice = root.querySelector(".teaser-auswahl");
    pictures.forEach((picture, i) => {
      const canvas = element("canvas", { width: SMALL, height: SMALL, "aria-hidden": "true" });
      draw(canvas, picture.shown, picture);
      const button = element("button", { type: "button", "aria-label": `Bild: ${picture.label}`, "aria-pressed": String(i === 0) }, canvas);
      button.addEventListener("click", () => {
        for (const other of choice.children) other.setAttribute("aria-pressed", String(other === button));
        studio.use(picture);
      });
      choice.append(button);
    });
    root.querySelector(".teaser-noch").addEventListener("click", () => studio.use(studio.picture));
    root.querySelector(".teaser-spiel").hidden = !play;
    if (play) root.querySelector(".teaser-spiel").addEventListener("click", play);
    for (const still of root.parentElement.querySelectorAll(":scope > .standbild, :scope > .wo")) still.hidden = true;
    root.hidden = false;
    studio.use(pictures[0]);
  }
  async film() {
    const { studio, studio: { picture, mask } } = this, turn = (this.turn = {});
    this.show();
    const question = { height: picture.height, width: picture.width, image: picture.shown, mask: mask.slice() };
    const found = await this.answers.ask({ kind: "stages", method: OURS, scope: "teaser-film", round: this.filler.round, picture: question }).catch(() => null);
    if (!found || turn !== this.turn) return;
    const last = found.steps.length - 1, chosen = [0, 1, 2, 4, last].filter((i, k, all) => all.indexOf(i) === k && i <= last);
    for (const i of isCalm() ? [] : chosen) {
      this.paint(found.steps[i]);
      this.told(i ? `${i}. Schritt der Gauß-Vorfüllung` : "grob gefüllt");
      await wait(420);
      if (turn !== this.turn || picture !== studio.picture) return;
    }
    this.turn = null;
    this.show();
  }
  /** Show values, or the last ones, as far as the slider lets them be seen. */
  paint(values = this.painted.values, hatched = this.painted.hatched) {
    const { canvas, slider, studio: { picture, mask } } = this, share = readShare(slider);
    this.painted = { values, hatched };
    draw(canvas, values, picture, hatched);
    cover(canvas, picture.shown, picture, mask, share);
    slider.parentElement.style.setProperty("--grenze", `${slider.value}%`);
  }
  told(text) {
    this.root.querySelector(".teaser-stand").textContent = text;
  }
  show() {
    const { studio: { picture, mask, isPossible }, filler } = this, result = filler.results.get(OURS);
    if (result && filler.isCurrent(OURS)) this.root.dataset.gefuellt = Number(this.root.dataset.gefuellt ?? 0) + 1;
    if (this.turn && !result) this.paint(picture.shown, mask);
    if (this.turn) return;
    this.paint(result?.filled ?? picture.shown, result || !isPossible ? null : mask);
    this.told(result ? "von unserem kleinen Netz „kompakt“ gefüllt" : "");
  }
}
