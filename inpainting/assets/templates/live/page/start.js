// Puts the section together.

/** An element's content: data of the page. */
const read = (id) => document.getElementById(id)?.textContent;

class Workshop {
  constructor(root, answers, content, pictures) {
    Object.assign(this, { root, answers, content });
    this.one = (selector) => root.querySelector(selector);
    this.message = this.one(".meldung");
    const studio = (this.studio = new Studio());
    const speak = (region) => (text) => { this.one(region).textContent = text; };
    this.say = speak(".ansage-taste");  // what a key did; results have a region of their own
    const help = { say: this.sayLater(speak(".ansage")), fail: (error) => this.fail(error) };

    const fills = (this.fills = new FillView(root, studio, answers, content, help));
    const part = (name) => root.querySelector(`.gross[data-ansicht=${name}]`).parentElement;
    const isSampling = Object.values(content.networks).some((parts) => parts.includes("flow"));
    this.views = {
      fuellen: { update: () => fills.update(), leave: () => {} },
      schritte: new StepsView(part("schritte"), studio, answers, content, help),
      groesse: new SizesView(part("groesse"), studio, fills.filler, content, help),
      ...(isSampling && { vorschlaege: new SamplesView(part("vorschlaege"), studio, answers, content, help) }),
      ...(content.pairs?.length && { spiel: { game: new Game(this.one(".spiel"), answers, content, help), update: () => {}, leave: () => {} } }),
    };
    const show = fills.filler.show;
    fills.filler.show = (method) => {
      show(method);
      if (this.view === "groesse") this.views.groesse.show();
    };
    for (const radio of root.querySelectorAll("input[name=live-ansicht]")) {
      radio.closest("label").hidden = !(radio.value in this.views);
      radio.addEventListener("change", () => this.open(radio.value));
    }

    this.addTools();
    const tools = {
      name: () => this.one("input[name=live-werkzeug]:checked").value,
      size: () => Number(this.one(".groesse").value),
      choose: (name) => {
        this.one(`input[name=live-werkzeug][value=${name}]`).checked = true;
        this.say({ pinsel: "Pinsel", rechteck: "Rechteck", radierer: "Radierer" }[name]);
      },
      resize: (by) => this.resize(tools.size() + by),
    };
    const canvas = this.one(".leinwand");
    this.painter = new Painter(canvas, studio, tools, this.say);
    canvas.addEventListener("pointerdown", () => this.welcome(false));
    studio.on((what) => {
      if (what !== "picture" || studio.n === 0) this.welcome(studio.n === 0);
      this.update(what);
    });
    this.left = new WeakMap();  // picture → what the reader painted on it

    this.shelf = new Shelf(root, (picture) => this.use(picture), (text, isError) => this.tell(text, isError));
    const ranked = pictures.filter(({ rule }) => rule);
    for (const picture of pictures) if (!picture.rule) this.shelf.add(picture);
    if (ranked.length) this.shelf.begin(content.ranked_by ? `Rang bei ${METHODS[content.ranked_by].short}` : "Rang");
    ranked.forEach((picture) => this.shelf.add(picture));
    if (content.photo) readExample(content.photo).then((picture) => this.shelf.add(picture, true), () => {});
    // a slide show would turn the page
    root.addEventListener("keydown", (event) => {
      if (!["PageUp", "PageDown", "Escape"].includes(event.key)) event.stopPropagation();
    });
    this.open("fuellen");
    root.hidden = false;
    root.closest("figure").classList.add("laeuft");
    this.shelf.choose(pictures[0]);
  }
  /** The last of several things to say, when no other follows. */
  sayLater(say) {
    let timer = 0;
    return (text) => {
      clearTimeout(timer);
      if (text) timer = setTimeout(() => say(text), 500);
      else say("");
    };
  }
  tell(text, isError = false) {
    this.message.textContent = text;
    this.message.classList.toggle("fehler", isError);
  }
  fail(error) {
    console.error(error);
    this.tell("Beim Rechnen ist ein Fehler aufgetreten; bitte die Seite neu laden. Die Maske bleibt, wie sie ist.", true);
  }
  welcome(isNew) {
    this.one(".malen .einladung").hidden = !isNew;
  }
  use(picture) {
    this.tell(picture.credit ?? "");
    this.one(".groesse").max = isPhoto(picture) ? 24 : 9;
    this.resize(isPhoto(picture) ? 8 : 3);
    for (const button of this.root.querySelectorAll("[data-foto]")) button.hidden = !isPhoto(picture);
    this.one("[data-maske=kratzer]").textContent = picture.scratch ? "Alle Kratzer" : "Kratzer";
    if (this.studio.picture) this.left.set(this.studio.picture, this.studio.leave());
    this.studio.use(picture, this.left.get(picture));
  }
  resize(size) {
    const slider = this.one(".groesse");
    slider.value = size;
    this.one(".groesse-wert").textContent = slider.value;
  }

