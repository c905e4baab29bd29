// Building nodes. Strings only ever become text nodes or attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** One element. `props`: class, text, data {…}, on {event: fn}, any attribute; false and null leave it out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "data") Object.entries(value).forEach(([k, v]) => v !== undefined && (node.dataset[k] = v));
    else if (name === "on") Object.entries(value).forEach(([k, v]) => node.addEventListener(k, v));
    else if (name === "style") Object.entries(value).forEach(([k, v]) => node.style.setProperty(k, v));
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
  thread: "M4 5h16v11H10l-4.5 4V16H4zM8 9h8M8 12.2h5",
  smile: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.3 14.2a4.4 4.4 0 0 0 7.4 0M9 9.6v.6M15 9.6v.6",
  dots: "M12 5.2v.1M12 12v.1M12 18.8v.1",
  plus: "M12 5v14M5 12h14",
  send: "M4 5.2 20.5 12 4 18.8 6.2 12zM6.2 12H13",
  back: "M14.5 5.5 8 12l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  home: "M4 11 12 4l8 7M6.2 9.5V20h11.6V9.5M10 20v-5.5h4V20",
  down: "M6.5 9.5 12 15l5.5-5.5",
  pencil: "M4.5 19.5l.8-4L16 4.8l3.2 3.2L8.5 18.7zM13.8 7l3.2 3.2",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 13h8.4L17 7M10.3 10.5v6M13.7 10.5v6",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  file: "M7 3.5h7l4 4V20.5H7zM14 3.5V8h4",
  link: "M10 14l4-4M9 10.5 6.6 13a3.2 3.2 0 0 0 4.5 4.5l2.4-2.5M15 13.5l2.4-2.5a3.2 3.2 0 0 0-4.5-4.5L10.5 9",
  eye: "M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  bolt: "M13 3 5.5 13.5H11L10 21l8-11h-5.6z",
  at: "M12 8.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zM15.6 8.6v4.6c0 3 4.4 2.6 4.4-1.2a8 8 0 1 0-3.2 6.4",
  people: "M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5zM3 19.5c.4-3.8 2.8-5.6 6-5.6s5.6 1.8 6 5.6M15.5 5.6a3 3 0 0 1 0 5.4M17 14.4c2.2.6 3.7 2.2 4 5",
  clip: "M17.5 11.5 11.6 17.4a3.4 3.4 0 0 1-4.9-4.9l7-7a2.3 2.3 0 0 1 3.3 3.3l-6.8 6.8",
  check: "M5 12.5 10 17.5 19.5 7",
};

/** A line icon of this page's own, `size` pixels square. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [k, v] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, fill: "none",
    stroke: "currentColor", "stroke-width": name === "dots" ? 3 : 1.8, "stroke-linecap": "round",
    "stroke-linejoin": "round", "aria-hidden": "true", class: "icon" })) svg.setAttribute(k, v);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] || "");
  svg.append(path);
  return svg;
}

/** A button that shows an icon only; `label` is read out and shown as a tooltip. */
export function iconButton(name, label, onclick, props = {}) {
  const { size, class: extra = "", ...rest } = props;
  return el("button", { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label,
    on: { click: onclick }, ...rest }, icon(name, size));
}

/** The address if it is one a person may follow, else null: no javascript:, data: or other schemes. */
export function safeUrl(address) {
  try {
    const url = new URL(String(address));
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** An address for a picture: http(s), or null. */
export function pictureUrl(address) {
  const url = safeUrl(address);
  return url && url.startsWith("http") ? url : null;
}

/** A picture that takes itself away when it cannot be shown. */
export function picture(address, alt, props = {}) {
  const url = pictureUrl(address);
  if (!url) return null;
  const node = el("img", { src: url, alt: alt || "", loading: "lazy", referrerpolicy: "no-referrer", ...props });
  node.addEventListener("error", () => node.remove());
  return node;
}

/** "3 replies", "1 reply". */
export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

/** "4.2 MB" from bytes, in decimal units as people are told limits. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const units = ["bytes", "kB", "MB", "GB"];
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < 3) { n /= 1000; unit += 1; }
  return `${unit && n < 10 ? n.toFixed(1).replace(/\.0$/, "") : Math.round(n)} ${units[unit]}`;
}

/** A small stable number from a string, for colours. */
export function hash(text) {
  let h = 7;
  for (const c of String(text)) h = (h * 31 + c.codePointAt(0)) >>> 0;
  return h;
}
