// Where the visitor writes: text that grows, files that upload while one still types.

const MAX_TEXT = 8000;
const MAX_FILES = 10;

class Composer {
  constructor(link, keep, acts) {
    this.link = link;
    this.keep = keep;
    this.acts = acts;
    this.files = [];
    this.editing = null;
    this.field = el("textarea", { rows: "1", placeholder: WORDS.write, "aria-label": WORDS.write, enterkeyhint: "send", dir: "auto",
      oninput: () => this.changed(), onkeydown: (e) => this.key(e), onpaste: (e) => this.pasted(e) });
    this.picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", onchange: () => this.picked() });
    this.clip = el("button", { class: "clip", type: "button", "aria-label": WORDS.attach, onclick: () => this.picker.click() }, icon("clip"));
    this.button = el("button", { class: "send", type: "submit", "aria-label": WORDS.send }, icon("send"));
    this.chips = el("ul", { class: "chips", hidden: true });
    this.count = el("div", { class: "count", role: "status", hidden: true });
    this.note = el("div", { class: "editing", hidden: true }, el("span", {}, WORDS.editing),
      el("button", { type: "button", "aria-label": WORDS.stopEditing, onclick: () => this.stopEditing() }, icon("cross")));
    this.node = el("form", { class: "composer", novalidate: true, onsubmit: (e) => { e.preventDefault(); this.send(); } },
      this.note, this.chips, this.count, el("div", { class: "entry" }, this.clip, this.field, this.button, this.picker));
    this.field.value = keep.get("draft") || "";
    this.changed();
  }

  focus() {
    this.field.focus();
  }

  changed() {
    if (!this.editing) this.keep.set("draft", this.field.value.slice(0, MAX_TEXT * 2));
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
    const length = [...this.field.value.trim()].length;
    this.count.hidden = length < MAX_TEXT * 0.9;
    this.count.textContent = WORDS.tooLong(length, MAX_TEXT);
    this.count.classList.toggle("over", length > MAX_TEXT);
    const busy = this.files.some((f) => !f.done);
    const ready = this.editing ? length > 0 && length <= MAX_TEXT : (length > 0 || this.files.length > 0) && length <= MAX_TEXT && !busy;
    this.button.classList.toggle("ready", ready);
    this.button.setAttribute("aria-disabled", String(!ready));
  }

  key(e) {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || matchMedia("(pointer: coarse)").matches) return;
    e.preventDefault();
    this.send();
  }

  send() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    const text = this.field.value.trim();
    if (this.editing) {
      if (text !== this.editing.text) this.acts.change(this.editing, text);
      this.stopEditing();
      return;
    }
    const files = this.files.map((f) => ({ ...f.done, preview: f.preview }));
    this.files = [];
    this.field.value = "";
    this.drawChips();
    this.changed();
    this.acts.write(text, files);
    this.focus();
  }

  edit(message) {
    this.editing = message;
    this.note.hidden = false;
    this.clip.disabled = true;
    this.drawChips();
    this.field.value = message.text;
    this.changed();
    this.focus();
  }

  stopEditing() {
    this.editing = null;
    this.note.hidden = true;
    this.clip.disabled = false;
    this.drawChips();
    this.field.value = this.keep.get("draft") || "";
    this.changed();
    this.focus();
  }

  pasted(e) {
    const files = [...(e.clipboardData || { files: [] }).files];
    if (!files.length || this.editing) return;
    e.preventDefault();
    this.attach(files);
  }

  picked() {
    this.attach([...this.picker.files]);
    this.picker.value = "";
    this.focus();
  }

  attach(files) {
    for (const file of files) {
      if (this.files.length >= MAX_FILES) return this.acts.complain(WORDS.tooMany(MAX_FILES));
      if (!file.size) this.acts.complain(WORDS.empty(file.name));
      else if (file.size > SITE.maxUpload) this.acts.complain(WORDS.tooLarge(file.name, fileSize(file.size), fileSize(SITE.maxUpload)));
      else this.start(file);
    }
    return undefined;
  }

  start(file) {
    const entry = { file, name: file.name, size: file.size, done: null };
    if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) entry.preview = URL.createObjectURL(file);
    entry.bar = el("progress", { max: "1", value: "0", "aria-label": WORDS.uploading(file.name, 0) });
    entry.upload = this.link.upload(file, (part) => {
      entry.bar.value = part;
      entry.bar.setAttribute("aria-label", WORDS.uploading(file.name, Math.round(part * 100)));
    });
    this.files.push(entry);
    this.drawChips();
    this.changed();
    entry.upload.done.then((done) => { entry.done = done; }, (problem) => {
      this.drop(entry);
      this.acts.complain(problem.text || WORDS.uploadFailed(file.name));
    }).finally(() => { this.drawChips(); this.changed(); });
  }

  drop(entry) {
    entry.upload.abort();
    this.files = this.files.filter((f) => f !== entry);
    this.drawChips();
    this.changed();
  }

  drawChips() {
    this.chips.hidden = !this.files.length || this.editing !== null;
    this.chips.replaceChildren(...this.files.map((f) => el("li", { class: f.done ? "chip done" : "chip" },
      // What only calls itself a picture is shown as a file.
      f.preview ? el("img", { src: f.preview, alt: "", onerror: () => { f.preview = null; this.drawChips(); } }) : el("span", { class: "file-icon" }, icon("file")),
      el("span", { class: "file-words" }, el("span", { class: "file-name" }, f.name), f.done ? el("span", { class: "file-size" }, fileSize(f.size)) : f.bar),
      el("button", { type: "button", "aria-label": WORDS.cancel(f.name), onclick: () => { this.drop(f); this.focus(); } }, icon("cross")))));
  }
}