  open(name) {
    if (!(name in this.views)) return;
    if (this.view && this.view !== name) this.views[this.view].leave?.();
    const isLeft = this.view === "spiel" && name !== "spiel";
    this.view = name;
    this.one(`input[name=live-ansicht][value=${name}]`).checked = true;
    this.root.dataset.ansicht = name;
    for (const part of this.root.querySelectorAll("[data-ansicht]")) part.hidden = part.dataset.ansicht !== name;
    this.one(".atelier").hidden = name === "spiel";
    this.one(name === "spiel" ? ".spiel" : ".atelier").append(this.message);
    if (name === "spiel") this.tell("");  // it was about the picture
    else if (isLeft) this.tell(this.studio.picture?.credit ?? "");
    this.views.groesse.isOpen = name === "groesse";
    if (!this.studio.picture) return;
    if (name === "groesse") this.views.groesse.open();
    else this.views[name].update("mask");
  }

  update(what) {
    const { studio, studio: { n, mask, picture } } = this;
    this.one(".stand").textContent = `${whole(n)} von ${whole(mask.length)} Pixeln fehlen`;
    this.one(".zurueck").disabled = studio.past.length === 0;
    this.one(".leeren").disabled = n === 0;
    if (n === mask.length) this.tell("Kein Pixel ist bekannt: Es gibt nichts, woraus sich das Bild füllen ließe. Bitte etwas radieren.", true);
    else if (this.message.classList.contains("fehler")) this.tell("");
    this.one(".leinwand").setAttribute("aria-label", `${capital(picture.label)}, Maske, ${picture.width} mal ${picture.height} Pixel`);
    if (this.view !== "fuellen") this.views[this.view].update(what);
    else this.fills.update();
  }

  addTools() {
    const { studio } = this;
    this.one(".zurueck").addEventListener("click", () => studio.undo());
    this.one(".leeren").addEventListener("click", () => studio.clear());
    this.one(".groesse").addEventListener("input", () => this.resize(Number(this.one(".groesse").value)));
    for (const button of this.root.querySelectorAll("[data-maske]"))
      button.addEventListener("click", () => {
        const { scratch } = studio.picture;
        if (button.dataset.maske === "kratzer" && scratch) studio.change((mask) => mask.set(scratch.map((value, i) => value || mask[i])));
        else studio.replace(button.dataset.maske);
        const menu = button.closest("details");  // on a slide
        if (menu) menu.open = false;
        menu?.querySelector("summary").focus();
      });
  }
}

/** The pictures to choose from, and the way to one's own. */
class Shelf {
  constructor(root, use, tell) {
    Object.assign(this, { root, use, tell, radios: new Map() });
    const file = element("input", { type: "file", accept: "image/*", hidden: true });
    this.open = element("button", { type: "button", className: "eigenes" },
      element("span", { "aria-hidden": "true", textContent: "+" }), "eigenes Bild");
    this.list = root.querySelector(".auswahl");
    this.list.append(this.open, file);
    this.open.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      this.take(file.files[0]);
      file.value = "";
    });
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    for (const kind of ["dragenter", "dragover"])
      root.addEventListener(kind, (event) => {
        if (!isFile(event)) return;
        event.preventDefault();
        root.classList.add("ziel");
      });
    root.addEventListener("dragleave", () => root.classList.remove("ziel"));
    root.addEventListener("drop", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      root.classList.remove("ziel");
      this.take(event.dataTransfer.files[0]);
    });
  }
  /** Begin a group of pictures under a heading. */
  begin(heading) {
    this.heading = heading;
    this.list.append(element("span", { className: "kopf", "aria-hidden": "true", textContent: `${heading}:` }));
  }
  /** Put a picture on the shelf; `isFirst` puts it beside the reader's own. */
  add(picture, isFirst = false) {
    const radio = element("input", { type: "radio", name: "live-bild" });
    const thumbnail = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
    draw(thumbnail, picture.shown, picture);
    const { rule, label } = picture, name = (rule ? `${this.heading}, ${rule}: ${label}` : label).replaceAll("\u00ad", "");
    radio.setAttribute("aria-label", name);
    const words = (rule ? [rule, label] : [label]).map((textContent) => element("span", { textContent }));
    const item = element("label", { title: name }, radio, thumbnail, ...words);
    radio.addEventListener("change", () => this.use(picture));
    if (isFirst) this.open.after(item);
    else this.list.append(item);
    this.radios.set(picture, radio);
    return item;
  }
  choose(picture) {
    this.radios.get(picture).checked = true;
    this.use(picture);
  }
  async take(file) {
    if (!file) return;
    const name = `„${file.name}“`, turn = (this.turn = {});
    this.tell(`${name} wird gelesen …`);
    try {
      const { picture, from, isReduced } = await readFile(file);
      if (turn !== this.turn) return;
      this.list.querySelector(".selbst")?.remove();
      this.add(picture, true).classList.add("selbst");
      this.choose(picture);
      const size = isReduced ? `ist von ${from} auf ${picture.width}×${picture.height} Pixel verkleinert` : `hat ${from} Pixel`;
      const frame = file.type === "image/gif" || file.type === "image/webp" ? " Von einem bewegten Bild dient das erste." : "";
      this.tell(`${name} ${size}.${frame} Es bleibt in diesem Browser.`);
    } catch (error) {
      if (turn === this.turn) this.tell(`${name} ${error instanceof PictureError ? error.message : `lässt sich nicht als Bild lesen. ${FORMATS}`}`, true);
    }
  }
}

