// What the page gains where scripts run: the reader's own number and date formats, values under the pointer, tables to
// sort and filter. Without it everything is there all the same. Text goes in by textContent only.

// Each place is worked on in a task of its own: what fails in one of them costs only that one.
const each = (selector, work) => {
  for (const element of document.querySelectorAll(selector)) queueMicrotask(() => work(element));
};

// ---- the reader's own number and date formats ----

// Browsers can be set to languages that Intl refuses, such as "en-US@posix". What is left of them counts; if that is
// nothing, the browser's own language does.
const isLanguage = (language) => {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
};
const locale = [navigator.languages ?? []].flat().filter(isLanguage);

// Made when first asked for: a format that the browser lacks leaves as it is what would have been shown in it.
const formatted = (kind, options) => {
  let format;
  return (value) => (format ??= new Intl[kind](locale, options)).format(value);
};
const decimals = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
const one = formatted("NumberFormat", decimals);
const whole = formatted("NumberFormat");
const signed = formatted("NumberFormat", { ...decimals, signDisplay: "exceptZero" });
const signedWhole = formatted("NumberFormat", { signDisplay: "exceptZero" });
const percent = formatted("NumberFormat", { ...decimals, style: "percent" });
const date = formatted("DateTimeFormat", { dateStyle: "medium", timeZone: "UTC" });
const minute = formatted("DateTimeFormat", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: "UTC" });
const month = formatted("DateTimeFormat", { year: "numeric", month: "short", timeZone: "UTC" });

const asPercent = (value) => (value === null ? "–" : percent(value / 100));
const asDate = (moment) => date(new Date(moment));

each("data[value]", (element) => {
  const value = Number(element.value);
  const shown = element.textContent;
  const { digits } = element.dataset;
  const isSigned = element.dataset.signed !== undefined;
  if (shown.endsWith("%")) element.textContent = asPercent(value);
  else if (digits) element.textContent = new Intl.NumberFormat(locale, { minimumFractionDigits: digits }).format(value);
  else if (shown.includes(".")) element.textContent = (isSigned ? signed : one)(value);
  else element.textContent = (isSigned ? signedWhole : whole)(value);
});
each(".heat tbody td:not(.hn)", (cell) => {
  cell.dataset.value = cell.textContent;
  cell.textContent = one(Number(cell.dataset.value));
});
each("time[datetime]", (element) => {
  const withTime = element.textContent.length > 10;
  element.textContent = (withTime ? minute : date)(new Date(element.dateTime));
});
each("text[data-percent]", (element) => {
  element.textContent = asPercent(Number(element.dataset.percent));
});
each("text[data-date]", (element) => {
  const { length } = element.textContent;
  if (length === 7) element.textContent = month(new Date(element.dataset.date));
  else if (length === 10) element.textContent = asDate(element.dataset.date);
});

const made = (name, properties) => Object.assign(document.createElement(name), properties);

// ---- a logo that does not come leaves its place to the name ----

each("img.logo", (logo) => {
  const name = made("span", { className: "wordmark", dir: "auto", textContent: logo.dataset.company || "" });
  const giveWay = () => logo.parentElement.replaceWith(name);
  if (logo.complete && !logo.naturalWidth) giveWay();
  else logo.addEventListener("error", giveWay);
});

// ---- values under the pointer ----

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

// What is nearest to the pointer, of things that each have an x in the units of the picture's viewBox.
const nearest = (picture, event, things, xOf) => {
  const box = picture.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
  return things.reduce((best, thing) => (Math.abs(xOf(thing) - x) < Math.abs(xOf(best) - x) ? thing : best));
};

each("svg[data-points]", (plot) => {
  const points = JSON.parse(plot.dataset.points);
  const [, , bottom] = plot.dataset.plot.split(" ").map(Number);
  const figure = plot.closest("figure");
  const names = [...figure.querySelectorAll(".legend li")].map((item) => item.textContent.trim().replace(/, %$/, ""));
  const cursor = svg("path", { class: "cursor", visibility: "hidden" });
  const tip = made("div", { className: "tip", hidden: true });
  plot.append(cursor);
  figure.append(tip);

  plot.addEventListener("pointermove", (event) => {
    const [x, at, values, interval] = nearest(plot, event, points, (point) => point[0]);
    const box = plot.getBoundingClientRect();
    const outer = figure.getBoundingClientRect();
    const scale = box.width / plot.viewBox.baseVal.width;
    cursor.setAttribute("d", `M${x} 8V${bottom}`);
    cursor.setAttribute("visibility", "visible");
    const lines = [asDate(at), ...names.map((name, index) => `${name}: ${asPercent(values[index])}`)];
    if (interval) lines[1] += ` (${one(interval[0])} to ${asPercent(interval[1])})`;
    tip.replaceChildren(...lines.map((textContent) => made("div", { textContent })));
    tip.hidden = false;
    const half = tip.offsetWidth / 2;
    const left = Math.min(Math.max(box.left - outer.left + x * scale, half + 4), outer.width - half - 4);
    tip.style.setProperty("left", `${left}px`);
    tip.style.setProperty("top", `${box.top - outer.top + 20}px`);
  });
  const hide = () => {
    tip.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  };
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("pointercancel", hide);
});

