// A scrolling list of messages that redraws only the rows that changed and stays where the person is reading.
import { el } from "./dom.js";
import { dayLabel } from "./dates.js";
import { redraw, store } from "./state.js";
import { continues, messageRow, signature } from "./messages.js";

const FIRST = 120;
const MORE = 200;
const NEAR = 60;

const day = (message) => new Date(Number(message.ts) * 1000).toDateString();

/** A pane for one channel or thread. `draw(messages, extra)` brings it up to date. */
export class Pane {
  constructor(channel, kind) {
    this.channel = channel;
    this.kind = kind;
    this.rows = new Map();
    this.limit = FIRST;
    this.list = el("div", { class: "messages", role: "log", "aria-label": kind === "thread" ? "Thread" : "Messages" });
    this.node = el("div", { class: "scroller", data: { scroller: kind }, tabindex: -1 }, this.list);
    this.stuck = true;
    this.at = 0;
    this.node.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.list);
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.node);
  }

  atEnd() { return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR; }

  // Only who scrolls up leaves the end; a picture that loads meanwhile also moves it away.
  scrolled() {
    const at = this.node.scrollTop;
    this.stuck = this.atEnd() || (this.stuck && at >= this.at);
    this.at = at;
    if (this.stuck) this.onEnd?.();
  }

  toEnd() { this.stuck = true; this.node.scrollTop = this.node.scrollHeight; }

  /** What to show: day lines, the line above the first unread message, and messages, as {key, mark, make}. */
  items(messages, { unreadFrom = null, intro = null, between = null } = {}) {
    const shown = messages.slice(-this.limit);
    const out = [];
    if (shown.length < messages.length) out.push({ key: "earlier", mark: String(messages.length - shown.length), make: () => this.earlier() });
    else if (intro) out.push({ key: "intro", mark: `${this.channel}${store.peopleVersion}${store.channels.get(this.channel)?.outside}`, make: intro });
    shown.forEach((message, i) => {
      const before = shown[i - 1];
      const newDay = this.kind === "channel" && (!before || day(before) !== day(message));
      const isFirstNew = unreadFrom === message.ts;
      if (newDay) out.push({ key: `day ${day(message)}`, mark: dayLabel(message.ts), make: () => el("div", { class: "day", role: "separator" }, el("span", { text: dayLabel(message.ts) })) });
      if (isFirstNew) out.push({ key: "new", mark: "", make: () => el("div", { class: "new-line", role: "separator" }, el("span", { text: "New" })) });
      const afterParent = this.kind === "thread" && i === 1;
      const joined = !newDay && !isFirstNew && !afterParent && continues(message, before);
      const how = { joined, pane: this.kind };
      out.push({ key: `m ${message.ts}${message.ephemeral ? " e" : ""}`, mark: signature(message, this.channel, how), make: () => messageRow(message, this.channel, how) });
      if (i === 0 && between) out.push({ key: "between", mark: String(messages.length), make: between });
    });
    return out;
  }

  earlier() {
    return el("button", { type: "button", class: "link-button earlier", text: "Show earlier messages", on: { click: () => { this.limit += MORE; redraw(); } } });
  }

  draw(messages, extra = {}) {
    const items = this.items(messages, extra);
    const wanted = new Set(items.map((i) => i.key));
    for (const [key, row] of this.rows) if (!wanted.has(key)) { row.node.remove(); this.rows.delete(key); }
    const nodes = items.map((item) => this.row(item));
    let at = this.list.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
    if (this.stuck) this.toEnd();
  }

  row({ key, mark, make }) {
    const known = this.rows.get(key);
    if (known?.mark === mark) return known.node;
    const node = make();
    if (known) replaceKeepingFocus(known.node, node);
    this.rows.set(key, { mark, node });
    return node;
  }

  /** Scrolls to a message and marks it for a moment; false when it is not here. */
  show(ts) {
    const row = this.rows.get(`m ${ts}`);
    if (!row) return false;
    this.stuck = false;
    row.node.scrollIntoView({ block: "center" });
    row.node.classList.add("found");
    setTimeout(() => row.node.classList.remove("found"), 2500);
    return true;
  }
}

function replaceKeepingFocus(before, after) {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(after);
  if (!focused) return;
  const action = focused.dataset.actionId;
  const again = action && after.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
  (again || after).focus({ preventScroll: true });
}
