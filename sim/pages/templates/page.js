"use strict";
// Headings of tables become buttons that sort; what is folded opens for the printer. Without this
// script everything is there, in its order.
(() => {
  const headings = (table) => [...table.tHead.rows[0].cells];

  const key = (row, column) => {
    const cell = row.cells[column];
    const found = cell.dataset.key;
    if (found !== undefined) return Number(found);
    return (cell.querySelector("summary") ?? cell).textContent.trim();
  };

  const isBlank = (value) => value === "" || value === "-" || value === "–";

  // Numbers before texts, and what is blank last, whichever way round.
  const compare = (one, other, sign) => {
    if (isBlank(one) || isBlank(other)) return isBlank(one) - isBlank(other);
    const [first, second] = [typeof one === "number", typeof other === "number"];
    if (first !== second) return first ? -1 : 1;
    return sign * (first ? one - other : one.localeCompare(other, "en"));
  };

  const sort = (table, column) => {
    const heading = headings(table)[column];
    const isNumber = heading.classList.contains("number");
    const before = heading.getAttribute("aria-sort");
    const order = before === null ? (isNumber ? "descending" : "ascending")
      : before === "ascending" ? "descending" : "ascending";
    headings(table).forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", order);
    const body = table.tBodies[0];
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([one], [other]) => compare(one, other, sign));
    body.append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    headings(table).forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, column));
      heading.append(button);
    });
  }

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((each) => { each.open = true; });
  });
  window.addEventListener("afterprint", () => {
    closed.forEach((each) => { each.open = false; });
  });
})();
