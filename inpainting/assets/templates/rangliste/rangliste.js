"use strict";
// Sorts a table by the column whose heading is pressed: figures first descending, names ascending.
for (const table of document.querySelectorAll("table.sortierbar")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = heading.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const now = heading.getAttribute("aria-sort");
      const isRank = button.textContent === "Rang" || button.textContent === "Zeit";
      const first = heading.classList.contains("zahl") && !isRank ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = now === first ? other : first;
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const value = (row) => {
        const cell = row.cells[column];
        return "wert" in cell.dataset ? cell.dataset.wert : cell.textContent;
      };
      const compare = (a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === "" || y === "") return (x === "") - (y === ""); // what has no figure stays last
        const difference = heading.classList.contains("zahl") ? x - y : x.localeCompare(y, "de", { numeric: true });
        return sign * difference;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(compare));
      const direction = order === "ascending" ? "aufsteigend" : "absteigend";
      document.querySelector(".ansage").textContent = `Sortiert nach ${button.textContent}, ${direction}.`;
    });
  });
}
