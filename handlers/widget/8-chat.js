// The element: launcher, panel, and what ties the line, the history and the drawing together.

const TYPING_FOR = 35e3;

class OratioChatElement extends HTMLElement {
  constructor() {
    super();
    const data = SCRIPT.dataset;
    this.base = new URL(".", SCRIPT.src).href.replace(/\/$/, "");
    this.keep = new Keep(`oratio:${this.base}:`);
    this.history = new History();
    this.link = new Link(this.base, this.keep, {
      state: () => this.drawState(), frame: (f) => this.heard(f), reset: () => this.reset(), error: (t) => this.complain(t),
    });
    this.isOpen = false;
    this.caughtUp = 0;
    this.build(data);
    this.showWaiting();
  }

  // What is still on its way, from this page or one before.
  showWaiting() {
    for (const frame of this.link.waiting()) if (frame.type === "message.create") this.history.write(frame, frame.files);
  }

  connectedCallback() {
    if (this.link.token && this.keep.get("wrote")) this.link.want();
    this.messages.draw();
    if (SCRIPT.dataset.open === "true") this.open({ focus: false });
  }

  build(data) {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.messages = new Messages(this.history, this.base, {
      again: (m) => this.again(m), discard: (m) => this.discard(m), remove: (m) => this.remove(m),
      edit: (m) => this.composer.edit(m), react: (m, e) => this.react(m, e),
    });
    this.composer = new Composer(this.link, this.keep, {
      write: (text, files) => this.write(text, files), change: (m, text) => this.change(m, text), complain: (t) => this.complain(t),
    });
    this.launcher = el("button", { class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": WORDS.open, onclick: () => this.toggle() },
      icon("chat"), icon("down"), (this.badge = el("span", { class: "badge", hidden: true })));
    this.peek = el("button", { class: "peek", hidden: true, onclick: () => this.open() });
    this.spoken = el("div", { class: "unseen", role: "status", "aria-live": "polite" });
    const frame = el("div", { class: data.position === "left" ? "frame left" : "frame" }, this.panelNode(), this.peek, this.launcher, this.spoken);
    frame.style.setProperty("--oratio-colour", SITE.colour);
    frame.style.setProperty("--oratio-ink", inkOn(SITE.colour));
    root.append(frame);
    document.addEventListener("visibilitychange", () => this.seen());
  }

  panelNode() {
    this.subtitle = el("div", { class: "subtitle" }, WORDS.here);
    this.face = el("span", { class: "face" }, avatar(SITE.title, null, this.base));
    this.notice = el("div", { class: "notice", role: "status", hidden: true });
    this.alert = el("div", { class: "alert", role: "alert", hidden: true });
    this.dropzone = el("div", { class: "drop", hidden: true }, icon("clip"), WORDS.drop);
    this.panel = el("section", { class: "panel", role: "dialog", "aria-label": SITE.title, tabindex: "-1", hidden: true, onkeydown: (e) => this.key(e) },
      el("header", {}, this.face, el("div", { class: "titles" }, el("h2", {}, SITE.title), this.subtitle),
        el("button", { class: "close", "aria-label": WORDS.close, onclick: () => this.close() }, icon("down"))),
      this.notice, this.messages.node, this.alert, this.composer.node, this.dropzone);
    this.catchDrops();
    return this.panel;
  }

  catchDrops() {
    let depth = 0;
    const files = (e) => e.dataTransfer && [...e.dataTransfer.types].includes("Files");
    const show = (by) => { depth = Math.max(0, depth + by); this.dropzone.hidden = depth === 0; };
    this.panel.addEventListener("dragenter", (e) => files(e) && show(1));
    this.panel.addEventListener("dragleave", (e) => files(e) && show(-1));
    this.panel.addEventListener("dragover", (e) => files(e) && e.preventDefault());
    this.panel.addEventListener("drop", (e) => {
      if (!files(e)) return;
      e.preventDefault();
      show(-depth);
      this.composer.attach([...e.dataTransfer.files]);
    });
  }

  // Opening, closing, focus.

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open({ focus = true } = {}) {
    this.isOpen = true;
    this.panel.hidden = false;
    this.peek.hidden = true;
    this.launcher.classList.add("open");
    this.launcher.setAttribute("aria-expanded", "true");
    this.launcher.setAttribute("aria-label", WORDS.close);
    this.link.want();
    this.messages.draw({ follow: true });
    this.composer.changed();
    // On a phone the keyboard comes only when asked for.
    if (focus) (matchMedia("(pointer: coarse)").matches ? this.panel : this.composer).focus();
    this.seen();
  }

  close() {
    this.isOpen = false;
    this.panel.hidden = true;
    this.launcher.classList.remove("open");
    this.launcher.setAttribute("aria-expanded", "false");
    this.drawUnread();
    this.launcher.focus();
  }

  key(e) {
    if (e.key === "Escape") {
      e.preventDefault();
      if (this.composer.editing) this.composer.stopEditing();
      else this.close();
    } else if (e.key === "Tab") {
      this.trap(e);
    }
  }

  // Tab goes round inside the panel.
  trap(e) {
    const stops = [...this.panel.querySelectorAll("button, a[href], textarea, [tabindex='0']")]
      .filter((n) => !n.disabled && n.checkVisibility && n.checkVisibility());
    const edge = e.shiftKey ? stops[0] : stops[stops.length - 1];
    if (this.shadowRoot.activeElement !== edge) return;
    e.preventDefault();
    (e.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }

  // What the visitor does.

  write(text, files) {
    const frame = {
      v: 1, type: "message.create", client_id: newId(), text,
      files: files.map(({ upload_id, name, mime, size }) => ({ upload_id, name, mime, size })),
      context: { url: location.href.slice(0, 2000), title: document.title.slice(0, 300), referrer: document.referrer.slice(0, 2000),
        locale: navigator.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    };
    this.keep.set("wrote", true);
    this.history.write(frame, files);
    this.link.deliver(frame);
    this.messages.live();
    this.messages.draw({ follow: true });
  }

  again(message) {
    message.failed = null;
    this.link.deliver(message.frame);
    this.messages.draw();
  }

  discard(message) {
    this.history.pending.delete(message.client_id);
    this.messages.draw();
    this.composer.focus();
  }

  change(message, text) {
    const frame = { v: 1, type: "message.update", client_id: newId(), id: message.id, text };
    this.history.apply(frame);
    this.link.deliver(frame);
    this.messages.draw();
  }

  remove(message) {
    const frame = { v: 1, type: "message.delete", client_id: newId(), id: message.id };
    this.history.apply(frame);
    this.link.deliver(frame);
    this.messages.draw();
    this.composer.focus();
  }

  react(message, emoji) {
    const op = message.reactions.customer === emoji ? "remove" : "add";
    const frame = { v: 1, type: "reaction", client_id: newId(), id: message.id, emoji, op };
    this.history.apply({ ...frame, author: { kind: "customer" } });
    this.link.deliver(frame);
    this.messages.draw();
  }

  // What the server says.

  heard(frame) {
    if (frame.type === "typing") return this.typing(frame.on);
    if (frame.type === "resumed") this.caughtUp = frame.seq;
    if (frame.type === "error" && !(frame.client_id && this.history.pending.has(frame.client_id)) && frame.retry_after === undefined) this.complain(frame.text);
    const message = this.history.apply(frame);
    if (frame.type === "message" && message.kind === "agent") this.agentWrote(message, frame.seq > this.caughtUp);
    if (message) this.messages.draw();
    if (this.link.lastSeq >= this.caughtUp) this.messages.live();
    return undefined;
  }

  agentWrote(message, isNew) {
    this.typing(false);
    this.keep.set("wrote", true);
    this.showAgent(message);
    this.seen();
    if (isNew && !this.isOpen) this.spoken.textContent = `${message.name || SITE.title}: ${message.text}`;
  }

  // Who answers, at the head of the panel; null: nobody yet.
  showAgent(message) {
    this.agent = message;
    const { name, avatar: face } = message || {};
    this.subtitle.textContent = message ? WORDS.talking(name || SITE.title) : WORDS.here;
    this.face.replaceChildren(avatar(name || SITE.title, face, this.base));
  }

  typing(on) {
    clearTimeout(this.typingEnd);
    const { name, avatar: face } = this.agent || {};
    this.messages.typing(on, name, face);
    if (this.isOpen) this.spoken.textContent = on ? WORDS.typing(name || SITE.title) : "";
    if (on) this.typingEnd = setTimeout(() => this.typing(false), TYPING_FOR);
  }

  reset() {
    this.typing(false);
    this.showAgent(null);
    this.history.clear();
    this.showWaiting();
    this.messages.reset();
    this.drawUnread();
  }

  // Whoever was signed in left; if the panel stays open, a new visitor goes on in it.
  forget() {
    this.link.forget();
    this.reset();
    if (this.isOpen) this.link.want();
  }

  // What was seen, and what was not.

  seen() {
    if (this.isOpen && !document.hidden) {
      const newest = this.history.agents().pop();
      if (newest && newest.seq > (this.keep.get("read") || 0)) {
        this.keep.set("read", newest.seq);
        this.link.signal({ v: 1, type: "read", up_to: newest.id });
      }
    }
    this.drawUnread();
  }

  drawUnread() {
    const unread = this.history.agents().filter((m) => m.seq > (this.keep.get("read") || 0));
    const count = this.isOpen ? 0 : unread.length;
    this.badge.hidden = count === 0;
    this.badge.textContent = count > 9 ? "9+" : String(count);
    if (!this.isOpen) this.launcher.setAttribute("aria-label", count ? `${WORDS.open}, ${WORDS.unread(count)}` : WORDS.open);
    const newest = unread[unread.length - 1];
    this.peek.hidden = count === 0;
    if (count) {
      const words = newest.text || (newest.files[0] || {}).name || "";
      this.peek.replaceChildren(avatar(newest.name || SITE.title, newest.avatar, this.base),
        el("span", { class: "peek-words" }, el("b", {}, newest.name || SITE.title), el("span", {}, words)));
    }
  }

  drawState() {
    clearTimeout(this.noticeTimer);
    const words = { offline: WORDS.offline, lost: WORDS.lost }[this.link.state];
    if (words) this.noticeTimer = setTimeout(() => { this.notice.textContent = words; this.notice.hidden = false; }, this.link.state === "offline" ? 0 : 1500);
    else if (this.link.state !== "connecting") this.notice.hidden = true;
  }

  complain(text) {
    clearTimeout(this.alertTimer);
    this.alert.hidden = false;
    this.alert.replaceChildren(icon("alert"), el("span", {}, text),
      el("button", { "aria-label": WORDS.dismiss, onclick: () => { this.alert.hidden = true; this.composer.focus(); } }, icon("cross")));
    this.alertTimer = setTimeout(() => { this.alert.hidden = true; }, 12e3);
  }
}
