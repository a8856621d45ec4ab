// What the reader changes: the picture, the mask, the past.

const N_UNDO = 100;

class Studio {
  constructor() {
    this.picture = null;
    this.mask = new Uint8Array(0);
    this.past = [];
    this.own = null;  // the reader's mask while a view shows another in its place
    this.isStroking = false;
    this.touched = null;  // rows and columns that changed since somebody asked
    this.listeners = [];
  }
  /** `listener` is called with "picture", "stroke" (a change goes on) or "mask" (it is done). */
  on(listener) {
    this.listeners.push(listener);
  }
  tell(what) {
    for (const listener of this.listeners) listener(what);
  }
  get n() {
    return count(this.mask);
  }
  get isPossible() {
    const { n } = this;
    return n > 0 && n < this.mask.length;
  }
  /** Take a picture, with the hole that it came with, or with what `leave` gave. */
  use(picture, left = null) {
    this.picture = picture;
    this.past = left?.past ?? [];
    this.mask = left?.mask ?? picture.hole?.slice() ?? new Uint8Array(picture.height * picture.width);
    this.own = null;
    this.touch();
    this.tell("picture");
  }
  /** The reader's mask and what can be undone, to be taken up again. */
  leave() {
    return { mask: this.own ?? this.mask, past: this.past };
  }
  remember() {
    this.own = null;
    this.past.push(this.mask.slice());
    if (this.past.length > N_UNDO) this.past.shift();
  }
  /** Change the mask at once, by a function of it. */
  change(edit) {
    this.remember();
    edit(this.mask, this.picture);
    this.touch();
    this.tell("mask");
  }
  replace(suite, draw = Math.random) {
    this.change((mask, picture) => {
      mask.fill(0);
      SUITES[suite](mask, picture, draw);
      picture.scratch?.forEach((value, i) => { mask[i] ||= value; });
    });
  }
  undo() {
    if (!this.past.length) return;
    this.mask = this.past.pop();
    this.own = null;
    this.touch();
    this.tell("mask");
  }
  clear() {
    this.change((mask) => mask.fill(0));
  }
  /** Note where the mask changed; without a place, everywhere. */
  touch(y0 = 0, x0 = 0, y1 = this.picture.height - 1, x1 = this.picture.width - 1) {
    const was = this.touched ?? { top: y0, left: x0, bottom: y1, right: x1 };
    this.touched = {
      top: Math.min(was.top, y0, y1), left: Math.min(was.left, x0, x1),
      bottom: Math.max(was.bottom, y0, y1), right: Math.max(was.right, x0, x1),
    };
  }
}

