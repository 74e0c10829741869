"use strict";
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const count = (n) => n.toLocaleString("en-US");
  const make = (tag, more = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), more);
    made.append(...inside);
    return made;
  };
  const live = make("p", { className: "heard" });
  live.setAttribute("aria-live", "polite");
  document.body.append(live);

  // Code

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

  // Detail that is closed opens where a link leads into it, and on paper

  const reveal = () => {
    const aim = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = aim && aim.closest("details.clv-detail:not([open])");
    if (closed) closed.open = true;
  };
  addEventListener("hashchange", reveal);
  document.querySelector("nav")?.addEventListener("click", () => setTimeout(reveal));
  reveal();
  let printed = [];
  addEventListener("beforeprint", () => {
    printed = [...document.querySelectorAll("details.clv-detail:not([open])")];
    printed.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => printed.forEach((details) => { details.open = false; }));

  // Tables

  const NUMBER = String.raw`[-+−]?\s*(?:[A-Z]{0,3}[$£€¥₹₩])?[-−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?[^\d\s(]?`;
  const ALONE = new RegExp(`^[<>≈~]?\\s*(${NUMBER})`);
  const BETWEEN = new RegExp(`^${NUMBER}\\s*(?:\\p{L}+|–)\\s*(${NUMBER})$`, "u");
  const MISSING = ["", "–", "-"];
  const number = (text) => {
    const found = (BETWEEN.exec(text) ?? ALONE.exec(text))?.[1]; // an interval sorts by its upper end
    if (!found) return null;
    const times = words.magnitudes.find(([, sign]) => found.endsWith(sign))?.[0] ?? 1;
    return times * Number(found.replace("−", "-").replace(/[^\d.eE-]/g, ""));
  };
  const inert = (text) => {
    const split = text.replace(/([;\t\r\n][\s"]*)(?=[=+\-@])/g, "$1'");
    return /^[=+\-@\t\r\n]/.test(split) ? `'${split}` : split;
  };
  const own = (cell) => [...cell.childNodes].filter((node) => !node.classList?.contains("clv-small"))
    .map((node) => node.textContent).join("").trim();

  const build = (cells, like) => {
    const row = like.cloneNode(false);
    cells.forEach((told, column) => {
      const cell = like.cells[column].cloneNode(false);
      delete cell.dataset.sort;
      cell.innerHTML = Array.isArray(told) ? told[0] : told;
      if (Array.isArray(told)) cell.dataset.sort = told[1];
      row.append(cell);
    });
    return row;
  };

  const enliven = (table) => {
    const box = table.closest(".clv-table");
    const heads = [...(table.tHead?.rows[table.tHead.rows.length - 1].cells ?? [])];
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2 || table.querySelector("td[rowspan], th[rowspan], thead [colspan]")) return;
    const titles = heads.map((head) => head.textContent.trim());
    const first = body.rows.length;
    let rows = [...body.rows], told = box?.querySelector("script.clv-rest"), whole = false, sought = "";
    const all = () => {
      if (told) rows = rows.concat(JSON.parse(told.textContent).map((cells) => build(cells, body.rows[0])));
      told = null;
      return rows;
    };
    const size = told ? first + JSON.parse(told.textContent).length : first;
    const matching = () => sought ? all().filter((row) => row.textContent.toLowerCase().includes(sought)) : rows;
    const show = () => {
      const found = matching();
      body.replaceChildren(...(whole || sought ? found : found.slice(0, first)));
      return found.length;
    };

    heads.forEach((head, column) => {
      if (!titles[column]) return;
      const sorter = make("button", { type: "button" }, ...head.childNodes);
      head.append(sorter);
      sorter.addEventListener("click", () => {
        const keys = all().map((row) => {
          const cell = row.cells[column], text = cell ? own(cell) : "";
          return cell?.dataset.sort ?? (MISSING.includes(text) ? "" : text);
        });
        const numbers = keys.map((key) => key === "" ? null : /^\d{4}-\d\d/.test(key) ? Date.parse(key) : number(key));
        const numeric = keys.every((key, place) => key === "" || numbers[place] !== null);
        const next = { ascending: "descending", descending: "ascending" }[head.getAttribute("aria-sort")];
        const order = next ?? (numeric ? "descending" : "ascending");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const compare = numeric ? (a, b) => numbers[a] - numbers[b]
          : (a, b) => keys[a].localeCompare(keys[b], undefined, { numeric: true });
        // what is missing stays last, whichever way the column is sorted
        const places = rows.map((_, place) => place)
          .sort((a, b) => (keys[a] === "") - (keys[b] === "") || sign * compare(a, b));
        rows = places.map((place) => rows[place]);
        show();
        live.textContent = say(order === "ascending" ? words.up : words.down, { head: titles[column] });
      });
    });

    if (!box) return;
    const above = make("p", { className: "clv-tools clv-above" }), tools = make("p", { className: "clv-tools" });
    if (size > 10) {
      const search = make("input", { type: "search", placeholder: words.search });
      search.setAttribute("aria-label", words.search);
      const found = make("span", { className: "clv-small" });
      search.addEventListener("input", () => {
        sought = search.value.trim().toLowerCase();
        const n = show();
        live.textContent = found.textContent = sought ? say(words.found, { n: count(n), all: count(size) }) : "";
      });
      above.append(found, search);
      box.prepend(above);
    }
    if (size > first) {
      const more = make("button", { type: "button", textContent: say(words.all, { all: count(size) }) });
      more.addEventListener("click", () => {
        whole = !whole;
        all();
        show();
        more.textContent = say(whole ? words.first : words.all, { n: count(first), all: count(size) });
      });
      tools.append(more);
    }
    const save = make("button", { type: "button", textContent: words.save });
    save.addEventListener("click", () => {
      const quoted = (cell) => typeof cell === "number" ? String(cell) : `"${inert(cell).replace(/"/g, '""')}"`;
      all();
      const found = matching();
      const between = titles.map((_, column) => found.some((row) => row.cells[column]?.querySelector(".clv-small")));
      const line = (parts) => parts.flatMap(([cell, interval], column) => between[column] ? [cell, interval] : [cell])
        .map(quoted).join(",");
      const lines = [line(titles.map((title) => [title, say(words.interval, { head: title })]))];
      found.forEach((row) => lines.push(line([...row.cells].map((cell) => {
        const text = own(cell), interval = cell.querySelector(".clv-small")?.textContent ?? "";
        const exact = cell.classList.contains("num") && !BETWEEN.test(text) ? cell.dataset.sort : undefined;
        return [exact ? Number(exact) : MISSING.includes(text) ? "" : text, interval];
      }))));
      // the byte-order mark tells spreadsheets that the text is UTF-8
      const file = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
      make("a", { href: file, download: `${box.dataset.name.replace(/\W+/g, "_")}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(file), 1000);
    });
    tools.append(save);
    box.append(tools);
  };
  document.querySelectorAll("table").forEach(enliven);

  // What scrolls can be reached by key, and has a name

  const boxes = [...document.querySelectorAll(".clv-scroll, .highlight, pre")];
  const reachable = () => boxes.forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    const name = box.querySelector("caption, svg")?.id || box.querySelector("caption span")?.id;
    box.toggleAttribute("tabindex", scrolls);
    if (scrolls) box.tabIndex = 0;
    if (name) scrolls ? box.setAttribute("role", "group") : box.removeAttribute("role");
    if (name) scrolls ? box.setAttribute("aria-labelledby", name) : box.removeAttribute("aria-labelledby");
  });
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  // Values of figures: on hover, on touch, and by the arrow keys

  const tip = make("div", { className: "tip", hidden: true });
  document.body.append(tip);
  const hide = () => { tip.hidden = true; document.querySelector(".told")?.classList.remove("told"); };
  document.querySelectorAll("svg.drawing").forEach((drawing) => {
    const points = [...drawing.querySelectorAll("circle")].filter((circle) => circle.querySelector("title"));
    if (!points.length) return;
    const texts = new Map(points.map((point) => [point, point.textContent]));
    points.forEach((point) => point.replaceChildren()); // said here, not by the browser as well
    const middle = (point) => {
      const box = point.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    };
    const tell = (point) => {
      hide();
      const [x, y] = middle(point);
      point.classList.add("told");
      tip.textContent = texts.get(point);
      tip.hidden = false;
      const left = Math.min(Math.max(8, x - tip.offsetWidth / 2), document.documentElement.clientWidth - tip.offsetWidth - 8);
      tip.style.left = `${left + scrollX}px`;
      tip.style.top = `${y + scrollY - tip.offsetHeight - 10}px`;
    };
    drawing.addEventListener("pointermove", (event) => {
      let best = null, least = 20;
      points.forEach((point) => {
        const [x, y] = middle(point), away = Math.hypot(x - event.clientX, y - event.clientY);
        if (away < least) [best, least] = [point, away];
      });
      best ? tell(best) : hide();
    });
    drawing.addEventListener("pointerleave", hide);
    drawing.addEventListener("blur", hide);
    drawing.tabIndex = 0;
    let at = -1;
    drawing.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      at = (at + step + points.length) % points.length;
      tell(points[at]);
      live.textContent = texts.get(points[at]);
    });
  });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
