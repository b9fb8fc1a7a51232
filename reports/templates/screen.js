// What paper cannot do. Nothing here is needed to read the report: it works on what already stands on the page, puts
// text in as text and elements in as elements, and fetches nothing.

const LEAST_TO_SORT = 2;
const LEAST_TO_FILTER = 5;
const HASH = /^[0-9a-f]{64}$/;
const SAID_MS = 2000;

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (name, properties, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const jump = (to, ...children) => make("a", { className: "jump", href: `#${to.id}` }, ...children);

// The text of the headings that name a table: those it refers to, or that of its section and the nearest before it.
function titleOf(table) {
  const ids = table.getAttribute("aria-labelledby")?.split(" ") ?? [];
  const before = (heading) => heading.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING;
  const nearest = [...new Set(["h2", "h2, h3"].map((names) => all(names).filter(before).pop()))];
  const headings = ids.length ? ids.map((id) => document.getElementById(id)) : nearest;
  return headings.map((heading) => heading.textContent).join(": ");
}

// The line above a table.
function toolsOf(table) {
  const box = table.closest(".scroll");
  if (!box.previousElementSibling?.matches(".tools")) box.before(make("p", { className: "tools" }));
  return box.previousElementSibling;
}

// A row of evidence is a body of its own, with what stands below it.
const rowsOf = (table) => [...(table.matches(".evidence") ? table.tBodies : table.tBodies[0].rows)];
const cellsOf = (row) => (row.cells ?? row.rows[0].cells);

const words = new Intl.Collator("en", { numeric: true });
const numberOf = (text) => Number(text.replace(/,| ms$/g, "").replace(/inf$/, "Infinity"));

// How two cells of a column compare; one without a value stays last, whatever the direction.
function comparison(head) {
  const text = (cell) => cell?.dataset.rank ?? cell?.textContent.trim() ?? "";
  const isNumber = head.matches(".number");
  const missing = (cell) => text(cell) === "" || (isNumber && Number.isNaN(numberOf(text(cell))));
  return (one, other, direction) => {
    if (missing(one) || missing(other)) return missing(one) - missing(other);
    return direction * (isNumber ? numberOf(text(one)) - numberOf(text(other)) : words.compare(text(one), text(other)));
  };
}

function sortable(table, rows) {
  const heads = [...table.tHead.rows[0].cells];
  const parent = rows[0].parentNode;
  heads.forEach((head, at) => {
    if (head.matches(".page-head")) return;
    const compare = comparison(head);
    const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = { ascending: "descending", descending: null }[head.ariaSort];
      const order = now === undefined ? "ascending" : now;
      for (const other of heads) other.ariaSort = other === head ? order : null;
      const direction = order === "descending" ? -1 : 1;
      const sorted = [...rows];
      if (order) sorted.sort((one, other) => compare(cellsOf(one)[at], cellsOf(other)[at], direction));
      parent.append(...sorted);
    });
  });
}

const unfilter = new WeakMap();

function filterable(table, rows) {
  // What is the same in every row is said once, above the table, and yet belongs to each.
  const common = table.closest(".test")?.querySelector(".common")?.textContent ?? "";
  const texts = rows.map((row) => `${common} ${row.textContent}`.toLowerCase());
  const ariaLabel = `Filter: ${titleOf(table)}`;
  const input = make("input", { type: "search", autocomplete: "off", spellcheck: false, ariaLabel });
  const count = make("span", { role: "status" });
  const beyond = Number(table.dataset.total ?? 0) - rows.length;
  const apply = () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = wanted.every((word) => texts[at].includes(word));
      row.classList.toggle("filtered-out", !fits);
      shown += fits;
    });
    const more = beyond > 0 ? `; ${beyond} more are not on this page` : "";
    count.textContent = wanted.length ? `${shown} of ${rows.length} rows shown${more}` : "";
  };
  input.addEventListener("input", apply);
  unfilter.set(table, () => {
    input.value = "";
    apply();
  });
  toolsOf(table).append(make("label", {}, "Filter ", input), count);
}

