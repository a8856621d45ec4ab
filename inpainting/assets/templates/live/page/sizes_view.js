// The view "Lochgröße": a square hole grows; where does which method give up?

class SizesView {
  /** @param filler whose results are shown, live. */
  constructor(root, studio, filler, content, { say }) {
    Object.assign(this, { root, studio, filler, say });
    this.about = content.hole_sizes ?? null;
    this.methods = ["original", "biharmonisch", OURS].filter((name) => filler.methods.includes(name));
    this.slider = root.querySelector(".kante");
    this.slider.addEventListener("input", () => this.resize(Number(this.slider.value)));
    this.canvases = ["wahr", ...this.methods].map((name) => {
      const text = name === "wahr" ? "Wahres Bild" : METHODS[name].label;
      const canvas = element("canvas", { width: 320, height: 320, role: "img", "aria-label": text });
      const label = element("figcaption");
      root.querySelector(".nebeneinander").append(element("figure", {}, canvas, label));
      return { name, canvas, label };
    });
    this.square = null;  // the mask that the slider made
    if (this.about) this.drawCurve();
    root.querySelector(".kurventext").textContent = this.about
      ? `Linien: PSNR im Loch, gepoolt über ${whole(this.about.n)} Testbilder; Punkte: dieses Bild.`
      : "";
  }
  /** Photographs are too large to fill with every method while a slider moves, and the curve does not hold for them. */
  get isFit() {
    return !isPhoto(this.studio.picture);
  }
  get isSquare() {
    const { mask } = this.studio;
    return this.square?.length === mask.length && this.square.every((value, i) => value === mask[i]);
  }
  open() {
    if (this.isFit && !this.isSquare) {
      const own = this.studio.mask.slice();
      this.resize(Number(this.slider.value));
      this.studio.own = own;  // the reader's hole comes back afterwards
    } else this.show();
  }
  leave() {
    const { own } = this.studio;
    this.square = null;
    if (own) this.studio.change((mask) => mask.set(own));
  }
  /** A square hole of this edge (in 32nds of the picture) where the hole was, in the middle if there is none. */
  resize(edge) {
    const { picture, mask } = this.studio, { height, width } = picture;
    const pixels = Math.max(1, Math.round((edge * Math.min(height, width)) / SMALL));
    let y = 0, x = 0, n = 0;
    const from = this.square ?? mask;
    for (let i = 0; i < from.length; i++) if (from[i]) [y, x, n] = [y + Math.floor(i / width), x + (i % width), n + 1];
    this.centre = !n ? [height / 2, width / 2] : this.square ? this.centre : [y / n + 0.5, x / n + 0.5];
    const start = (centre, limit) => Math.min(Math.max(Math.round(centre - pixels / 2), 0), limit - pixels);
    this.edge = edge;
    const square = new Uint8Array(mask.length);
    rectangle(square, picture, start(this.centre[0], height), start(this.centre[1], width), pixels, pixels);
    this.square = square;
    const { own } = this.studio;
    this.studio.change((mask) => mask.set(square));
    this.studio.own = own;
    this.root.querySelector(".kante-wert").textContent = `${pixels}×${pixels}`;
  }
  update(what) {
    if (what === "picture") this.square = null;
    if (what === "picture" && this.isOpen) this.open();
    else this.show();
  }
  show() {
    const { picture, mask } = this.studio, { isFit, isSquare } = this;
    for (const part of this.root.querySelectorAll(".nebeneinander, .mehr")) part.hidden = !isFit || !this.isOpen;
    this.root.querySelector(".hinweis-groesse").hidden = isFit;
    if (!isFit) return;
    const isCurve = picture.height === SMALL && picture.width === SMALL;  // else it tells of other pictures
    this.root.querySelector(".kurve-platz").hidden = !isCurve || !this.about;
    this.root.querySelector(".kurventext").hidden = !isCurve;
    for (const { name, canvas, label } of this.canvases) {
      if (name === "wahr") {
        draw(canvas, picture.truth ?? picture.shown, picture);
        label.textContent = nameOfTruth(picture);
        continue;
      }
      const result = this.filler.results.get(name), isCurrent = this.filler.isCurrent(name);
      draw(canvas, result?.filled ?? picture.shown, picture, result ? null : mask);
      const score = !isCurrent ? " · …" : result.psnr ? ` · ${german(result.psnr)} dB` : "";
      label.textContent = capital(METHODS[name].short) + score;
      const point = this.points?.get(name);
      if (!point) continue;
      const isShown = isSquare && isCurrent && result.psnr;
      const beside = 4 * (this.methods.indexOf(name) - 1);  // equal ones do not cover each other
      point.setAttribute("visibility", isShown ? "visible" : "hidden");
      if (!isShown) continue;
      point.setAttribute("transform", `translate(${this.x(this.edge) + beside} ${this.y(result.psnr)})`);
      // a value outside the scale: at its end, an arrow that points beyond
      point.setAttribute("d", result.psnr > this.high ? "M0 -6L6 4H-6Z" : result.psnr < this.low ? "M0 6L6 -4H-6Z" : "M-5 0A5 5 0 0 0 5 0A5 5 0 0 0 -5 0Z");
    }
    this.line?.setAttribute("transform", `translate(${this.x(this.edge ?? 8)} 0)`);
    if (this.isOpen && isSquare && this.methods.every((name) => this.filler.isCurrent(name) && this.filler.results.get(name).psnr)) this.describe();
  }
  describe() {
    const values = this.methods.map((name) => `${METHODS[name].label} ${german(this.filler.results.get(name).psnr)} Dezibel`);
    this.say(`Loch ${this.edge} mal ${this.edge}: ${values.join(", ")}.`);
  }
  drawCurve() {
    const { sizes, methods } = this.about, width = 360, height = 190, left = 34, bottom = 152;
    const values = Object.values(methods).flat();
    const low = Math.floor(Math.min(...values) - 5), high = Math.ceil(Math.max(...values) + 5);  // single pictures scatter
    Object.assign(this, { low, high });
    this.x = (edge) => left + ((edge - sizes[0]) / (sizes.at(-1) - sizes[0])) * (width - left - 74);
    this.y = (dB) => bottom - ((Math.min(Math.max(dB, low), high) - low) / (high - low)) * (bottom - 10);
    const ticks = [];
    for (let dB = Math.ceil(low / 5) * 5; dB <= high; dB += 5)
      ticks.push(svg("path", { d: `M${left} ${this.y(dB)}H${width - 74}`, class: "gitter" }), svg("text", { x: left - 5, y: this.y(dB) + 4, "text-anchor": "end" }, String(dB)));
    for (const edge of sizes) if (edge % 4 === 0) ticks.push(svg("text", { x: this.x(edge), y: bottom + 15, "text-anchor": "middle" }, String(edge)));
    const shown = Object.entries(methods).filter(([name]) => name in METHODS).sort(([, a], [, b]) => b.at(-1) - a.at(-1));
    const ends = separate(shown.map(([, curve]) => this.y(curve.at(-1)) + 4), 15, 10, bottom);
    const lines = shown.map(([name, curve], k) => {
      const at = ends[k];
      const points = curve.map((dB, i) => `${this.x(sizes[i])} ${this.y(dB)}`).join("L");
      return svg("g", { class: `kurve ${name}` }, svg("path", { d: `M${points}` }), svg("text", { x: width - 70, y: at }, capital(METHODS[name].short)));
    });
    this.line = svg("path", { d: `M0 8V${bottom}`, class: "hier" });
    this.points = new Map(this.methods.map((name) => [name, svg("path", { class: `punkt ${name}`, visibility: "hidden" })]));
    this.root.querySelector(".kurve-platz").replaceChildren(svg("svg", {
      viewBox: `0 0 ${width} ${height}`, role: "img",
      "aria-label": `PSNR im Loch gegen die Kantenlänge von ${sizes[0]} bis ${sizes.at(-1)} Pixeln, ${shown.map(([name]) => METHODS[name].label).join(", ")}.`,
    }, ...ticks, this.line, ...lines, ...this.points.values(),
    svg("text", { x: (left + width - 74) / 2, y: height - 2, "text-anchor": "middle" }, "Kantenlänge in Pixeln"),
    svg("text", { x: 2, y: 9 }, "dB")));
  }
}

/** Places in ascending order, moved so that neighbours keep a distance and all stay between two limits. */
function separate(places, distance, first, last) {
  const moved = [];
  for (const place of places) moved.push(Math.max(place, first, (moved.at(-1) ?? -Infinity) + distance));
  for (let i = moved.length - 1, limit = last; i >= 0; i--, limit -= distance) moved[i] = Math.min(moved[i], limit);
  return moved;
}