// ------------------------------------------------------------ painting

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Painting on a canvas by pointer and keyboard. */
class Painter {
  /**
   * @param tools {name(), size(), choose(name), resize(by)}.
   * @param say what a key did, in words.
   */
  constructor(canvas, studio, tools, say) {
    Object.assign(this, { canvas, studio, tools, say });
    this.cursor = { y: 16, x: 16 };
    this.corner = this.preview = this.stroke = null;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => this.release(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, () => this.show());
    studio.on((what) => {
      if (what === "picture") this.begin();
      this.show();
    });
  }
  begin() {
    const { height, width } = this.studio.picture;
    this.cursor = { y: height >> 1, x: width >> 1 };
    this.corner = this.preview = null;
  }
  show() {
    const { canvas, studio: { picture, mask } } = this;
    if (!picture) return;
    draw(canvas, picture.shown, picture, this.preview ?? mask);
    if (document.activeElement !== canvas || !canvas.matches(":focus-visible")) return;
    const pen = canvas.getContext("2d"), { scale, left, top } = fit(canvas, picture);
    const n = this.tools.name() === "rechteck" ? 1 : this.tools.size();  // as large as what it paints
    const edge = Math.max(n * scale, 12), shift = n % 2 ? (scale - edge) / 2 : -edge / 2;
    for (const [colour, width] of [["#000", 6], ["#fff", 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.strokeRect(left + this.cursor.x * scale + shift, top + this.cursor.y * scale + shift, edge, edge);
    }
  }
  place(event) {
    const { canvas, studio: { picture } } = this;
    const area = canvas.getBoundingClientRect(), { scale, left, top } = fit(canvas, picture);
    const at = (offset, length, pixels, start, limit) =>
      Math.min(Math.max(Math.floor(((offset / length) * pixels - start) / scale), 0), limit - 1);
    return {
      y: at(event.clientY - area.top, area.height, canvas.height, top, picture.height),
      x: at(event.clientX - area.left, area.width, canvas.width, left, picture.width),
    };
  }
  paint(from, to) {
    const { studio } = this, size = this.tools.size(), value = this.tools.name() === "pinsel" ? 1 : 0;
    segment(from.y, from.x, to.y, to.x, (y, x) => dab(studio.mask, studio.picture, y, x, size, value));
    studio.touch(Math.min(from.y, to.y) - size, Math.min(from.x, to.x) - size, Math.max(from.y, to.y) + size, Math.max(from.x, to.x) + size);
  }
  box(mask, from, to) {
    const top = Math.min(from.y, to.y), left = Math.min(from.x, to.x);
    rectangle(mask, this.studio.picture, top, left, Math.abs(from.y - to.y) + 1, Math.abs(from.x - to.x) + 1);
    this.studio.touch(from.y, from.x, to.y, to.x);
  }
  press(event) {
    if (event.button !== 0 || this.stroke) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.studio.remember();
    this.studio.isStroking = true;
    this.cursor = this.place(event);
    this.corner = null;
    this.stroke = { id: event.pointerId, from: this.cursor, last: this.cursor };
    this.extend(this.cursor);
  }
  drag(event) {
    if (this.stroke?.id !== event.pointerId) return;
    this.cursor = this.place(event);
    this.extend(this.cursor);
  }
  extend(to) {
    if (this.tools.name() === "rechteck") {
      this.preview = this.studio.mask.slice();
      this.box(this.preview, this.stroke.from, to);
      this.show();
      return;
    }
    this.paint(this.stroke.last, to);
    this.stroke.last = to;
    this.studio.tell("stroke");
  }
  release(event) {
    if (this.stroke?.id !== event.pointerId) return;
    if (this.preview) this.studio.mask = this.preview;
    this.stroke = this.preview = null;
    this.studio.isStroking = false;
    this.studio.tell("mask");
  }

  // -- keyboard

  mark() {
    const { studio, cursor } = this;
    if (this.tools.name() !== "rechteck") {
      studio.remember();
      this.paint(cursor, cursor);
    } else if (this.corner) {
      studio.remember();
      this.box(studio.mask, this.corner, cursor);
      this.corner = this.preview = null;
    } else {
      this.corner = { ...cursor };
      this.say("Erste Ecke gesetzt; die Leertaste setzt die zweite.");
      return this.show();
    }
    this.say(this.tools.name() === "radierer" ? "Radiert." : "Gemalt.");
    studio.tell("mask");
  }
  undo() {
    const { studio } = this, isPossible = studio.past.length > 0;
    studio.undo();
    this.say(isPossible ? `Rückgängig gemacht: ${studio.n} Pixel fehlen.` : "Es gibt nichts rückgängig zu machen.");
  }
  move([dy, dx]) {
    const { studio: { picture, mask } } = this;
    const limit = (value, n) => Math.min(Math.max(value, 0), n - 1);
    this.cursor = { y: limit(this.cursor.y + dy, picture.height), x: limit(this.cursor.x + dx, picture.width) };
    this.preview = this.corner && mask.slice();
    if (this.corner) this.box(this.preview, this.corner, this.cursor);
    this.show();
    const { y, x } = this.cursor;
    this.say(`Zeile ${y + 1}, Spalte ${x + 1}: ${mask[y * picture.width + x] ? "Loch" : "bekannt"}`);
  }
  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = event.shiftKey ? 8 : 1;
    const choose = (name) => () => {
      this.corner = this.preview = null;
      this.tools.choose(name);
      this.show();
    };
    const resize = (by) => {
      this.tools.resize(by);
      this.say(`Pinselgröße ${this.tools.size()}`);
      this.show();
    };
    const actions = {
      " ": () => this.mark(), Enter: () => this.mark(), z: () => this.undo(),
      b: choose("pinsel"), r: choose("rechteck"), e: choose("radierer"),
      "+": () => resize(1), "-": () => resize(-1),
    };
    const action = MOVES[key] ? () => this.move(MOVES[key].map((d) => d * step)) : actions[key];
    if (!action || event.altKey || ((event.ctrlKey || event.metaKey) && key !== "z")) return;
    event.preventDefault();
    action();
  }
}
