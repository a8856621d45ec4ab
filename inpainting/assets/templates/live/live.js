{
  const SIZE = 32, N_PIXELS = SIZE * SIZE;
  const LARGEST_FILE = 200e6;  // bytes
  const LARGEST_PSNR = 60;     // dB, as in the benchmark
  const N_UNDO = 100;
  const OURS = "kompakt";
  const METHODS = [OURS, "original", "biharmonisch"];  // in the order in which they are computed
  const FORMATS = "Erlaubt sind PNG, JPEG, WebP und GIF; bitte eine andere Datei wählen.";

  // ------------------------------------------------------------ masks, after inpainting/masks.py

  const whole = (low, high) => low + Math.floor(Math.random() * (high - low + 1));
  const within = (y, x) => y >= 0 && y < SIZE && x >= 0 && x < SIZE;

  function rectangle(mask, top, left, height, width, value = 1) {
    for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++)
      if (within(y, x)) mask[y * SIZE + x] = value;
  }

  /** A round brush; even sizes lie half a pixel up and left. */
  function dab(mask, y, x, size, value = 1) {
    const half = (size - 1) / 2;
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) {
      if ((i - half) ** 2 + (j - half) ** 2 > size ** 2 / 4) continue;
      const row = y + i - (size >> 1), column = x + j - (size >> 1);
      if (within(row, column)) mask[row * SIZE + column] = value;
    }
  }

  /** Visit the pixels on a straight segment. */
  function segment(y0, x0, y1, x1, visit) {
    const n = Math.max(Math.abs(y1 - y0), Math.abs(x1 - x0), 1);
    for (let i = 0; i <= n; i++) visit(Math.round(y0 + ((y1 - y0) * i) / n), Math.round(x0 + ((x1 - x0) * i) / n));
  }

  const SUITES = {
    quadrat8: (mask) => rectangle(mask, whole(0, 24), whole(0, 24), 8, 8),
    mitte16: (mask) => rectangle(mask, 8, 8, 16, 16),
    linien(mask) {
      for (let n = whole(1, 9); n > 0; n--) {
        const thickness = Math.random() < 0.5 ? 2 : 1;
        segment(whole(0, 31), whole(0, 31), whole(0, 31), whole(0, 31),
          (y, x) => rectangle(mask, y, x, thickness, thickness));
      }
    },
    freiform(mask) {
      const target = Math.ceil((0.1 + 0.3 * Math.random()) * N_PIXELS);
      const size = whole(2, 4);
      const inside = (v) => { const p = ((v % 62) + 62) % 62; return 31 - Math.abs(p - 31); };
      const covered = () => mask.reduce((sum, value) => sum + value, 0) >= target;
      for (let stroke = 0; stroke < 16 && !covered(); stroke++) {
        let y = Math.random() * SIZE, x = Math.random() * SIZE;
        let heading = Math.random() * 2 * Math.PI;
        for (let n = whole(4, 9); n > 0 && !covered(); n--) {
          const length = 4 + 8 * Math.random();
          const toY = y + length * Math.sin(heading), toX = x + length * Math.cos(heading);
          segment(inside(y), inside(x), inside(toY), inside(toX), (i, j) => { if (!covered()) dab(mask, i, j, size); });
          [y, x] = [toY, toX];
          heading += (Math.random() - 0.5) * Math.PI;
        }
      }
    },
    pixel50: (mask) => mask.forEach((_, i) => { mask[i] = Math.random() < 0.5 ? 1 : 0; }),
    haelfte(mask) {
      const side = whole(0, 3), far = side % 2 ? 16 : 0;
      if (side < 2) rectangle(mask, 0, far, SIZE, 16);
      else rectangle(mask, far, 0, 16, SIZE);
    },
  };

  // ------------------------------------------------------------ the worker

  /** Runs in the worker: networks in, then pictures and masks; each method's fill goes out at once. */
  function serve(engine, scope) {
    let networks, kernel;
    const fills = { biharmonisch: (image, mask) => engine.fillBiharmonic(image, mask, Math.sqrt(mask.length)) };
    const load = (name) => {
      const run = engine.loadNetwork(networks[name], kernel);
      return (image, mask) => run({
        image, mask: Float32Array.from(mask),
        masked_image: image.map((value, i) => (mask[Math.floor(i / 3)] ? 0 : value)),
      });
    };
    scope.onmessage = ({ data: { methods, image, mask, ...given } }) => {
      if (!methods) ({ networks, kernel } = given);
      else for (const name of methods) {
        fills[name] ??= load(name);
        const start = performance.now();
        const output = fills[name](image, mask);
        const composite = image.map((value, i) => (mask[Math.floor(i / 3)] ? Math.min(Math.max(output[i], 0), 1) : value));
        scope.postMessage({ name, composite, time: performance.now() - start });
      }
    };
  }

  function startWorker({ networks, kernel }) {
    const source = `"use strict"; (${serve})((${liveEngine})(), self);`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.postMessage({ networks, kernel });
    return worker;
  }

  // ------------------------------------------------------------ drawing

  const small = new OffscreenCanvas(SIZE, SIZE);

  function makeHatch() {
    const tile = new OffscreenCanvas(10, 10);
    const pen = tile.getContext("2d");
    pen.fillStyle = "#2b3038";
    pen.fillRect(0, 0, 10, 10);
    pen.strokeStyle = "#77818e";
    pen.lineWidth = 1.6;
    for (const x of [-10, 0, 10]) {
      pen.moveTo(x - 1, 11);
      pen.lineTo(x + 11, -1);
    }
    pen.stroke();
    return tile;
  }
  const hatch = makeHatch();

  /** Draw float values in [0, 1]; what a mask covers is hatched. */
  function draw(canvas, values, mask = null) {
    const pen = canvas.getContext("2d");
    const data = new ImageData(SIZE, SIZE);
    for (let i = 0; i < N_PIXELS; i++) {
      for (let c = 0; c < 3; c++) data.data[4 * i + c] = Math.round(255 * values[3 * i + c]);
      data.data[4 * i + 3] = 255;
    }
    small.getContext("2d").putImageData(data, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    if (!mask) return;
    const step = canvas.width / SIZE;
    pen.fillStyle = pen.createPattern(hatch, "repeat");
    for (let i = 0; i < N_PIXELS; i++)
      if (mask[i]) pen.fillRect((i % SIZE) * step, Math.floor(i / SIZE) * step, step, step);
  }

  const german = (value, digits) => value.toFixed(digits).replace(".", ",");

  function psnr(truth, composite, mask) {
    let sum = 0, n = 0;
    for (let i = 0; i < truth.length; i++) if (mask[Math.floor(i / 3)]) {
      sum += (truth[i] - composite[i]) ** 2;
      n++;
    }
    return Math.min(-10 * Math.log10(sum / n), LARGEST_PSNR);
  }

  // ------------------------------------------------------------ pictures

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const toFloat = (pixels) => Float32Array.from(pixels, (value) => value / 255);
  const unpack = (packed) => Uint8Array.from({ length: N_PIXELS }, (_, i) => (packed[i >> 3] >> (7 - (i & 7))) & 1);

  /** The middle square of an image file, 32×32, transparency on white. */
  async function readPicture(file) {
    const picture = await createImageBitmap(file);
    const edge = Math.min(picture.width, picture.height);
    const left = (picture.width - edge) >> 1, top = (picture.height - edge) >> 1;
    const options = { resizeWidth: SIZE, resizeHeight: SIZE, resizeQuality: "high" };
    const reduced = await createImageBitmap(picture, left, top, edge, edge, options);
    const pen = new OffscreenCanvas(SIZE, SIZE).getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, SIZE, SIZE);
    pen.drawImage(reduced, 0, 0, SIZE, SIZE);
    const { data } = pen.getImageData(0, 0, SIZE, SIZE);
    const from = `${picture.width}×${picture.height}`;
    picture.close();
    return { pixels: data.filter((_, i) => i % 4 < 3), from };
  }

  // ------------------------------------------------------------ the section

  function start(root, content) {
    const worker = startWorker(content);
    const one = (selector) => root.querySelector(selector);
    const canvas = one(".leinwand"), compared = one(".vergleich canvas");
    const size = one(".groesse"), border = one(".grenze"), message = one(".meldung"), choice = one(".auswahl");
    const panels = Object.fromEntries([...root.querySelectorAll("[data-tafel]")].map((item) => [item.dataset.tafel, item]));
    const past = [];
    let image, mask = new Uint8Array(N_PIXELS), shown = OURS;
    let results = {};  // method → its newest fill
    let cursor = { y: 16, x: 16 }, corner = null, preview = null, stroke = null;
    let sent = null, asked = false, speaking = 0;

    // -- what is seen

    const show = () => {
      draw(canvas, image, preview ?? mask);
      if (document.activeElement === canvas && canvas.matches(":focus-visible")) drawCursor();
      draw(panels.wahr.firstElementChild, image);
      draw(panels.maskiert.firstElementChild, image, mask);
      const n = mask.reduce((sum, value) => sum + value, 0);
      one(".stand").textContent = `${n} von ${N_PIXELS} Pixeln fehlen`;
      one(".zurueck").disabled = past.length === 0;
      one(".leeren").disabled = n === 0;
    };

    const drawCursor = () => {
      const pen = canvas.getContext("2d"), step = canvas.width / SIZE;
      for (const [colour, width] of [["#000", 6], ["#fff", 3]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.strokeRect(cursor.x * step, cursor.y * step, step, step);
      }
    };

    const drawFilled = (onto, name) => draw(onto, results[name]?.composite ?? image, results[name] ? null : mask);

    const showComparison = () => {
      draw(compared, image, mask);
      const pen = compared.getContext("2d"), { width, height } = compared;
      const at = Math.round((width * border.value) / 100);
      pen.save();
      pen.beginPath();
      pen.rect(at, 0, width - at, height);
      pen.clip();
      drawFilled(compared, shown);
      pen.restore();
      pen.fillStyle = "#fff";
      if (at > 0 && at < width) pen.fillRect(at - 2, 0, 4, height);
      one(".gezeigt").textContent = `gefüllt: ${panels[shown].querySelector(".name").textContent}`;
      border.setAttribute("aria-valuetext", `links ${border.value} Prozent maskiert, rechts gefüllt`);
    };

    const showResult = (name) => {
      const panel = panels[name], filled = results[name];
      drawFilled(panel.querySelector("canvas"), name);
      panel.querySelector(".wert").textContent = filled ? `${german(filled.psnr, 1)} dB` : "–";
      panel.querySelector(".zeit").textContent = filled ? `${german(filled.time, 1)} ms` : "";
      if (name === shown) showComparison();
    };

    const judge = () => {
      const scored = METHODS.filter((name) => results[name]);
      const best = Math.max(...scored.map((name) => results[name].psnr));
      for (const name of METHODS) panels[name].classList.toggle("beste", results[name]?.psnr === best);
      const parts = scored.map((name) => `${panels[name].querySelector(".name").textContent} ${german(results[name].psnr, 1)} Dezibel`);
      const text = one(".stand").textContent + (parts.length ? `. PSNR im Loch: ${parts.join(", ")}.` : "");
      clearTimeout(speaking);
      speaking = setTimeout(() => { one(".ansage").textContent = text; }, 700);
    };

    const forget = () => {
      results = {};
      METHODS.forEach(showResult);
      judge();
    };

    const tell = (text, isError = false) => {
      message.textContent = text;
      message.classList.toggle("fehler", isError);
    };

    // -- filling: one request at a time, always the newest

    const fill = () => {
      const n = mask.reduce((sum, value) => sum + value, 0);
      const isPossible = n > 0 && n < N_PIXELS;
      if (isPossible && !sent) {
        sent = { methods: METHODS, image, mask: mask.slice() };
        worker.postMessage(sent);
      } else asked = isPossible;
      show();
      if (!isPossible) {
        tell(n ? "Kein Pixel ist bekannt: Es gibt nichts, woraus sich das Bild füllen ließe. Bitte etwas radieren." : "", n > 0);
        forget();
      } else if (message.classList.contains("fehler")) tell("");
    };

    worker.onmessage = ({ data: { name, composite, time } }) => {
      const isCurrent = sent.mask.every((value, i) => value === mask[i]);
      if (sent.image === image && (isCurrent || asked)) {
        results[name] = { composite, time, psnr: psnr(image, composite, sent.mask) };
        showResult(name);
        if (name === OURS) root.dataset.gefuellt = Number(root.dataset.gefuellt ?? 0) + 1;
      }
      if (name !== METHODS.at(-1)) return;
      sent = null;
      judge();
      if (asked) {
        asked = false;
        fill();
      }
    };
    worker.onerror = () => tell("Dieser Browser kann die Netze nicht ausführen; die Abbildung im PDF zeigt ein Beispiel.", true);

    // -- changing the mask

    const remember = () => {
      past.push(mask.slice());
      if (past.length > N_UNDO) past.shift();
    };
    const undo = () => {
      if (past.length) mask = past.pop();
      corner = preview = null;
      fill();
    };
    const tool = () => one("input[name=live-werkzeug]:checked").value;
    const choose = (name) => {
      one(`input[value=${name}]`).checked = true;
      corner = preview = null;
      show();
    };
    const box = (onto, from, to) =>
      rectangle(onto, Math.min(from.y, to.y), Math.min(from.x, to.x), Math.abs(from.y - to.y) + 1, Math.abs(from.x - to.x) + 1);
    const paint = (from, to) =>
      segment(from.y, from.x, to.y, to.x, (y, x) => dab(mask, y, x, Number(size.value), tool() === "pinsel" ? 1 : 0));

    const place = (event) => {
      const area = canvas.getBoundingClientRect();
      const cell = (offset, length) => Math.min(Math.max(Math.floor((offset / length) * SIZE), 0), SIZE - 1);
      return { y: cell(event.clientY - area.top, area.height), x: cell(event.clientX - area.left, area.width) };
    };
    const extend = (to) => {
      if (tool() === "rechteck") {
        preview = mask.slice();
        box(preview, stroke.from, to);
        show();
        return;
      }
      paint(stroke.last, to);
      stroke.last = to;
      fill();
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || stroke) return;
      canvas.setPointerCapture(event.pointerId);
      remember();
      cursor = place(event);
      corner = null;
      stroke = { id: event.pointerId, from: cursor, last: cursor };
      extend(cursor);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (stroke?.id !== event.pointerId) return;
      cursor = place(event);
      extend(cursor);
    });
    const finish = (event) => {
      if (stroke?.id !== event.pointerId) return;
      if (preview) mask = preview;
      stroke = preview = null;
      fill();
    };
    canvas.addEventListener("pointerup", finish);
    canvas.addEventListener("pointercancel", finish);

    // -- keyboard

    const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const mark = () => {
      if (tool() !== "rechteck") {
        remember();
        paint(cursor, cursor);
      } else if (corner) {
        remember();
        box(mask, corner, cursor);
        corner = preview = null;
      } else {
        corner = { ...cursor };
        one(".ansage").textContent = "Erste Ecke gesetzt; die Leertaste setzt die zweite.";
      }
      fill();
    };
    const move = ([dy, dx]) => {
      const limit = (value) => Math.min(Math.max(value, 0), SIZE - 1);
      cursor = { y: limit(cursor.y + dy), x: limit(cursor.x + dx) };
      preview = corner && mask.slice();
      if (corner) box(preview, corner, cursor);
      show();
      const state = mask[cursor.y * SIZE + cursor.x] ? "Loch" : "bekannt";
      one(".ansage").textContent = `Zeile ${cursor.y + 1}, Spalte ${cursor.x + 1}: ${state}`;
    };
    const resize = (by) => {
      size.value = Number(size.value) + by;
      size.dispatchEvent(new Event("input"));
    };
    const KEYS = {
      " ": mark, Enter: mark, z: undo, b: () => choose("pinsel"), r: () => choose("rechteck"),
      e: () => choose("radierer"), "+": () => resize(1), "-": () => resize(-1),
    };
    canvas.addEventListener("keydown", (event) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = MOVES[key] ? () => move(MOVES[key]) : KEYS[key];
      if (!action || event.altKey || ((event.ctrlKey || event.metaKey) && key !== "z")) return;
      event.preventDefault();
      action();
    });
    canvas.addEventListener("focus", show);
    canvas.addEventListener("blur", show);
    // a slide show would turn the page
    root.addEventListener("keydown", (event) => {
      if (!["PageUp", "PageDown", "Escape"].includes(event.key)) event.stopPropagation();
    });

    // -- buttons and sliders

    for (const button of root.querySelectorAll("[data-maske]"))
      button.addEventListener("click", () => {
        remember();
        mask = new Uint8Array(N_PIXELS);
        SUITES[button.dataset.maske](mask);
        fill();
      });
    one(".zurueck").addEventListener("click", undo);
    one(".leeren").addEventListener("click", () => {
      remember();
      mask = new Uint8Array(N_PIXELS);
      fill();
    });
    size.addEventListener("input", () => { one(".groesse").previousElementSibling.querySelector("output").value = size.value; });
    border.addEventListener("input", showComparison);
    for (const name of METHODS)
      panels[name].querySelector("button").addEventListener("click", () => {
        shown = name;
        for (const other of METHODS) panels[other].querySelector("button").setAttribute("aria-pressed", other === name);
        showComparison();
      });

    // -- pictures

    const addPicture = ({ rule, label, pixels, hole }) => {
      const item = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "live-bild" });
      const thumbnail = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
      const text = document.createElement("span");
      thumbnail.setAttribute("aria-hidden", "true");
      text.textContent = rule || label;
      radio.setAttribute("aria-label", rule ? `${rule}: ${label}` : label);
      item.title = rule ? `${rule}: ${label}` : label;
      item.append(radio, thumbnail, text);
      const values = toFloat(pixels);
      draw(thumbnail, values);
      radio.addEventListener("change", () => {
        if (image && hole) remember();
        image = values;
        results = {};
        clearTimeout(speaking);  // what it was to say is about the picture before
        if (hole) mask = hole.slice();
        tell("");
        fill();
      });
      return { item, radio };
    };
    const use = ({ radio }) => {
      radio.checked = true;
      radio.dispatchEvent(new Event("change"));
    };

    const addChosen = ({ rule, label, image: pixels, mask: hole }) =>
      addPicture({ rule, label, pixels: bytes(pixels), hole: unpack(bytes(hole)) });
    const first = addChosen(content.pictures[0]);
    use(first);  // the worker fills it while the page is completed
    const file = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", hidden: true });
    const open = document.createElement("button");
    open.type = "button";
    open.className = "eigenes";
    open.innerHTML = '<span aria-hidden="true">+</span>eigenes Bild';
    const others = content.pictures.slice(1).map(addChosen);
    choice.append(open, file, ...[first, ...others].map(({ item }) => item));
    open.addEventListener("click", () => file.click());

    const take = async (given) => {
      if (!given) return;
      const name = `„${given.name}“`;
      if (given.size > LARGEST_FILE) return tell(`${name} ist zu groß. Erlaubt sind Bilder bis 200 MB.`, true);
      tell(`${name} wird gelesen …`);
      try {
        const { pixels, from } = await readPicture(given);
        const label = "eigenes Bild";
        const own = addPicture({ rule: "", label, pixels, hole: null });
        choice.querySelector(".selbst")?.remove();
        own.item.classList.add("selbst");
        open.after(own.item);
        use(own);
        const frame = given.type === "image/gif" ? " Von einem bewegten GIF dient das erste Bild." : "";
        tell(`${name} (${from} Pixel) ist auf 32×32 Pixel verkleinert und in der Mitte beschnitten.${frame} Es bleibt in diesem Browser.`);
      } catch {
        tell(`${name} lässt sich nicht als Bild lesen. ${FORMATS}`, true);
      }
    };
    file.addEventListener("change", () => {
      take(file.files[0]);
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
      take(event.dataTransfer.files[0]);
    });

    root.hidden = false;
    root.closest("figure").classList.add("laeuft");
  }

  start(document.getElementById("live"), JSON.parse(document.getElementById("live-daten").textContent));
}
