// The game "Echt oder gefüllt?": ten pairs a level, chosen by a rule; which of the two was repaired?

const N_PAIRS = 10;

class Game {
  constructor(root, answers, content, { say, fail }) {
    Object.assign(this, { root, answers, say, fail });
    const pairs = content.pairs.map(readChosen);
    const has = (name, part = "context") => content.networks[name]?.includes(part);
    const sampler = ["gruendlich", OURS].find((name) => has(name, "flow"));
    this.levels = {
      leicht: { text: "leicht: das Netz von 2025", kind: "fill", method: "original", key: "original" },
      mittel: { text: "mittel: der Mittelwert unseres Netzes", kind: "fill", method: has("gruendlich") ? "gruendlich" : OURS },
      schwer: { text: "schwer: ein Vorschlag unseres Netzes", kind: "sample", method: sampler },
    };
    // every level has pairs of its own; runs of earlier versions know those of the first alone
    Object.values(this.levels).forEach((level, i) => {
      const own = pairs.slice(N_PAIRS * i, N_PAIRS * (i + 1));
      level.pairs = own.length ? own : pairs.slice(0, N_PAIRS);
    });
    if (!sampler) delete this.levels.schwer;
    this.verdict = content.verdict ?? {};
    this.one = (selector) => root.querySelector(selector);
    this.canvases = [...root.querySelectorAll(".paar canvas")];
    this.choices = [...root.querySelectorAll(".paar button")];
    for (const [name, { text }] of Object.entries(this.levels)) {
      const radio = element("input", { type: "radio", name: "live-stufe", value: name, checked: name === "mittel" });
      this.one(".stufen-wahl").append(element("label", {}, radio, element("span", { textContent: text })));
    }
    this.choices.forEach((button, i) => button.addEventListener("click", () => this.guess(i)));
    this.one(".los").addEventListener("click", () => this.begin());
    this.one(".weiter").addEventListener("click", () => this.next());
    this.one(".nochmal").addEventListener("click", () => this.home());
    this.one(".vollbild").hidden = !root.requestFullscreen;
    this.one(".vollbild").addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    });
    document.addEventListener("fullscreenchange", () => {
      this.one(".vollbild").textContent = document.fullscreenElement === root ? "Vollbild beenden" : "Vollbild";
    });
    // in a hall nobody looks where the focus is; before others, who would turn pages
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    this.round = 0;
    this.home();
  }
  get level() {
    return this.levels[this.one("input[name=live-stufe]:checked").value];
  }
  stage(name) {
    this.state = name;
    for (const part of this.root.querySelectorAll("[data-akt]")) part.hidden = !part.dataset.akt.split(" ").includes(name);
  }
  home() {
    this.stage("anfang");
  }
  /** Is the pair on the screen? */
  get isSeen() {
    const { top, bottom, width } = this.one(".paar").getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight && getComputedStyle(this.root).visibility === "visible";
  }
  key(event) {
    const { target } = event, isTyping = target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio], [type=range])");
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping || !this.isSeen) return;
    if ((event.key === "1" || event.key === "2") && this.state === "frage") this.guess(Number(event.key) - 1);
    else if (event.key === "Enter" && this.state === "antwort" && target === document.body) this.next();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  begin() {
    this.round++;
    this.at = -1;
    this.right = 0;
    this.chosen = this.level;
    this.pairs = this.chosen.pairs;
    this.fills = this.pairs.map(() => null);
    this.fills[0] = this.fill(0);
    this.next();
  }
  async fill(i) {
    const { kind, method } = this.chosen, { height, width, shown, hole } = this.pairs[i];
    const found = await this.answers.ask({ kind, method, seed: i + 1, scope: "spiel", round: this.round, picture: { height, width, image: shown, mask: hole } });
    return found?.filled ?? null;
  }
  async next() {
    if (++this.at === this.pairs.length) return this.end();
    const { at, round } = this;
    this.stage("warten");
    this.one(".paar-nummer").textContent = `${capital(this.chosen.text)} · Paar ${at + 1} von ${this.pairs.length}`;
    try {
      const filled = await this.fills[at];
      if (round !== this.round || !filled) return;
      if (at + 1 < this.pairs.length) this.fills[at + 1] = this.fill(at + 1);
      this.answer = Math.random() < 0.5 ? 0 : 1;
      this.canvases.forEach((canvas, i) => draw(canvas, i === this.answer ? filled : this.pairs[at].truth, this.pairs[at]));
      this.choices.forEach((button) => { button.className = ""; button.disabled = false; });
      this.one(".urteil").textContent = "Welches der beiden Bilder wurde repariert?";
      this.stage("frage");
      this.one(".paar").focus();
      this.root.parentElement.dataset.paar = at + 1;
    } catch (error) {
      this.fail(error);
    }
  }
  guess(i) {
    if (this.state !== "frage") return;
    const isRight = i === this.answer, { hole } = this.pairs[this.at];
    if (isRight) this.right++;
    this.stage("antwort");
    this.choices.forEach((button, k) => {
      button.disabled = true;
      button.className = k === this.answer ? "gefuellt" : "echt";
    });
    outline(this.canvases[this.answer], hole, this.pairs[this.at]);
    this.one(".urteil").textContent = `${isRight ? "Richtig" : "Getäuscht"}: Bild ${this.answer + 1} wurde repariert, im Rahmen. Bisher ${this.right} von ${this.at + 1} erkannt.`;
    this.one(".weiter").textContent = this.at + 1 < this.pairs.length ? "Weiter" : "Zum Ergebnis";
    this.one(".weiter").focus();
  }
  end() {
    const n = this.pairs.length, { right, chosen } = this;
    this.stage("ende");
    const fooled = n - right, low = Math.round(0.3 * n);
    this.one(".ergebnis-zahl").textContent = `${right} von ${n} erkannt`;
    const judge = this.verdict[chosen.key ?? (chosen.kind === "sample" ? `${chosen.method}_vorschlag` : chosen.method)];
    const machine = judge === undefined ? "" : ` Ein eigens dafür trainiertes Netz unterscheidet solche Füllungen auf anderen Bildern zu ${percent(judge)} richtig von wahren Bildern; 50 % wären geraten.`;
    this.one(".ergebnis-text").textContent =
      `Die Füllung ging bei Ihnen ${fooled}-mal von ${n} als echt durch (${percent(fooled / n)}). Wer rät, erkennt im Mittel ${german(n / 2, n % 2)}, und mit ${percent(chance(n, low))} Wahrscheinlichkeit ${low} bis ${n - low}.${machine}`;
    this.one(".nochmal").focus();
  }
}

/** The probability that somebody who guesses n times is right at least `low` and at most n - `low` times. */
function chance(n, low) {
  let share = 0, ways = 1;  // n over k
  for (let k = 0; k <= n - low; k++) {
    if (k >= low) share += ways / 2 ** n;
    ways *= (n - k) / (k + 1);
  }
  return share;
}

/** A frame around the holes of a picture. */
function outline(canvas, mask, size) {
  const pen = canvas.getContext("2d"), { scale, left, top } = fit(canvas, size), { height, width } = size;
  const at = (y, x) => (y >= 0 && x >= 0 && y < height && x < width ? mask[y * width + x] : 0);
  for (const [colour, thickness] of [["#000", 7], ["#fff", 3]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = thickness;
    pen.beginPath();
    for (let y = 0; y <= height; y++) for (let x = 0; x <= width; x++) {
      if (at(y, x) !== at(y - 1, x)) pen.moveTo(left + x * scale, top + y * scale), pen.lineTo(left + (x + 1) * scale, top + y * scale);
      if (at(y, x) !== at(y, x - 1)) pen.moveTo(left + x * scale, top + y * scale), pen.lineTo(left + x * scale, top + (y + 1) * scale);
    }
    pen.stroke();
  }
}
