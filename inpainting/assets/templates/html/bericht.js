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

  // a link to folded code unfolds it
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest("details");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // the place that the address names stays in view while the page above it grows, until the reader acts
  const aim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (aim) {
    const growth = new ResizeObserver(() => aim.scrollIntoView({ behavior: "instant" }));
    growth.observe(document.body);
    for (const act of ["wheel", "touchstart", "keydown", "pointerdown"]) {
      addEventListener(act, () => growth.disconnect(), { once: true, passive: true });
    }
  }

  // figures enlarge
  const dialog = document.createElement("dialog");
  dialog.className = "gross";
  document.body.append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  for (const figure of document.querySelectorAll("figure.abbildung")) {
    const image = figure.querySelector(".standbild img");
    if (!image) continue;
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
  const links = new Map([...contents.querySelectorAll("ol a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let marked = null;
  const mark = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
    const here = (passed.at(-1) ?? headings[0])?.id;
    if (here === marked) return;
    marked = here;
    for (const [id, link] of links) {
      if (id === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    // of the subsections only those of the section that is read are listed, so that the list is seen whole
    let parts = [], isRead = false;
    const fold = () => { for (const part of parts) part.classList.toggle("gefaltet", !isRead); };
    for (const link of links.values()) {
      const item = link.parentElement;
      if (!item.classList.contains("stufe-2")) { fold(); parts = []; isRead = false; } else parts.push(item);
      isRead ||= link.hasAttribute("aria-current");
    }
    fold();
    const list = contents.getBoundingClientRect(), current = links.get(here)?.getBoundingClientRect();
    if (current?.height && (current.top < list.top || current.bottom > list.bottom))
      contents.scrollTop += current.top - list.top - list.height / 2;
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
  for (const link of contents.querySelectorAll("a")) {
    link.addEventListener("click", () => {
      if (matchMedia("(max-width: 63.99rem)").matches) contents.open = false;
    });
  }

  // a reference shows what it leads to, while the mouse is on it or the focus
  const card = document.createElement("div");
  card.className = "karte";
  card.id = "karte";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.getElementById("bericht").append(card);
  const MOST_ROWS = 7;
  let origin = null, timer = 0;
  // of a long table the first rows, as many as the card holds, and a sign that there are more
  const shorten = (body) => {
    const isLong = () => body.rows.length > MOST_ROWS + 1 || card.scrollHeight > card.clientHeight;
    if (!isLong()) return;
    body.insertRow().insertCell().textContent = "…";
    while (body.rows.length > 2 && isLong()) body.rows[body.rows.length - 2].remove();
  };
  const preview = (target) => {
    const content = document.createElement("div");
    const add = (node) => node && content.append(node.cloneNode(true));
    if (target.matches("figure")) {
      add(target.querySelector(".standbild img"));
      add(target.querySelector("figcaption"));
      const table = target.querySelector("table");
      if (table?.rows[0].cells.length <= 6) add(table);
    } else add(target);
    for (const node of content.querySelectorAll("[id], [aria-labelledby], [tabindex], .anker")) {
      if (node.matches(".anker")) node.remove();
      for (const name of ["id", "aria-labelledby", "tabindex"]) node.removeAttribute(name);
    }
    for (const heading of content.querySelectorAll(":is(h2, h3, h4, h5, li, figcaption)")) {
      const plain = document.createElement("p");
      plain.append(...heading.childNodes);
      heading.replaceWith(plain);
    }
    for (const link of content.querySelectorAll("a")) link.replaceWith(...link.childNodes);
    return content.childNodes;
  };
  const hide = () => {
    clearTimeout(timer);
    origin?.removeAttribute("aria-describedby");
    origin = null;
    card.hidden = true;
  };
  const show = (link) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target || link === origin) return;
    hide();
    origin = link;
    card.replaceChildren(...preview(target));
    card.hidden = false;
    card.querySelectorAll("tbody").forEach(shorten);
    link.setAttribute("aria-describedby", card.id);
    const place = link.getClientRects()[0], room = document.documentElement.clientWidth;
    card.style.left = `${Math.max(8, Math.min(place.left, room - card.offsetWidth - 8)) + scrollX}px`;
    const above = place.top > card.offsetHeight + 12 && place.bottom + card.offsetHeight + 12 > innerHeight;
    card.style.top = `${(above ? place.top - card.offsetHeight - 6 : place.bottom + 6) + scrollY}px`;
  };
  const later = (action, delay) => { clearTimeout(timer); timer = setTimeout(action, delay); };
  for (const link of document.querySelectorAll('main a:is(.verweis, [href^="#ref-"])')) {
    link.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") later(() => show(link), 250); });
    link.addEventListener("pointerleave", () => later(hide, 250));
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) show(link); });
    link.addEventListener("blur", hide);
    link.addEventListener("click", hide);
  }
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", () => later(hide, 250));
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
