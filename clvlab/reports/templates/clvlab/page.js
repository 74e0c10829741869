"use strict";
(() => {
  const button = document.querySelector("button.toggle-code");
  const code = document.querySelectorAll("details.code");
  if (!code.length) button.hidden = true;
  button.addEventListener("click", () => {
    const open = ![...code].some((details) => details.open);
    code.forEach((details) => { details.open = open; });
    button.textContent = open ? button.dataset.hide : button.dataset.show;
  });

  const contents = document.querySelector("details.contents");
  if (contents && matchMedia("(max-width: 62rem)").matches) contents.open = false;

  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const plain = text.replace(/,/g, "");
    return plain !== "" && !isNaN(plain) ? Number(plain) : text;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

  document.querySelectorAll("table").forEach((table) => {
    const heads = table.tHead ? table.tHead.rows[table.tHead.rows.length - 1].cells : [];
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2 || table.querySelector("td[rowspan], th[rowspan], thead [colspan]")) return;
    [...heads].forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const sorter = document.createElement("button");
      sorter.type = "button";
      sorter.append(...head.childNodes);
      head.append(sorter);
      sorter.addEventListener("click", () => {
        const numeric = head.classList.contains("num");
        const next = { ascending: "descending", descending: "ascending" }[head.getAttribute("aria-sort")];
        const order = next ?? (numeric ? "descending" : "ascending");
        [...heads].forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row, column), row]);
        // what is missing stays last, whichever way the column is sorted
        rows.sort(([a], [b]) => (a === "") - (b === "") || sign * compare(a, b));
        body.append(...rows.map(([, row]) => row));
      });
    });
  });
})();
