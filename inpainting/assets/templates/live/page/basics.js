// Numbers, words and elements that all parts of the section share.

const LARGEST_PSNR = 60;  // dB, as in the benchmark
const SMALL = 32;         // edge of a picture of CIFAR-10
const OURS = "kompakt";

const METHODS = {
  kompakt: { label: "Unser Netz, kompakt", short: "kompakt" },
  gruendlich: { label: "Unser Netz, gründlich", short: "gründlich" },
  prior: { label: "Gauß-Vorfüllung allein", short: "Gauß-Vorfüllung" },
  biharmonisch: { label: "Biharmonisch", short: "biharmonisch" },
  original: { label: "Netz von 2025", short: "2025" },
};

const german = (value, digits = 1) => value.toFixed(digits).replace(".", ",").replace("-", "−");
/** Whole numbers as the report writes them: thin spaces from 10 000 on. */
const whole = (n) => (n < 1e4 ? String(n) : String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
const signed = (value, digits = 1) => (value >= 0 ? "+" : "") + german(value, digits);
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const percent = (share) => `${Math.round(100 * share)} %`;
const count = (mask) => mask.reduce((sum, value) => sum + value, 0);

/** PSNR in the hole in dB, at most 60; null without a hole. */
function psnr(truth, filled, mask) {
  let sum = 0, n = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) for (let c = 3 * i; c < 3 * i + 3; c++) {
    sum += (truth[c] - filled[c]) ** 2;
    n++;
  }
  return n ? Math.min(-10 * Math.log10(sum / n), LARGEST_PSNR) : null;
}

/** Those of the entries [key, dB] that nobody would print as worse than the best. */
function findBest(scores) {
  const known = scores.filter(([, value]) => value !== null && value !== undefined);
  const best = Math.max(...known.map(([, value]) => Number(value.toFixed(1))));
  return new Set(known.filter(([, value]) => Number(value.toFixed(1)) === best).map(([key]) => key));
}

/** An element with properties, attributes (names with a hyphen, or role) and children. */
function element(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given))
    if (name === "role" || name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  made.append(...children);
  return made;
}

/** An SVG element. */
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
