// Pictures on canvases.

const HATCH = (() => {
  const tile = new OffscreenCanvas(10, 10), pen = tile.getContext("2d");
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
})();

/** Pixels as an image: from values in [0, 1], three to a pixel. */
function toImageData(values, { height, width }) {
  const data = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data.data[4 * i + c] = Math.round(255 * values[3 * i + c]);
    data.data[4 * i + 3] = 255;
  }
  return data;
}

/** Where a picture lies on a canvas: as large as possible, in the middle, whole pixels. */
function fit(canvas, { height, width }) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  return { scale, left: Math.round((canvas.width - scale * width) / 2), top: Math.round((canvas.height - scale * height) / 2) };
}

const scrap = new OffscreenCanvas(1, 1);

/** Draw a picture; what a mask covers is hatched. */
function draw(canvas, values, size, mask = null) {
  const pen = canvas.getContext("2d"), { scale, left, top } = fit(canvas, size);
  Object.assign(scrap, { width: size.width, height: size.height });
  scrap.getContext("2d").putImageData(toImageData(values, size), 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = isPhoto(size);  // of a small picture one sees the pixels
  if (canvas.style) canvas.style.imageRendering = isPhoto(size) ? "auto" : "";
  pen.drawImage(scrap, left, top, scale * size.width, scale * size.height);
  if (!mask) return;
  pen.save();
  pen.beginPath();
  for (let y = 0; y < size.height; y++) for (let x = 0; x < size.width; x++) if (mask[y * size.width + x]) {
    const start = x;
    while (x + 1 < size.width && mask[y * size.width + x + 1]) x++;
    pen.rect(left + start * scale, top + y * scale, (x + 1 - start) * scale, scale);
  }
  pen.clip();
  pen.fillStyle = pen.createPattern(HATCH, "repeat");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.restore();
}

/** Lay a picture with its hole over the left share of a canvas, up to a white line. */
function cover(canvas, values, size, mask, share) {
  if (!share) return;
  const { left, scale } = fit(canvas, size), at = Math.round(left + size.width * scale * share);
  const pen = canvas.getContext("2d"), covered = new OffscreenCanvas(canvas.width, canvas.height);
  draw(covered, values, size, mask);
  pen.clearRect(0, 0, at, canvas.height);
  pen.drawImage(covered, 0, 0, at, canvas.height, 0, 0, at, canvas.height);
  pen.fillStyle = "#fff";
  if (share < 1) pen.fillRect(at - 2, 0, 4, canvas.height);
}

/** The share that a slider covers, which it says in words too. */
function readShare(slider) {
  const { value } = slider;
  slider.setAttribute("aria-valuetext", value > 0 ? `links ${value} Prozent mit Loch, rechts gefüllt` : "ganz gefüllt");
  return value / 100;
}

/** Black, violet, orange, yellow: the colours of a share in [0, 1] (after matplotlib's inferno). */
const HEAT = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];
function heat(share) {
  const at = Math.min(Math.max(share, 0), 0.999) * (HEAT.length - 1), i = Math.floor(at);
  return HEAT[i].map((low, c) => (low + (HEAT[i + 1][c] - low) * (at - i)) / 255);
}