const REFUSAL = "Dieser Browser kann die Netze nicht ausführen: Ihm fehlen die Vektorbefehle von WebAssembly (SIMD). " +
  "Die Abbildung zeigt ein Beispiel. Firefox ab 89, Chrome und Edge ab 91 und Safari ab 16.4 rechnen hier selbst.";

/** Say why nothing can be tried here; the figure stays. */
function refuse(text) {
  document.documentElement.classList.remove("rechnet");
  for (const part of document.querySelectorAll(".teaser, .werkstatt")) part.hidden = true;
  const figure = document.getElementById("live").closest("figure");
  figure.classList.remove("laeuft");
  figure.prepend(element("p", { className: "meldung live-meldung", role: "status", textContent: text }));
}

/** The script runs when the first screen is there, and nothing of what follows. */
function begin() {
  const isParsed = new Promise((resolve) => addEventListener("DOMContentLoaded", resolve));
  if (!hasVectors() || typeof OffscreenCanvas === "undefined") return isParsed.then(() => refuse(REFUSAL));
  document.documentElement.classList.add("rechnet");
  const content = JSON.parse(read("live-daten"));
  const answers = new Answers(globalThis.liveWorker);
  answers.onBroken(() => isParsed.then(() =>
    refuse("Dieser Browser lässt die Seite nicht im Hintergrund rechnen. Die Abbildung zeigt ein Beispiel.")));
  answers.send({ kernel: content.kernel });
  const load = (name, part) => {
    const about = { ...content.programs[name][part], weights: read(`live-gewichte-${name}-${part}`) };
    answers.send({ network: name, part, about });
  };
  load(OURS, "context");
  const pictures = content.pictures.map(readChosen);
  const first = pictures[content.start];
  const others = pictures.filter((picture) => picture !== first);
  const showcase = [first, ...others.filter(({ rule }) => !rule)].slice(0, 5);
  const teaser = document.querySelector(".teaser");
  let workshop = null, wanted = null;
  const build = () => {
    for (const [name, parts] of Object.entries(content.networks))
      for (const part of parts) if (name !== OURS || part !== "context") load(name, part);
    workshop = new Workshop(document.getElementById("live"), answers, content, [first, ...others]);
    if (wanted) workshop.open(wanted);
  };
  // under a figure: a way to the view that shows the like
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[data-live-ansicht]");
    if (!link) return;
    wanted = link.dataset.liveAnsicht;
    workshop?.open(wanted);
  });
  const play = (event) => {
    if (!workshop) return;  // the link leads to the section
    event.preventDefault();
    workshop.open("spiel");
    workshop.root.closest("figure").scrollIntoView();
    workshop.root.querySelector(".los").focus({ preventScroll: true });
  };
  const isFilled = new Promise((resolve) => {
    if (teaser) new Teaser(teaser, answers, showcase, { done: resolve, play: content.pairs?.length ? play : null });
    else resolve();
  });
  // the rest of the page is parsed while the worker fills the first picture; the section, and the other
  // networks' megabytes, would take time from both
  return Promise.all([isFilled, isParsed]).then(build);
}

begin();
