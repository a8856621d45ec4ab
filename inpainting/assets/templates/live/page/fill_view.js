// The view "Füllen": the chosen method large, all methods small, and how single pictures scatter.

const COMPUTING = "wird gerechnet …";

class FillView {
  constructor(root, studio, answers, content, { say, fail }) {
    Object.assign(this, { root, studio, content, say });
    this.canvas = root.querySelector(".ergebnis");
    this.slider = root.querySelector(".grenze");
    this.methods = Object.keys(METHODS).filter((name) => ["biharmonisch", "prior"].includes(name) || name in content.networks);
    this.filler = new Filler(studio, answers, this.methods, { scope: "werkstatt", fail, show: (method) => this.show(method) });
    this.shown = OURS;  // a method, or "wahr"
    studio.on(() => say(""));  // what was found for another hole is no news
    this.tiles = new Map();
    this.addTiles();
    const counted = Object.entries(content.gains ?? {}).filter(([name]) => this.methods.includes(name));
    this.gains = counted.length ? new Gains(root.querySelector(".streuung"), new Map(counted)) : null;
    this.slider.addEventListener("input", () => this.showLarge());
  }
  addTiles() {
    const list = this.root.querySelector(".tafeln");
    for (const name of ["wahr", ...this.methods]) {
      const canvas = element("canvas", { width: 160, height: 160, "aria-hidden": "true" });
      const label = element("span", { className: "name", textContent: name === "wahr" ? "Wahres Bild" : METHODS[name].label });
      const value = element("span", { className: "wert" }), badge = element("span", { className: "marke" });
      const button = element("button", { type: "button", "aria-pressed": String(name === this.shown) }, canvas, label, value, badge);
      button.addEventListener("click", () => this.choose(name));
      const item = element("li", {}, button);
      item.dataset.tafel = name;
      list.append(item);
      this.tiles.set(name, { button, canvas, label, value, badge, item });
    }
  }
  choose(name) {
    this.shown = name;
    for (const [other, { button }] of this.tiles) button.setAttribute("aria-pressed", String(other === name));
    if (name !== "wahr") this.filler.choose(name);
    this.methods.forEach((method) => this.show(method));
    this.showLarge();
  }
  get name() {
    return this.shown === "wahr" ? nameOfTruth(this.studio.picture) : METHODS[this.shown].label;
  }
  result(method) {
    return this.filler.results.get(method);
  }

  /** A method's result changed. */
  show(method) {
    if (!this.studio.picture) return;
    const tile = this.tiles.get(method), result = this.result(method), isCurrent = this.filler.isCurrent(method);
    this.draw(tile.canvas, method);
    tile.canvas.classList.toggle("veraltet", Boolean(result) && this.isOnDemand(method));
    tile.value.classList.toggle("zahl", Boolean(result?.psnr && isCurrent));
    tile.value.textContent = result?.psnr && isCurrent ? `${german(result.psnr)} dB` : this.describeState(method);
    if (method === this.shown) this.showLarge();
    this.judge();
    if (result && isCurrent && method === OURS && result !== this.counted) {
      this.counted = result;
      this.root.dataset.gefuellt = Number(this.root.dataset.gefuellt ?? 0) + 1;
    }
    if (this.isComplete) this.announce();
  }
  describeState(method) {
    const { progress } = this.filler;
    if (!this.studio.isPossible) return "–";
    if (progress?.method === method) return `${percent(progress.share)} …`;
    if (this.filler.isCurrent(method)) return "gefüllt";
    if (this.isOnDemand(method)) return "antippen: rechnen";
    return isPhoto(this.studio.picture) ? COMPUTING : "…";
  }
  /** On a photograph only the shown method is computed. */
  isOnDemand(method) {
    const { filler, studio } = this;
    return studio.isPossible && isPhoto(studio.picture) && method !== filler.shown && !filler.isCurrent(method);
  }
  /** A method's fill; hatched is what it has not filled. */
  draw(canvas, method) {
    const { picture, mask } = this.studio, result = this.result(method);
    draw(canvas, result?.filled ?? picture.shown, picture, result ? this.filler.findGaps(method) : mask);
  }
  get isComplete() {
    const wanted = isPhoto(this.studio.picture) ? [this.filler.shown] : this.methods;
    return this.studio.isPossible && wanted.every((method) => this.filler.isDone(method));
  }

