// Where people write: a message to a channel or thread, files with it, slash commands; and the editor of an own message.
import { el, icon, iconButton } from "./dom.js";
import { unescapeText } from "./mrkdwn.js";
import { act, nameOfChannel, nameOfPerson, store } from "./state.js";
import { completion } from "./complete.js";
import { pickEmoji } from "./messagemenu.js";
import { menu } from "./popovers.js";
import { tray } from "./uploads.js";

const drafts = new Map();
const TALLEST = 220;

function fit(input) {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, TALLEST)}px`;
}

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What people typed, with the mentions they chose as the tokens they stand for. The workspace escapes the rest. */
function encode(text, remembered = new Map()) {
  const known = new Map([...store.people.values()].filter((p) => !p.deleted).map((p) => [`@${nameOfPerson(p.id)}`, `<@${p.id}>`]));
  for (const [shown, token] of remembered) known.set(shown, token);
  const names = [...known.keys()].sort((a, b) => b.length - a.length).map(literal);
  if (!names.length) return text;
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])(${names.join("|")})(?![\\p{L}\\p{N}_])`, "gu"), (shown) => known.get(shown));
}

/** Slack's text as people would have typed it. */
function decode(text) {
  const shown = String(text || "").replace(/<([^<>]+)>/g, (whole, inside) => {
    const [head, label] = inside.split("|");
    if (head.startsWith("@")) return `@${nameOfPerson(head.slice(1))}`;
    if (head.startsWith("#")) return `#${label || nameOfChannel(head.slice(1))}`;
    if (head.startsWith("!subteam^")) return label || `@${store.groups.get(head.slice(9))?.handle || head.slice(9)}`;
    return head.startsWith("!") ? `@${head.slice(1)}` : head.replace(/^mailto:/, "");
  });
  return unescapeText(shown);
}

function send({ channel, thread, text, remembered, files, broadcast }) {
  const more = thread ? { thread_ts: thread, ...(broadcast ? { broadcast: true } : {}) } : {};
  if (text.startsWith("/")) return act("say", { channel, text, ...more });
  return act("say", { channel, text: encode(text, remembered), ...more, ...(files.length ? { files } : {}) });
}

function placeholder(channel, thread) {
  if (thread) return "Reply…";
  const known = store.channels.get(channel);
  return `Message ${known?.is_im ? "" : "#"}${nameOfChannel(channel)}`;
}

function typing(input, node, submit) {
  const remembered = new Map();
  const suggest = completion(input, node, (shown, means) => remembered.set(shown, means));
  input.addEventListener("input", () => fit(input));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || suggest.keydown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); suggest.close(); submit(); }
  });
  return remembered;
}

function insertEmoji(input) {
  return (event) => pickEmoji(event.currentTarget, (name) => {
    input.setRangeText(`:${name}: `, input.selectionStart, input.selectionEnd, "end");
    input.focus();
    input.dispatchEvent(new Event("input"));
  });
}

function plusMenu(pick, channel) {
  const shortcuts = store.app.shortcuts.filter((s) => s.type === "global");
  return (event) => menu(event.currentTarget, [
    { label: "Upload from your computer", icon: icon("clip", 16), run: pick, data: { menu: "upload" } },
    shortcuts.length > 0 && { heading: "Shortcuts" },
    ...shortcuts.map((s) => ({ label: s.name, hint: s.description, icon: icon("bolt", 16), data: { shortcut: s.callback_id }, run: () => act("shortcut", { channel, callback_id: s.callback_id }) })),
  ], { label: "Add" });
}

/** The composer of a channel, or of a thread in it. It keeps its draft while the page is open. */
export function composer(channel, thread = null) {
  const key = thread ? `${channel}:${thread}` : channel;
  const input = el("textarea", { rows: 1, class: "composer-input", "aria-label": thread ? "Reply" : placeholder(channel, thread), placeholder: placeholder(channel, thread),
    data: { input: "" } });
  const files = tray(() => ready());
  const broadcast = el("input", { type: "checkbox", data: { broadcast: "" } });
  const sendButton = iconButton("send", "Send", () => submit(), { class: "send", size: 17, data: { send: "" } });
  const node = el("form", { class: "composer", data: { composer: key }, on: { submit: (event) => event.preventDefault() } });
  const box = el("div", { class: "composer-box" }, input, files.node, el("div", { class: "composer-bar" },
    iconButton("plus", "Add files and shortcuts", plusMenu(files.pick, channel), { class: "round", "aria-haspopup": "menu", data: { plus: "" } }),
    iconButton("smile", "Emoji", insertEmoji(input)), iconButton("at", "Mention someone", () => { input.setRangeText("@", input.selectionStart, input.selectionEnd, "end"); input.focus(); input.dispatchEvent(new Event("input")); }),
    el("span", { class: "composer-space" }), el("span", { class: "composer-hint", text: "Shift + Enter for a new line" }), sendButton));
  const known = store.channels.get(channel);
  node.append(box, thread && !known?.is_im ? el("label", { class: "broadcast" }, broadcast, el("span", { text: `Also send to #${nameOfChannel(channel)}` })) : "");
  const ready = () => { sendButton.disabled = !(input.value.trim() || files.count()) || files.waiting(); };
  let sending = false;
  async function submit() {
    // A slash after a space is no command, as in Slack; the space says so.
    const text = input.value.trim().replace(/^\//, /^\s/.test(input.value) ? " /" : "/");
    if (sending || sendButton.disabled) return;
    sending = true;
    const sent = files.take();
    const also = broadcast.checked;
    input.value = ""; broadcast.checked = false; drafts.delete(key); fit(input); ready();
    const answer = await send({ channel, thread, text, remembered, files: sent.map(({ upload_id, name }) => ({ upload_id, name })), broadcast: also });
    sending = false;
    if (answer.ok) { remembered.clear(); node.dispatchEvent(new CustomEvent("sent", { bubbles: true })); return; }
    input.value = input.value ? `${text}\n${input.value}` : text;
    broadcast.checked = also;
    files.back(sent); fit(input); ready();
  }
  const remembered = typing(input, node, submit);
  input.addEventListener("input", () => { drafts.set(key, input.value); ready(); });
  input.value = drafts.get(key) || "";
  files.listen(node, input);
  requestAnimationFrame(() => fit(input));
  ready();
  return node;
}

/** The editor that stands in for an own message while it is being changed. */
export function editor(message, channel, done) {
  const input = el("textarea", { rows: 1, class: "composer-input", "aria-label": "Edit message", data: { editInput: "" } });
  const node = el("form", { class: "composer editor", data: { editor: message.ts }, on: { submit: (event) => event.preventDefault() } });
  const submit = async () => {
    const text = input.value.trim();
    if (!text && !message.files?.length) return;
    const answer = await act("edit", { channel, ts: message.ts, text: encode(text, remembered) });
    if (answer.ok) done();
  };
  const remembered = typing(input, node, submit);
  input.value = decode(message.text);
  input.addEventListener("keydown", (event) => event.key === "Escape" && done());
  node.append(el("div", { class: "composer-box" }, input, el("div", { class: "composer-bar" }, el("span", { class: "composer-space" }),
    el("button", { type: "button", class: "button", on: { click: done }, data: { editCancel: "" } }, "Cancel"),
    el("button", { type: "button", class: "button solid primary", on: { click: submit }, data: { editSave: "" } }, "Save"))));
  requestAnimationFrame(() => { fit(input); input.focus(); input.setSelectionRange(input.value.length, input.value.length); });
  return node;
}

