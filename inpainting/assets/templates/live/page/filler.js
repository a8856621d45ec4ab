// Fills of the present mask: always the newest, the shown method first.
//
// On a small picture every stroke is filled as a whole.  On a photograph the region around a stroke
// is filled at once, the whole when the stroke is done; only the shown method is computed.

const MARGIN = 24, LARGEST_REGION = 112;  // pixels: around a stroke; what is still filled at once

class Filler {
  /** `show(method)` is called when a result, or the progress of one, changed. */
  constructor(studio, answers, methods, { show, fail, scope }) {
    Object.assign(this, { studio, answers, methods, show, fail, scope });
    this.shown = OURS;
    this.results = new Map();  // method → {filled, psnr, mask}
    this.round = 0;
    this.progress = null;
    this.isBusy = this.isAsked = false;
    studio.on((what) => this.update(what));
  }
  isCurrent(method) {
    return this.results.get(method)?.mask === this.version;
  }
  choose(method) {
    this.shown = method;
    this.show(method);
    if (this.studio.isPossible && !this.isCurrent(method)) this.later([method]);
  }
  update(what) {
    this.version = {};  // of the mask: results know the one that they belong to
    this.round++;
    this.progress = null;
    this.answers.send({ scope: `${this.scope}-später`, round: this.round });
    if (what === "picture") this.results.clear();
    if (!this.studio.isPossible) {
      this.results.clear();
      this.studio.touched = null;  // nothing is filled that a region could join
      this.isAsked = false;
      this.methods.forEach((method) => this.show(method));
      return;
    }
    if (this.isBusy) this.isAsked = true;
    else this.now();
  }
  /** What a question is about, as it is now. */
  ask(kind, method, scope, picture, onProgress) {
    return this.answers.ask({ kind, method, scope: `${this.scope}-${scope}`, round: this.round, picture }, onProgress);
  }
  snapshot() {
    const { picture: { height, width, shown }, mask } = this.studio;
    return { height, width, image: shown, mask: mask.slice() };
  }

  /** The shown method, as fast as can be; then the rest. */
  async now() {
    const { picture, touched } = this.studio, { version, shown } = this;
    const region = isPhoto(picture) && touched && this.findRegion(touched, picture);
    this.studio.touched = null;
    this.isBusy = true;
    try {
      if (region) await this.fillRegion(region, touched, shown);
      else if (!isPhoto(picture)) {
        const question = this.snapshot();
        const found = await this.ask("fill", shown, "gleich", question);
        if (found && picture === this.studio.picture && this.studio.isPossible) this.keep(shown, found.filled, question.mask, version);
      }
    } catch (error) {
      this.fail(error);
    }
    this.isBusy = false;
    if (this.isAsked) {
      this.isAsked = false;
      this.now();
    } else if (!this.studio.isStroking && this.studio.isPossible) this.later(isPhoto(picture) ? [shown] : this.methods);
  }
  /** Methods one after the other, until the mask changes. */
  async later(methods) {
    const { version } = this, { picture } = this.studio, question = this.snapshot();
    for (const method of methods) {
      if (this.isCurrent(method) && !this.results.get(method).isPart) continue;
      const onProgress = ({ progress }) => {
        if (version !== this.version) return;
        this.progress = isPhoto(picture) ? { method, share: progress } : null;
        this.show(method);
      };
      try {
        const found = await this.ask("fill", method, "später", question, onProgress);
        if (!found || version !== this.version) return;
        this.progress = null;
        this.keep(method, found.filled, question.mask, version);
      } catch (error) {
        this.fail(error);
      }
    }
  }
  keep(method, filled, mask, version, isPart = false) {
    const { truth } = this.studio.picture;
    this.results.set(method, { filled, mask: version, isPart, psnr: truth && psnr(truth, filled, mask) });
    this.show(method);
  }

  // -- photographs

  /** A part of the picture around what changed, its edges multiples of 8; null if it is large. */
  findRegion(touched, { height, width }) {
    const low = (value) => 8 * Math.floor(Math.max(value - MARGIN, 0) / 8);
    const high = (value, n) => Math.min(8 * Math.ceil((value + 1 + MARGIN) / 8), n);
    const top = low(touched.top), left = low(touched.left);
    const rows = high(touched.bottom, height) - top, columns = high(touched.right, width) - left;
    return Math.max(rows, columns) > LARGEST_REGION ? null : { top, left, height: rows, width: columns };
  }
  async fillRegion(region, touched, method) {
    const { studio, version } = this, { picture, mask } = studio, { top, left, height, width } = region;
    const holes = cut(mask, picture, region, 1);
    const isFillable = holes.some((value) => value) && holes.some((value) => !value);
    const question = { height, width, image: cut(picture.shown, picture, region, 3), mask: holes };
    const found = isFillable && await this.ask("fill", method, "gleich", question);
    if (studio.picture !== picture || !studio.isPossible) return;
    const before = this.results.get(method)?.filled;
    const filled = (before ?? picture.shown).slice();
    // around the stroke as the region says; elsewhere as before, or as it was where no hole is
    for (let i = 0; i < mask.length; i++) if (!mask[i]) filled.set(picture.shown.subarray(3 * i, 3 * i + 3), 3 * i);
    for (let y = 0; found && y < height; y++) for (let x = 0; x < width; x++) {
      const row = top + y, column = left + x;
      const isNear = row >= touched.top - 8 && row <= touched.bottom + 8 && column >= touched.left - 8 && column <= touched.right + 8;
      if (holes[y * width + x] && (isNear || !before))
        filled.set(found.filled.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 3 * (row * picture.width + column));
    }
    this.keep(method, filled, mask, version, true);
  }
}