const runs = (document.body.dataset.runs || "").split(" ").filter(Boolean);
each("svg.spark", (spark) => {
  const steps = [...spark.querySelector(".line").getAttribute("d").matchAll(/[ML](\d+) ([\d.e-]+)/g)];
  const title = svg("title", {});
  spark.append(title);
  spark.addEventListener("pointermove", (event) => {
    const [, run, y] = nearest(spark, event, steps, (step) => step[1]);
    title.textContent = `${runs[run] ? `${asDate(runs[run])}: ` : ""}${asPercent(100 - Number(y))}`;
  });
});

// ---- the summary, to be pasted elsewhere; all answers at once ----

const buttonBefore = (place, className, textContent) => {
  const button = made("button", { type: "button", className, textContent });
  place.before(button);
  return button;
};
each(".sentences", (sentences) => {
  if (!navigator.clipboard) return;
  const button = buttonBefore(sentences, "copy", "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText([...sentences.children].map((sentence) => sentence.textContent).join(" "));
    button.textContent = "Copied";
  });
});
each(".proofs", (proofs) => {
  const all = [...proofs.querySelectorAll("details")];
  const button = buttonBefore(proofs, "open-all", "Open all");
  button.addEventListener("click", () => {
    const isOpening = all.some((one) => !one.open);
    for (const one of all) one.open = isOpening;
    button.textContent = isOpening ? "Close all" : "Open all";
  });
});

// ---- tables: sort and filter ----

const keyOf = (cell) => {
  const value = cell.dataset.value ?? cell.querySelector("data")?.value;
  if (value !== undefined) return Number(value);
  const moment = cell.querySelector("time")?.dateTime;
  if (moment) return moment;
  const text = cell.textContent.trim();
  return text === "" || text.startsWith("–") ? null : text;
};
let collator;
const compare = (one, other) => {
  if (typeof one === "number" && typeof other === "number") return one - other;
  collator ??= new Intl.Collator(locale, { numeric: true });
  return collator.compare(String(one), String(other));
};

each("table[data-shown]", (table) => {
  const body = table.tBodies[0];
  const original = [...body.rows];
  if (original.length < 2) return;
  const most = Number(table.dataset.shown);
  const long = table.closest(".long");
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.dataset.fixed !== undefined || head.classList.contains("place")) return;
    const button = made("button", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = original.some((row) => typeof keyOf(row.cells[column]) === "number");
      const now = head.getAttribute("aria-sort");
      const next = now === null ? (numeric ? "descending" : "ascending") : now === "descending" ? "ascending" : "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", next);
      const direction = next === "ascending" ? 1 : -1;
      const rows = original.map((row) => [keyOf(row.cells[column]), row]);
      rows.sort(([one], [other]) => (one === null ? (other === null ? 0 : 1) : other === null ? -1 : direction * compare(one, other)));
      body.replaceChildren(...rows.map(([, row]) => row));
      rows.forEach(([, row], index) => row.classList.toggle("extra", index >= most && !row.classList.contains("own")));
    });
  });
  if (original.length <= 10 || !long) return;
  const which = made("span", { className: "unseen", textContent: table.closest("section").querySelector("h2").textContent });
  const input = made("input", { type: "search", autocomplete: "off" });
  const label = made("label", { className: "filter" });
  label.append("Filter ", which, input);
  const status = made("p", { className: "unseen" });
  status.setAttribute("role", "status");
  long.prepend(label, status);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    long.classList.toggle("searched", wanted !== "");
    let found = 0;
    for (const row of original) {
      row.hidden = wanted !== "" && !row.textContent.toLocaleLowerCase().includes(wanted);
      found += row.hidden ? 0 : 1;
    }
    status.textContent = wanted === "" ? "" : `${whole(found)} / ${whole(original.length)}`;
  });
});

// A table that goes on beyond its edge fades there.
each(".scroll", (region) => {
  const watcher = new IntersectionObserver(
    (entries) => region.classList.toggle("goes-on", entries.at(-1).intersectionRatio < 0.9),
    { root: region, threshold: 0.9 },
  );
  watcher.observe(region.querySelector("th:last-child"));
});

// Chromium leaves buttons out where a table's head is repeated on paper, so there the heads are plain text.
let sorters = [];
addEventListener("beforeprint", () => {
  sorters = [...document.querySelectorAll("th > button")];
  for (const button of sorters) button.replaceWith(...(button.plain = [...button.childNodes]));
});
addEventListener("afterprint", () => {
  for (const button of sorters) {
    const [first] = button.plain;
    first.before(button);
    button.append(...button.plain);
  }
});

// ---- where the reader is ----

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
if (links.size) {
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) id === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-10% 0px -55% 0px" });
  for (const id of links.keys()) {
    const section = document.getElementById(id);
    if (section) watcher.observe(section);
  }
}

// ---- that somebody looked ----

// Told after two seconds in which the page could be seen, once per tab and hour: reloads, hidden tabs and paper do not
// count. A tab that cannot remember when it told is not heard of at all.
each("body[data-views]", () => {
  const key = `seen ${location.pathname}`;
  const tell = () => {
    if (matchMedia("print").matches) return;
    try {
      const told = sessionStorage.getItem(key);
      if (told !== null && Date.now() - told < 3_600_000) return;
      sessionStorage.setItem(key, Date.now());
    } catch {
      return;
    }
    fetch(`${location.pathname.split("/").at(-1)}/views`, { method: "POST", keepalive: true }).catch(() => {});
  };
  let timer;
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(tell, 2000);
  };
  document.addEventListener("visibilitychange", watch);
  watch();
});
