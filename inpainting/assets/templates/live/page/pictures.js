// Pictures: those that come with the page, and the reader's own.
//
// A picture is {label, rule, height, width, truth, shown, hole}: `truth` is what the hole is
// measured against, or null: nobody knows what was below the scratches of a reader's own picture;
// `shown` is what the networks see around the hole.

const LARGEST_FILE = 200e6;    // bytes
const LARGEST_EDGE = 256;      // pixels; larger pictures are reduced
const SMALLEST_EDGE = 16;
const FORMATS = "Erlaubt sind PNG, JPEG, WebP, AVIF und GIF; bitte eine andere Datei wählen.";

class PictureError extends Error {}

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const toFloat = (pixels) => Float32Array.from(pixels, (value) => value / 255);
const unpackBits = (packed, n) => Uint8Array.from({ length: n }, (_, i) => (packed[i >> 3] >> (7 - (i & 7))) & 1);

/** A picture of CIFAR-10 with its hole. */
function readChosen({ rule = "", label, image, mask }) {
  const values = toFloat(bytes(image));
  return { rule, label, height: SMALL, width: SMALL, truth: values, shown: values, hole: unpackBits(bytes(mask), SMALL ** 2) };
}

/** Pixels of a decoded picture, on white, at most LARGEST_EDGE long. */
async function readPixels(source) {
  const { width: w, height: h } = source;
  const share = Math.min(1, LARGEST_EDGE / Math.max(w, h));
  const width = Math.round(w * share), height = Math.round(h * share);
  if (Math.min(width, height) < SMALLEST_EDGE) {
    const text = share < 1 ? `, verkleinert ${width}×${height},` : "";
    throw new PictureError(`hat ${w}×${h} Pixel${text} und ist damit zu klein. Verlangt sind mindestens ${SMALLEST_EDGE} Pixel je Seite.`);
  }
  const reduced = await createImageBitmap(source, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(reduced, 0, 0, width, height);
  const { data } = pen.getImageData(0, 0, width, height);
  return { height, width, values: toFloat(data.filter((_, i) => i % 4 < 3)) };
}

/** The reader's own picture; throws a PictureError that says in German what is wrong. */
async function readFile(file) {
  if (file.size > LARGEST_FILE) throw new PictureError("ist zu groß. Erlaubt sind Dateien bis 200 MB.");
  let source;
  try {
    source = await createImageBitmap(file);  // turned as its EXIF data say
  } catch {
    throw new PictureError(`lässt sich nicht als Bild lesen. ${FORMATS}`);
  }
  const { width, height } = source;
  const { values, ...size } = await readPixels(source);
  source.close();
  const isReduced = size.width < width;
  const picture = { rule: "", label: "eigenes Bild", ...size, truth: null, shown: values, hole: null };
  return { picture, from: `${width}×${height}`, isReduced };
}

/** The photograph that comes with the page, scratched by a rule; what was below is known, and is hole at first. */
async function readExample({ data, label, credit }) {
  const source = await createImageBitmap(new Blob([bytes(data)], { type: "image/jpeg" }));
  const { values, ...size } = await readPixels(source);
  const scratch = new Uint8Array(size.height * size.width);
  scratches(scratch, size, createRandom(5));
  const shown = values.map((value, i) => (scratch[Math.floor(i / 3)] ? 0.93 : value));
  return { rule: "", label, credit, ...size, truth: values, shown, scratch, hole: scratch };
}

/** Values of the part of a picture that a window {top, left, height, width} shows. */
function cut(values, picture, { top, left, height, width }, depth) {
  const part = new values.constructor(height * width * depth);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * depth;
    part.set(values.subarray(start, start + width * depth), y * width * depth);
  }
  return part;
}

const isPhoto = (picture) => picture.height * picture.width > 4 * SMALL ** 2;