  showLarge() {
    const { picture, mask, isPossible } = this.studio, { canvas, slider } = this, isTruth = this.shown === "wahr";
    if (!picture) return;
    const n = count(mask);
    if (isTruth) draw(canvas, picture.truth ?? picture.shown, picture);
    else this.draw(canvas, this.shown);
    slider.disabled = !n;
    const share = readShare(slider);
    if (n) cover(canvas, picture.shown, picture, mask, share);
    const { progress } = this.filler, score = isTruth ? "" : this.describeScore();
    const nothing = n ? "Nichts ist bekannt, also ist nichts gefüllt." : "Noch kein Loch: bitte links malen.";
    const title = isPossible || isTruth ? this.name + score : nothing;
    this.root.querySelector(".gezeigt").textContent = title;
    canvas.setAttribute("aria-label", isPossible && !isTruth ? `Gefüllt: ${title}` : title);
    const bar = this.root.querySelector(".fortschritt");
    bar.hidden = progress?.method !== this.shown;
    if (!bar.hidden) bar.value = progress.share;
  }

  /** What follows the shown method's name: its number, or that there is none yet. */
  describeScore() {
    const value = this.result(this.shown)?.psnr;
    if (!this.filler.isCurrent(this.shown)) return isPhoto(this.studio.picture) ? ` · ${COMPUTING}` : "";
    return value ? ` · ${german(value)} dB` : "";
  }

  /** Mark the best of those whose value is known; ties too. */
  judge() {
    const { scores } = this, best = findBest(scores), isTold = scores.filter(([, value]) => value !== null).length > 1;
    for (const [name, { item, badge }] of this.tiles) {
      const isBest = isTold && best.has(name);
      item.classList.toggle("beste", isBest);
      badge.textContent = isBest ? this.describeBest(best) : "";
    }
    this.gains?.choose(this.shown);
    this.gains?.show((name) => scores.find(([other]) => other === name)?.[1] ?? null, this.studio);
  }
  /** [method, dB]; null for what is not known, or not yet for good. */
  get scores() {
    return this.methods.map((name) => [name, this.filler.isDone(name) ? this.result(name).psnr : null]);
  }
  /** Say what the chosen method reached, and who is best. */
  announce() {
    const scores = new Map(this.scores.filter(([, value]) => value !== null)), best = findBest([...scores]);
    const tell = (name) => `${METHODS[name].label} ${german(scores.get(name))} Dezibel`;
    const parts = scores.has(this.shown) ? [tell(this.shown)] : [];
    if (scores.size > 1) parts.push(best.has(this.shown) ? this.describeBest(best) : `${this.describeBest(best)}: ${[...best].map(tell).join(", ")}`);
    this.say(parts.length ? `PSNR im Loch: ${parts.join(", ")}.` : "Gefüllt.");
  }
  describeBest(best) {
    return best.size > 1 ? "gleichauf vorn" : "am genauesten";
  }
  update() {
    const { picture } = this.studio, { canvas, label } = this.tiles.get("wahr");
    label.textContent = nameOfTruth(picture);
    draw(canvas, picture.truth ?? picture.shown, picture);
    this.methods.forEach((method) => this.show(method));
  }
}

/** What is behind the hole: known, or what the reader brought. */
const nameOfTruth = (picture) => (picture.truth ? "Wahres Bild" : "Ihr Bild");

