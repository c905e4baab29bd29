// Short lines in the corner that go away by themselves.
import { el, iconButton } from "./dom.js";

/** Shows `text` for some seconds. `kind`: "", "refusal" or "notice"; `title` stands above it; a press calls `open`. */
export function toast(text, kind = "", { title = "", open = null, seconds = 7 } = {}) {
  const box = document.getElementById("toasts");
  const words = el("button", { type: "button", class: "toast-words", tabindex: open ? 0 : -1 },
    title && el("strong", { text: title }), el("span", { text }));
  const node = el("div", { class: `toast ${kind}`, data: { toast: kind || "plain" } }, words);
  const away = () => node.remove();
  words.addEventListener("click", () => { if (open) { open(); away(); } });
  node.append(iconButton("close", "Dismiss", away, { size: 14 }));
  box.append(node);
  while (box.childElementCount > 4) box.firstElementChild.remove();
  setTimeout(away, seconds * 1000);
}
