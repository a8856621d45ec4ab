// Fills of the present mask: always the newest, the shown method first.
//
// On a small picture every stroke is filled as a whole.  On a photograph the region around a stroke
// is filled at once, the whole when the stroke is done; only the shown method is computed.  Until then
// pixels that this method has never filled are gaps: such a fill is no result, and is worth no number.

const MARGIN = 24, LARGEST_REGION = 112;  // pixels: around a stroke; what is still filled at once

class Filler {
  /** `show(method)` is called when a result, or the progress of one, changed. */
  constructor(studio, answers, methods, { show, fail, scope }) {
    Object.assign(this, { studio, answers, methods, show, fail, scope });
    this.shown = OURS;
    this.results = new Map();  // method → {filled, psnr, mask, isPart, done}; done: the pixels that it filled
    this.round = 0;
    this.progress = null;
    this.isBusy = this.isAsked = false;
    studio.on((what) => this.update(what));
  }
  /** Is the hole filled as it is now, though on a photograph perhaps not from all of the picture? */
  isCurrent(method) {
    return this.results.get(method)?.mask === this.version && !this.findGaps(method);
  }
  /** Is it filled for good: no part of it will be computed again? */
  isDone(method) {
    return this.isCurrent(method) && !this.results.get(method).isPart;
  }
  /** What of the hole a method has not filled yet, as a mask; null if nothing, or on a small picture, which takes no time. */
  findGaps(method) {
    const { picture, mask } = this.studio, { version } = this, result = this.results.get(method);
    if (!result || !isPhoto(picture)) return null;
    if (result.compared !== version) {  // once a mask: it is asked for often
      const gaps = mask.map((value, i) => value && !result.done[i]);
      Object.assign(result, { compared: version, gaps: gaps.includes(1) ? gaps : null });
    }
    return result.gaps;
  }
  choose(method) {
    this.shown = method;
    this.show(method);
    if (this.studio.isPossible && !this.isDone(method)) this.later([method]);
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
      if (this.isDone(method)) continue;
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
  keep(method, filled, mask, version, part = null) {
    const { truth } = this.studio.picture, isWhole = !part || mask.every((value, i) => !value || part[i]);
    this.results.set(method, { filled, mask: version, isPart: Boolean(part), done: part ?? mask, psnr: truth && isWhole ? psnr(truth, filled, mask) : null });
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
    const before = this.results.get(method), filled = (before?.filled ?? picture.shown).slice();
    const done = mask.map((value, i) => value && before?.done[i]);
    // around the stroke as the region says; elsewhere as before, or as it was where no hole is
    for (let i = 0; i < mask.length; i++) if (!mask[i]) filled.set(picture.shown.subarray(3 * i, 3 * i + 3), 3 * i);
    for (let y = 0; found && y < height; y++) for (let x = 0; x < width; x++) {
      const row = top + y, column = left + x;
      const isNear = row >= touched.top - 8 && row <= touched.bottom + 8 && column >= touched.left - 8 && column <= touched.right + 8;
      if (!holes[y * width + x] || !isNear && done[row * picture.width + column]) continue;
      filled.set(found.filled.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 3 * (row * picture.width + column));
      done[row * picture.width + column] = 1;
    }
    this.keep(method, filled, mask, version, done);
  }
}