/** A single square hole of 8×8 pixels in a picture of 32×32: those that the histogram counts. */
function isOfTheSuite({ picture, mask, n }) {
  const edge = SMALL / 4, first = mask.indexOf(1), square = new Uint8Array(mask.length);
  if (mask.length !== SMALL ** 2 || n !== edge ** 2) return false;
  rectangle(square, picture, Math.floor(first / SMALL), first % SMALL, edge, edge);
  return square.every((value, i) => value === mask[i]);
}

/** How often, and by how much, our networks beat a rival on single test pictures; and this one. */
class Gains {
  /** @param counted network → what a benchmark counted, see inpainting/live/content.py. */
  constructor(root, counted) {
    Object.assign(this, { root, counted });
  }
  /** Show what was counted of a network; for other methods, what was counted of our first. */
  choose(method) {
    const [first] = this.counted.keys(), chosen = this.counted.has(method) ? method : first;
    if (chosen === this.method) return;
    this.method = chosen;
    this.draw();
  }
  draw() {
    const { root, counted, method } = this, { edges, counts, share, n, rival, suite_label: suite } = counted.get(method);
    const width = 320, height = 96, top = 18, base = 64, highest = Math.max(...counts);
    this.scale = (value) => ((Math.min(Math.max(value, edges[0]), edges.at(-1)) - edges[0]) / (edges.at(-1) - edges[0])) * width;
    const bars = counts.map((n, i) => svg("rect", {
      x: this.scale(edges[i]) + 0.5, width: this.scale(edges[i + 1]) - this.scale(edges[i]) - 1,
      y: base - ((base - top) * n) / highest, height: ((base - top) * n) / highest, class: edges[i] >= 0 ? "gewinn" : "verlust",
    }));
    const zero = this.scale(0);
    this.mark = svg("path", { class: "zeiger", d: `M0 ${top - 2}V${base}M-5 ${top - 2}H5L0 ${top + 5}Z`, visibility: "hidden" });
    const ticks = [edges[0], 0, edges.at(-1)].map((value, i) =>
      svg("text", { x: this.scale(value), y: base + 13, "text-anchor": ["start", "middle", "end"][i] }, value ? signed(value, 0) : "0"));
    const key = [["verlust", "ungenauer", zero - 8, "end"], ["gewinn", "genauer", zero + 8, "start"]].map(([name, text, x, anchor]) =>
      svg("text", { x, y: 10, "text-anchor": anchor, class: name }, text));
    const title = svg("text", { x: width / 2, y: height - 4, "text-anchor": "middle" }, `Vorsprung vor ${METHODS[rival].label} (dB)`);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      ...bars, svg("path", { d: `M0 ${base}H${width}M${zero} ${top - 4}V${base}`, class: "achse" }), ...ticks, ...key, title, this.mark);
    const label = `${percent(share)} der ${whole(n)} Testbilder`;
    const others = [...counted].filter(([name]) => name !== method).map(([name, other]) => `; „${METHODS[name].label}“ ist es auf ${percent(other.share)}`);
    root.replaceChildren(
      element("p", {}, "Einzelne Bilder streuen: Auf ", element("strong", { textContent: label }),
        ` (${suite}) ist „${METHODS[method].label}“ genauer als „${METHODS[rival].label}“${others.join("")}.`),
      picture, element("p", { className: "dieses" }));
  }
  /** @param score gives a method's PSNR of the present hole, null if it is not known. */
  show(score, studio) {
    const ours = score(this.method), theirs = score(this.counted.get(this.method).rival);
    const gain = ours === null || theirs === null ? null : ours - theirs;
    const isCounted = gain !== null && isOfTheSuite(studio);
    this.root.hidden = isPhoto(studio.picture);
    this.mark.setAttribute("visibility", isCounted ? "visible" : "hidden");
    if (isCounted) this.mark.setAttribute("transform", `translate(${this.scale(gain)} 0)`);
    const where = isCounted ? "" : "; das Bild darüber zählt nur einzelne Quadrate von 8×8 Pixeln";
    this.root.querySelector(".dieses").textContent = gain === null ? "" : `Dieses Bild, dieses Loch: ${signed(gain)} dB${where}.`;
  }
}
