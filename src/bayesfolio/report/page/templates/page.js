"use strict";
// Everything on the page is there without this script. It adds sorting, opens what is folded for
// print, and marks in the contents where the reader is.
(() => {
  const spoken = document.getElementById("spoken");

  function value(row, column, numeric) {
    const cell = row.cells[column];
    const text = cell.dataset.key ?? cell.textContent.trim();
    if (text === "") return null;
    if (!numeric) return text;
    const number = parseFloat(text);
    return Number.isNaN(number) ? null : number;
  }

  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // Missing values stay last whichever way, and equal ones in the order they have.
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" ? a - b : words.compare(a, b));
  }

  function headings(table) {
    // A heading over two rows comes in the first row, in the place of its column.
    const [first, second] = table.tHead.rows;
    if (!second) return [...first.cells];
    const below = [...second.cells];
    return [...first.cells].flatMap((cell) => (cell.scope === "colgroup" ? below.splice(0, cell.colSpan) : [cell]));
  }

  function makeSortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const columns = headings(table);
    columns.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[heading.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        columns.forEach((other) => other.removeAttribute("aria-sort"));
        let rows = original;
        if (order) {
          heading.setAttribute("aria-sort", order);
          const numeric = heading.dataset.sort === "number";
          const sign = order === "ascending" ? 1 : -1;
          rows = original
            .map((row) => [value(row, column, numeric), row])
            .sort((a, b) => compare(a[0], b[0], sign))
            .map((pair) => pair[1]);
        }
        body.append(...rows);
        spoken.textContent = order ? `Sorted by ${button.textContent}, ${order}` : "In the original order";
      });
    });
  }
  document.querySelectorAll("table.sortable").forEach(makeSortable);

  // A box that shows all it holds needs no stop of the keyboard.
  const boxes = [...document.querySelectorAll(".box")];
  const measure = () => boxes.forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  measure();
  addEventListener("resize", measure);

  const contents = document.querySelector(".contents details");
  const broad = matchMedia("(min-width: 68rem)");
  const fold = () => { contents.open = broad.matches; };
  fold();
  broad.addEventListener("change", fold);

  const folded = [...document.querySelectorAll("details.config")];
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folded.filter((part) => !part.open);
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));

  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const targets = [...document.querySelectorAll("main section[id], main .item[id]")].filter((part) => links.has(part.id));
  const watch = new IntersectionObserver((entries) => {
    entries.forEach((entry) => (entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target)));
    const current = targets.filter((part) => seen.has(part)).at(-1);
    links.forEach((link) => link.removeAttribute("aria-current"));
    if (current) links.get(current.id).setAttribute("aria-current", "true");
  }, { rootMargin: "0px 0px -75% 0px" });
  targets.forEach((part) => watch.observe(part));
})();
