"use strict";
{
  const codes = [...document.querySelectorAll("details.code")];
  const button = document.getElementById("codeschalter");
  button.hidden = codes.length === 0;
  button.addEventListener("click", () => {
    const show = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", show);
    button.textContent = show ? "Code verbergen" : "Code zeigen";
    for (const code of codes) code.open = show;
  });

  // a link to a folded listing unfolds it
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  // figures enlarge
  const dialog = document.createElement("dialog");
  dialog.className = "gross";
  document.body.append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  for (const figure of document.querySelectorAll("figure.abbildung")) {
    const image = figure.querySelector("img");
    const label = figure.querySelector(".nummer")?.textContent.replace(/\.$/, "") ?? "Bild";
    const lens = document.createElement("button");
    lens.type = "button";
    lens.className = "lupe";
    lens.setAttribute("aria-label", `${label} vergrößern`);
    lens.title = "Vergrößern";
    image.before(lens);
    lens.append(image);
    lens.addEventListener("click", () => {
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "Schließen";
      const large = image.cloneNode();
      large.removeAttribute("width");
      large.removeAttribute("height");
      dialog.setAttribute("aria-label", label);
      dialog.replaceChildren(large, close);
      dialog.showModal();
    });
  }

  // the contents fold on narrow screens and mark where the reader is
  const contents = document.querySelector("nav.inhalt details");
  if (matchMedia("(max-width: 63.99rem)").matches) contents.open = false;
  const links = new Map([...contents.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
    const here = (passed.at(-1) ?? headings[0])?.id;
    for (const [id, link] of links) {
      if (id === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
  for (const link of links.values()) {
    link.addEventListener("click", () => {
      if (matchMedia("(max-width: 63.99rem)").matches) contents.open = false;
    });
  }
}
