// Files waiting in a composer: picked, dropped or pasted; uploaded at once, sent with the message.
import { el, fileSize, icon, iconButton } from "./dom.js";
import { store } from "./state.js";
import { toast } from "./toasts.js";

function upload(file, told) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", `/sandbox/upload?as=${encodeURIComponent(store.me)}`);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && told(event.loaded / event.total));
    request.addEventListener("load", () => {
      const answer = JSON.parse(request.responseText || "{}");
      if (request.status < 300 && answer.upload_id) resolve(answer);
      else reject(new Error(answer.words || `the workspace answered ${request.status}`));
    });
    request.addEventListener("error", () => reject(new Error("the connection broke")));
    request.send(form);
  });
}

function chip(file, remove) {
  const shown = file.type.startsWith("image/") ? el("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file", 22);
  shown.addEventListener("error", () => shown.replaceWith(icon("file", 22)));
  const bar = el("i", { class: "chip-bar" });
  const node = el("div", { class: "chip", data: { chip: file.name } }, el("span", { class: "chip-picture" }, shown),
    el("span", { class: "chip-words" }, el("strong", { text: file.name }), el("small", { text: fileSize(file.size) })),
    iconButton("close", `Remove ${file.name}`, remove, { class: "chip-remove", size: 12 }), bar);
  return { node, told: (part) => { bar.style.width = `${Math.round(part * 100)}%`; }, arrived: () => node.classList.add("arrived") };
}

/** A tray of files. `changed` is called whenever it becomes more or less ready to send. */
export function tray(changed) {
  let entries = [];
  const node = el("div", { class: "tray", hidden: true });
  const picker = el("input", { type: "file", multiple: true, hidden: true, data: { files: "" }, "aria-label": "Choose files" });
  const show = () => {
    node.hidden = !entries.length;
    node.replaceChildren(...entries.map((e) => e.chip.node));
    changed();
  };
  const drop = (entry) => { entries = entries.filter((e) => e !== entry); show(); };
  const add = (file) => {
    const entry = { done: null };
    entry.chip = chip(file, () => drop(entry));
    entries.push(entry);
    show();
    upload(file, entry.chip.told)
      .then((done) => { entry.done = done; entry.chip.arrived(); changed(); })
      .catch((error) => { toast(`${file.name} wasn't uploaded: ${error.message}.`, "refusal"); drop(entry); });
  };
  picker.addEventListener("change", () => { [...picker.files].forEach(add); picker.value = ""; });
  const listen = (area, input) => {
    area.append(picker);
    area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("dropping"); });
    area.addEventListener("dragleave", () => area.classList.remove("dropping"));
    area.addEventListener("drop", (event) => { event.preventDefault(); area.classList.remove("dropping"); [...event.dataTransfer.files].forEach(add); });
    input.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      [...event.clipboardData.files].forEach(add);
    });
  };
  let taken = [];
  return {
    node, listen, pick: () => picker.click(),
    count: () => entries.length,
    waiting: () => entries.some((e) => !e.done),
    /** Empties the tray; what was in it as [{upload_id, name}]. */
    take: () => { taken = entries; entries = []; show(); return taken.map((e) => e.done); },
    /** Puts back what `take` gave, after a refusal. */
    back: (sent) => { if (sent.length) { entries = [...taken, ...entries]; show(); } },
  };
}
