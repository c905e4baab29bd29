// The list of messages: one element each, kept and moved, so that readers hear only what is new.

const GROUP_GAP = 5 * 6e4;
const REACTIONS = ["👍", "❤️", "😄", "🎉", "😮", "😢"];

// One person's words within five minutes stand together.
const joins = (before, message) => Boolean(before && message && before.kind === message.kind && before.name === message.name
  && dayOf(before.ts) === dayOf(message.ts) && message.ts - before.ts < GROUP_GAP);

class Messages {
  constructor(history, base, acts) {
    this.history = history;
    this.base = base;
    this.acts = acts;
    this.nodes = new Map();
    this.days = new Map();
    this.greeting = el("div", { class: "row agent first" },
      el("span", { class: "avatar", "aria-hidden": "true" }, initials(SITE.title)),
      el("div", { class: "stack" }, el("div", { class: "who" }, SITE.title), el("div", { class: "bubble" }, ...linked(SITE.greeting))));
    this.list = el("div", { class: "log", role: "log", "aria-live": "off", "aria-label": SITE.title, tabindex: "0" });
    this.dots = el("div", { class: "row agent dots first", hidden: true }, el("span", { class: "avatar" }),
      el("div", { class: "stack" }, el("div", { class: "bubble" }, el("i"), el("i"), el("i"))));
    this.jump = el("button", { class: "jump", hidden: true, "aria-label": WORDS.latest, onclick: () => this.toEnd(true) }, icon("down"));
    this.following = true;
    this.list.addEventListener("scroll", () => { this.following = this.atEnd(); this.jump.hidden = this.following; });
    new ResizeObserver(() => this.following && this.toEnd(false)).observe(this.list);
    this.list.addEventListener("load", () => this.following && this.toEnd(false), true);
    this.node = el("div", { class: "scroll" }, this.list, this.jump);
    this.draw();
  }

  // History is not read aloud; what comes after it is.
  live() {
    this.list.setAttribute("aria-live", "polite");
  }

  reset() {
    this.list.setAttribute("aria-live", "off");
    this.nodes.clear();
    this.draw();
  }

  atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  toEnd(smooth) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: smooth && !calm ? "smooth" : "auto" });
  }

  typing(on, name, face) {
    this.dots.hidden = !on;
    if (on) {
      this.dots.querySelector(".avatar").replaceWith(avatar(name || SITE.title, face, this.base));
      if (this.following) this.toEnd(true);
    }
  }

  draw({ follow = false } = {}) {
    if (follow) this.following = true;
    const messages = this.history.list();
    const wanted = SITE.greeting ? [this.greeting] : [];
    let before = null;
    const lastOwn = messages.filter((m) => m.kind === "customer" && !m.failed && !m.deleted).pop();
    messages.forEach((message, i) => {
      if (!before || dayOf(before.ts) !== dayOf(message.ts)) {
        wanted.push(this.day(message.ts));
        before = null;
      }
      const ends = !joins(message, messages[i + 1]);
      wanted.push(this.row(message, { joined: joins(before, message), ends, newest: message === lastOwn }));
      before = message;
    });
    wanted.push(this.dots);
    this.arrange(wanted);
    if (this.following) this.toEnd(false);
    this.jump.hidden = this.atEnd();
  }

  arrange(wanted) {
    const keep = new Set(wanted);
    for (const node of [...this.list.children]) if (!keep.has(node)) node.remove();
    wanted.forEach((node, i) => {
      if (this.list.children[i] !== node) this.list.insertBefore(node, this.list.children[i] || null);
    });
  }

  day(ts) {
    const name = dayOf(ts);
    if (!this.days.has(name)) this.days.set(name, el("div", { class: "day" }, el("span")));
    const node = this.days.get(name);
    node.firstChild.textContent = dayName(ts);
    return node;
  }

  row(message, place) {
    const { joined } = place;
    const state = this.history.stateOf(message);
    const print = JSON.stringify([message, state, place]);
    let held = this.nodes.get(message.key);
    if (!held) {
      held = { node: el("div", {}), print: "" };
      this.nodes.set(message.key, held);
    }
    if (held.print !== print) {
      held.print = print;
      held.node.className = `row ${message.kind} ${joined ? "joined" : "first"} ${state}`;
      held.node.replaceChildren(...this.inside(message, state, place));
    }
    return held.node;
  }

  inside(message, state, { joined, ends, newest }) {
    const agent = message.kind === "agent";
    const stack = el("div", { class: "stack" });
    const speaker = agent ? message.name || SITE.title : WORDS.you;
    stack.append(el("div", { class: agent && !joined ? "who" : "unseen" }, `${speaker}${agent && !joined ? "" : ":"}`));
    const line = el("div", { class: "line" }, this.bubble(message), message.deleted || state === "sending" ? "" : this.tools(message, state));
    stack.append(line);
    const given = [...new Set(Object.values(message.reactions).filter(Boolean))];
    if (given.length && !message.deleted) stack.append(el("div", { class: "reactions" }, ...given.map((emoji) => el("span", {}, emoji))));
    if (state === "failed") stack.append(this.failed(message));
    else if (newest || (agent && ends)) stack.append(this.meta(message, state, newest));
    return agent ? [joined ? el("span", { class: "avatar none" }) : avatar(message.name || SITE.title, message.avatar, this.base), stack] : [stack];
  }

  bubble(message) {
    if (message.deleted) return el("div", { class: "bubble gone" }, WORDS.deleted);
    const bubble = el("div", { class: "bubble" });
    const answered = message.reply_to && this.history.byId.get(message.reply_to);
    if (answered) {
      const words = answered.deleted ? WORDS.deleted : answered.text || (answered.files[0] || {}).name || "";
      bubble.append(el("div", { class: "quote" }, el("span", { class: "unseen" }, WORDS.answers), words));
    }
    if (message.text) bubble.append(el("div", { class: "text", dir: "auto" }, ...linked(message.text)));
    for (const file of message.files) bubble.append(drawnFile(file, this.base));
    if (message.files.length && !message.text) bubble.classList.add("only-files");
    return bubble;
  }

  meta(message, state, newest) {
    const edited = message.edited && !message.deleted ? ` · ${WORDS.edited}` : "";
    const said = newest && !message.deleted ? { sending: WORDS.sending, sent: `${WORDS.sent} · `, read: `${WORDS.read} · ` }[state] || "" : "";
    const time = state === "sending" ? "" : clockTime(message.ts);
    return el("div", { class: `meta ${state}`, "aria-live": "off" }, `${said}${time}${edited}`);
  }

  failed(message) {
    return el("div", { class: "meta failed", role: "alert" }, icon("alert"), el("span", {}, message.failed),
      el("button", { onclick: () => this.acts.again(message) }, WORDS.again),
      el("button", { onclick: () => this.acts.discard(message) }, WORDS.discard));
  }

  // What can be done with a message: shown on hover, on focus and on a tap.
  tools(message, state) {
    if (message.kind === "agent") return this.menu(message, WORDS.react, "smile", "palette", REACTIONS.map((emoji) => ({
      label: WORDS.reactWith(emoji), text: emoji, pressed: message.reactions.customer === emoji,
      act: () => this.acts.react(message, emoji),
    })));
    if (state === "failed") return "";
    const acts = [{ text: WORDS.remove, act: () => this.acts.remove(message) }];
    if (message.text) acts.unshift({ text: WORDS.edit, act: () => this.acts.edit(message) });
    return this.menu(message, `${WORDS.edit}, ${WORDS.remove}`, "more", "choices", acts);
  }

  // The row was drawn anew: whoever used the keyboard is put back where they were.
  refocus(message) {
    const tool = !this.list.getRootNode().activeElement && this.nodes.get(message.key).node.querySelector(".tool");
    if (tool) tool.focus();
  }

  // Keep an opened menu inside the list, which cuts off what sticks out.
  place(box) {
    box.classList.remove("below");
    box.style.translate = "";
    const around = this.list.getBoundingClientRect();
    const { left, right, top } = box.getBoundingClientRect();
    box.classList.toggle("below", top < around.top + 4);
    box.style.translate = `${Math.max(0, around.left + 8 - left) - Math.max(0, right - around.right + 8)}px`;
  }

  menu(message, label, sign, kind, acts) {
    const box = el("div", { class: `menu ${kind}`, role: "group", hidden: true });
    const button = el("button", { class: "tool", "aria-label": label, "aria-expanded": "false", onclick: () => toggle(box.hidden) }, icon(sign));
    const toggle = (open) => {
      for (const other of this.list.querySelectorAll(".menu")) other.hidden = true;
      box.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (!open) return;
      this.place(box);
      box.firstChild.focus();
    };
    for (const { text, label: spoken, pressed, act } of acts) {
      box.append(el("button", { "aria-label": spoken, "aria-pressed": pressed === undefined ? null : String(pressed),
        onclick: () => { toggle(false); act(); this.refocus(message); } }, text));
    }
    const wrap = el("div", { class: "tools" }, button, box);
    wrap.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || box.hidden) return;
      e.stopPropagation();
      toggle(false);
      button.focus();
    });
    wrap.addEventListener("focusout", (e) => e.relatedTarget && !wrap.contains(e.relatedTarget) && toggle(false));
    return wrap;
  }
}