// A table or chart wider than the page is a region that the keyboard can scroll, as long as there is more to see.
const widths = new ResizeObserver((boxes) => {
  for (const { target } of boxes) {
    const over = target.scrollWidth > target.clientWidth;
    target.previousElementSibling.hidden = !over;
    target.role = over ? "region" : null;
    const table = target.querySelector("table");
    const title = table ? titleOf(table) : target.closest("figure").querySelector("figcaption").textContent;
    target.ariaLabel = over ? title : null;
    if (over) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

const said = make("p", { className: "unseen", role: "status" });

function copyable(element, what) {
  const text = element.textContent.trim();
  const button = make("button", { type: "button", className: "copy", ariaLabel: `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(element);
      done = "Selected";
    }
    said.textContent = done === "Copied" ? `Copied ${what}` : `Selected ${what}: copy it with the keyboard`;
    button.textContent = done;
    setTimeout(() => {
      button.textContent = "Copy";
      said.textContent = "";
    }, SAID_MS);
  });
  return button;
}

function linkControl(control) {
  const id = control.querySelector("h2 .code").textContent;
  const tests = all(".test", control);
  const list = make("ol", {});
  const nav = make("nav", { className: "tests", ariaLabel: `Tests of ${id}` }, list);
  tests.forEach((test, at) => {
    const rows = test.querySelector("h4[id]");
    list.append(make("li", {}, jump(rows ?? test, `Test ${at + 1}`), " ", test.querySelector(".mark").cloneNode(true)));
    if (rows) toolsOf(test.querySelector(".evidence")).append(jump(control, "Back to ", id));
  });
  if (tests.length > 1) control.querySelector(".headline").after(nav);
}

function linkBack(link) {
  const target = document.getElementById(link.hash.slice(1));
  const row = link.closest("tr");
  if (link.closest(".register") && target.matches("tbody")) {
    cellsOf(target)[0].append(" ", jump(row, `No. ${cellsOf(row)[0].textContent} in the register`));
  } else if (target.matches(".query")) {
    const test = link.closest(".test");
    const id = test.closest(".control").querySelector("h2 .code").textContent;
    const place = all(".test", test.parentNode).indexOf(test) + 1;
    const back = jump(test, `${id}, test ${place}`);
    target.lastElementChild.before(make("p", { className: "aside" }, "Used in ", back));
  }
}

// Whatever a link leads to can be seen: a closed text is opened, a row that a filter hides is shown again.
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (const details of all(":scope > details", target)) details.open = true;
  if (target.matches(".filtered-out")) {
    unfilter.get(target.closest("table"))();
    target.scrollIntoView();
  }
}

function followReading(nav) {
  const links = new Map(all("a", nav).map((link) => [document.getElementById(link.hash.slice(1)), link]));
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        links.get(target).ariaCurrent = isIntersecting ? "location" : null;
      }
    },
    // A section is being read when it crosses a line in the upper part of the window.
    { rootMargin: "-25% 0px -75% 0px" },
  );
  for (const section of links.keys()) watch.observe(section);
}

function foldContents(details) {
  const wide = matchMedia("(min-width: 1100px)");
  const fit = () => {
    details.open = wide.matches;
  };
  wide.addEventListener("change", fit);
  fit();
  details.addEventListener("click", (event) => {
    if (event.target.matches("a") && !wide.matches) details.open = false;
  });
}

for (const table of all(".scroll > table:not(.sign-off, .files)")) {
  const rows = rowsOf(table);
  if (rows.length >= LEAST_TO_SORT) sortable(table, rows);
  if (rows.length >= LEAST_TO_FILTER) filterable(table, rows);
}
for (const code of all(".code")) {
  const text = code.textContent.trim();
  if (HASH.test(text) && !code.querySelector(".code")) code.append(" ", copyable(code, `hash ${text.slice(0, 8)}`));
}
for (const text of all("pre")) text.before(copyable(text, "this text"));
all(".control").forEach(linkControl);
all(".test a[href^='#query-'], .register td a").forEach(linkBack);
for (const box of all(".scroll")) {
  box.before(make("p", { className: "hint", hidden: true }, "Wider than the page: scroll it sideways."));
  widths.observe(box);
}
followReading(document.querySelector("nav"));
foldContents(document.querySelector("nav details"));
document.body.append(said);
addEventListener("hashchange", reveal);
reveal();
