// Masks, after inpainting/masks.py; on larger pictures in proportion.  A mask is a Uint8Array, 1 = hole.

function rectangle(mask, { height, width }, top, left, rows, columns, value = 1) {
  for (let y = Math.max(top, 0); y < Math.min(top + rows, height); y++)
    for (let x = Math.max(left, 0); x < Math.min(left + columns, width); x++) mask[y * width + x] = value;
}

/** A round brush; even sizes lie half a pixel up and left.  Returns how many pixels it changed. */
function dab(mask, { height, width }, y, x, size, value = 1) {
  const half = (size - 1) / 2;
  let n = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) {
    if ((i - half) ** 2 + (j - half) ** 2 > size ** 2 / 4) continue;
    const row = y + i - (size >> 1), column = x + j - (size >> 1);
    if (row < 0 || row >= height || column < 0 || column >= width || mask[row * width + column] === value) continue;
    mask[row * width + column] = value;
    n++;
  }
  return n;
}

/** Visit the pixels on a straight segment. */
function segment(y0, x0, y1, x1, visit) {
  const n = Math.max(Math.abs(y1 - y0), Math.abs(x1 - x0), 1);
  for (let i = 0; i <= n; i++) visit(Math.round(y0 + ((y1 - y0) * i) / n), Math.round(x0 + ((x1 - x0) * i) / n));
}

/** Curved strokes from a random source until a share of the picture is covered. */
function freeform(mask, size, draw) {
  const { height, width } = size, edge = Math.min(height, width);
  const whole = (low, high) => low + Math.floor(draw() * (high - low + 1));
  const target = Math.ceil((0.1 + 0.3 * draw()) * height * width), brush = Math.round((whole(2, 4) * edge) / SMALL);
  const inside = (v, n) => { const p = ((v % (2 * n - 2)) + 2 * n - 2) % (2 * n - 2); return n - 1 - Math.abs(p - n + 1); };
  let covered = 0;
  for (let stroke = 0; stroke < 16 && covered < target; stroke++) {
    let y = draw() * height, x = draw() * width, heading = draw() * 2 * Math.PI;
    for (let n = whole(4, 9); n > 0 && covered < target; n--) {
      const length = ((4 + 8 * draw()) * edge) / SMALL;
      const toY = y + length * Math.sin(heading), toX = x + length * Math.cos(heading);
      segment(inside(y, height), inside(x, width), inside(toY, height), inside(toX, width), (i, j) => {
        if (covered < target) covered += dab(mask, size, i, j, brush);
      });
      [y, x] = [toY, toX];
      heading += (draw() - 0.5) * Math.PI;
    }
  }
}

/** Long, thin, slightly bent lines, as on an old photograph. */
function scratches(mask, size, draw, n = 7) {
  const { height, width } = size;
  for (let i = 0; i < n; i++) {
    let y = draw() * height, x = draw() * width, heading = draw() * 2 * Math.PI;
    for (let part = 0; part < 9; part++) {
      const length = (0.06 + 0.05 * draw()) * Math.max(height, width);
      const toY = y + length * Math.sin(heading), toX = x + length * Math.cos(heading);
      segment(y, x, toY, toX, (row, column) => dab(mask, size, row, column, i % 3 ? 2 : 3));
      [y, x] = [toY, toX];
      heading += (draw() - 0.5) * 0.5;
    }
  }
}

/** A line of writing across the picture. */
function writing(mask, { height, width }) {
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const text = "Bitte nicht knicken";
  pen.font = `600 ${Math.round(width / 9.5)}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, width / 2, height * 0.62, width * 0.94);
  const { data } = pen.getImageData(0, 0, width, height);
  for (let i = 0; i < mask.length; i++) if (data[4 * i + 3] > 90) mask[i] = 1;
}

const SUITES = {
  quadrat8(mask, size, draw) {
    const edge = Math.min(size.height, size.width) >> 2;
    rectangle(mask, size, Math.floor(draw() * (size.height - edge + 1)), Math.floor(draw() * (size.width - edge + 1)), edge, edge);
  },
  mitte16: (mask, size) =>
    rectangle(mask, size, size.height >> 2, size.width >> 2, size.height >> 1, size.width >> 1),
  linien(mask, size, draw) {
    const { height, width } = size, scale = Math.max(1, Math.round(Math.min(height, width) / SMALL / 2));
    for (let n = 1 + Math.floor(9 * draw()); n > 0; n--) {
      const thickness = (draw() < 0.5 ? 2 : 1) * scale;
      const row = () => Math.floor(draw() * height), column = () => Math.floor(draw() * width);
      segment(row(), column(), row(), column(), (y, x) => rectangle(mask, size, y, x, thickness, thickness));
    }
  },
  freiform: freeform,
  pixel50: (mask, size, draw) => mask.forEach((_, i) => { mask[i] = draw() < 0.5 ? 1 : 0; }),
  haelfte(mask, size, draw) {
    const { height, width } = size, side = Math.floor(4 * draw());
    if (side < 2) rectangle(mask, size, 0, side ? width >> 1 : 0, height, Math.ceil(width / 2));
    else rectangle(mask, size, side === 3 ? height >> 1 : 0, 0, Math.ceil(height / 2), width);
  },
  kratzer: scratches,
  schrift: writing,
};
