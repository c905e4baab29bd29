// One picture, large, over everything else.
import { el, icon, iconButton } from "./dom.js";
import { trapFocus } from "./popovers.js";
import { fileUrl } from "./files.js";

/** Shows a picture file full size until Escape or a press beside it. */
export function showPicture(f) {
  const before = document.activeElement;
  const away = () => { overlay.remove(); if (before?.isConnected) before.focus(); };
  const close = iconButton("close", "Close", away, { size: 20 });
  const bar = el("div", { class: "viewer-bar" }, el("strong", { text: f.title || f.name || "Picture" }),
    el("a", { class: "icon-button", href: fileUrl(f), download: f.name || "picture", "aria-label": "Download" }, icon("download", 20)), close);
  const overlay = el("div", { class: "overlay viewer", role: "dialog", "aria-modal": "true", "aria-label": f.name || "Picture" },
    bar, el("img", { src: fileUrl(f), alt: f.alt_txt || f.name || "Picture" }));
  overlay.addEventListener("click", (event) => event.target === overlay && away());
  overlay.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); away(); } });
  trapFocus(overlay);
  document.body.append(overlay);
  close.focus();
}
