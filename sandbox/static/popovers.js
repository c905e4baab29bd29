// Things that float: menus, pickers, questions. One menu at a time; Escape or a press elsewhere closes it.
import { el } from "./dom.js";

let open = null;

const GAP = 6;

function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = window.innerHeight - box.bottom - GAP >= height || box.top < height + GAP;
  const left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8));
  const top = below ? Math.min(box.bottom + GAP, window.innerHeight - height - 8) : box.top - height - GAP;
  node.style.left = `${left}px`;
  node.style.top = `${Math.max(8, top)}px`;
}

/** Closes what floats, if anything does. */
export function closePopover({ refocus = true } = {}) {
  if (!open) return;
  const { node, anchor, closed } = open;
  open = null;
  const inside = node.contains(document.activeElement);
  node.remove();
  if (refocus && inside && anchor.isConnected) anchor.focus();
  anchor.setAttribute("aria-expanded", "false");
  closed?.();
}

/** Shows `content` beside `anchor`; pressing the same anchor again closes it. Returns the floating node or null. */
export function popover(anchor, content, { label = "", role = "dialog", closed = null, kind = "" } = {}) {
  const again = open?.anchor === anchor;
  closePopover();
  if (again) return null;
  const node = el("div", { class: `popover ${kind}`, role, "aria-label": label, data: { popover: kind || role } }, content);
  document.getElementById("popovers").append(node);
  open = { node, anchor, closed };
  anchor.setAttribute("aria-expanded", "true");
  place(node, anchor);
  new ResizeObserver(() => open?.node === node && place(node, anchor)).observe(node);
  return node;
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.node.contains(event.target) && !open.anchor.contains(event.target)) closePopover({ refocus: false });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open) { event.stopPropagation(); closePopover(); }
}, true);

/** Arrow keys, Home and End move among the items that `selector` finds inside `node`. */
export function arrowKeys(node, selector) {
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Home" && event.key !== "End") return;
    const items = [...node.querySelectorAll(selector)].filter((item) => !item.disabled);
    if (!items.length || (event.key.length < 5 && event.target.tagName === "INPUT")) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    const next = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : (at + step + items.length) % items.length;
    items[at < 0 && step < 0 ? items.length - 1 : next].focus();
  });
}

/** A menu of items {label, icon?, hint?, run, danger?, data?}; a null draws a line, {heading} a title. */
export function menu(anchor, items, { label = "Menu", kind = "menu" } = {}) {
  const rows = items.filter((item) => item !== undefined && item !== false).map((item) => {
    if (item === null) return el("div", { class: "menu-line", role: "separator" });
    if (item.heading) return el("div", { class: "menu-heading", text: item.heading });
    const press = () => { closePopover(); item.run(); };
    return el("button", { type: "button", role: "menuitem", class: `menu-item ${item.danger ? "danger" : ""} ${item.chosen ? "chosen" : ""}`,
      data: item.data, on: { click: press } },
    item.icon, el("span", { class: "menu-words" }, el("span", {}, item.label), item.hint && el("small", {}, item.hint)));
  });
  const node = popover(anchor, rows, { label, role: "menu", kind });
  if (!node) return;
  arrowKeys(node, "[role=menuitem]");
  node.querySelector("[role=menuitem]")?.focus({ preventScroll: true });
}

/** Keeps the Tab key inside `node`. */
export function trapFocus(node) {
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...node.querySelectorAll("button, a[href], input, textarea, select, [tabindex='0']")]
      .filter((stop) => !stop.disabled && stop.offsetParent !== null);
    if (!stops.length) return;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge && node.contains(document.activeElement)) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  });
}

/** Asks a question; resolves to true only when the person agrees. All parts are nodes or strings. */
export function ask({ title, text, confirm = "OK", deny = "Cancel", style = "primary" }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const answer = (value) => () => {
      overlay.remove();
      if (before?.isConnected) before.focus();
      resolve(value);
    };
    const no = el("button", { type: "button", class: "button", data: { confirm: "deny" }, on: { click: answer(false) } }, deny);
    const yes = el("button", { type: "button", class: `button solid ${style}`, data: { confirm: "yes" }, on: { click: answer(true) } }, confirm);
    const dialog = el("div", { class: "dialog small", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "ask-title", data: { confirmDialog: "" } },
      el("h2", { id: "ask-title" }, title), el("div", { class: "dialog-text" }, text), el("div", { class: "dialog-buttons" }, no, yes));
    const overlay = el("div", { class: "overlay ask" }, dialog);
    overlay.addEventListener("pointerdown", (event) => event.target === overlay && answer(false)());
    overlay.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); answer(false)(); }
    });
    trapFocus(dialog);
    document.body.append(overlay);
    yes.focus();
  });
}
