// Slack's mrkdwn as nodes: tokens in <…>, bold, italic, strike, code, quotes, emoji, links.
import { el, safeUrl } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { dateNode } from "./dates.js";
import { store, nameOfPerson, nameOfChannel, emit } from "./state.js";

const WORD = "[\\p{L}\\p{N}]";
const styled = (mark) => `(?<!${WORD}|[${mark}])[${mark}](?=[^\\s${mark}])([^\\n${mark}]*[^\\s${mark}])[${mark}](?!${WORD}|[${mark}])`;
const TOKEN = new RegExp(
  ["<([^<>\\n]+)>", "`([^`\\n]+)`", styled("*"), styled("_"), styled("~"),
    ":([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):", "(https?:\\/\\/[^\\s<>]*[^\\s<>.,:;!?'\")\\]])"].join("|"), "gu");

/** Slack's three entities back to characters. */
export const unescapeText = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** Drawn almost white by some emoji fonts; Slack draws them in a grey that can be seen. */
const PALE = new Set(["❔", "❕"]);

/** One emoji, by name; the `:name:` itself where this page knows no such emoji. */
export function emojiNode(name, unicode) {
  const character = emojiOf(name, unicode);
  return character ? el("span", { class: `emoji ${PALE.has(character) ? "pale" : ""}`, role: "img", "aria-label": `:${name}:`, title: `:${name}:`, text: character })
    : document.createTextNode(`:${name}:`);
}

/** A mention of a person. */
export function personNode(id) {
  const mine = id === store.me ? "me" : "";
  return el("span", { class: `mention ${mine}`, data: { user: id }, text: `@${nameOfPerson(id)}` });
}

export function channelNode(id, name = "") {
  const known = store.channels.has(id);
  const props = { class: "mention channel", data: { channelLink: id }, text: `#${known ? nameOfChannel(id) : name || "private channel"}` };
  return known ? el("a", { ...props, href: `#${id}` }) : el("span", props);
}

/** A mention of a group, or of @here and the like. */
export const groupNode = (id, name = "") =>
  el("span", { class: "mention group", text: name || `@${store.groups.get(id)?.handle || id}` });

const PERMALINK = /\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?(.*))?$/;

/** The message a link of this workspace points to, as {channel, ts, thread}, or null. */
export function permalink(address) {
  const found = PERMALINK.exec(String(address));
  if (!found || !store.channels.has(found[1])) return null;
  const thread = new URLSearchParams(found[4] || "").get("thread_ts");
  return { channel: found[1], ts: `${found[2]}.${found[3]}`, thread };
}

/** A link; one to a message of this workspace opens it here. */
export function linkNode(address, label) {
  const url = safeUrl(address);
  const shown = label || address.replace(/^(mailto|tel):/, "");
  if (!url) return document.createTextNode(shown);
  const node = el("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "link", text: shown });
  node.addEventListener("click", (event) => {
    const target = permalink(address);
    if (!target) return;
    event.preventDefault();
    emit("open", target);
  });
  return node;
}

function bracket(inside, options) {
  const [head, label] = splitOnce(inside, "|");
  if (head.startsWith("@")) return personNode(head.slice(1));
  if (head.startsWith("#")) return channelNode(head.slice(1), label && unescapeText(label));
  if (head.startsWith("!subteam^")) return groupNode(head.slice(9), label && unescapeText(label));
  if (head.startsWith("!date^")) {
    const [, seconds, format, link] = head.split("^");
    const node = dateNode(seconds, unescapeText(format || ""), unescapeText(label || ""));
    if (!link || !safeUrl(link)) return node;
    const anchor = linkNode(unescapeText(link), "");
    anchor.replaceChildren(node);
    return anchor;
  }
  if (/^!(here|channel|everyone)$/.test(head)) return groupNode("", `@${head.slice(1)}`);
  if (/^(https?:|mailto:|tel:)/i.test(head)) return linkNode(unescapeText(head), label && unescapeText(label));
  return document.createTextNode(unescapeText(`<${inside}>`));
}

function splitOnce(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function tokenNode(match, options) {
  const [whole, inside, code, bold, italic, strike, emoji, bare] = match;
  if (inside !== undefined) return bracket(inside, options);
  if (code !== undefined) return el("code", { text: unescapeText(code) });
  if (bold !== undefined) return el("strong", {}, inline(bold, options));
  if (italic !== undefined) return el("em", {}, inline(italic, options));
  if (strike !== undefined) return el("s", {}, inline(strike, options));
  if (emoji !== undefined) return emojiNode(emoji);
  if (bare !== undefined && !options.verbatim) return linkNode(unescapeText(bare), "");
  return document.createTextNode(unescapeText(whole));
}

function inline(text, options) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) out.append(unescapeText(text.slice(at, match.index)));
    out.append(tokenNode(match, options));
    at = match.index + match[0].length;
  }
  out.append(unescapeText(text.slice(at)));
  return out;
}

function lines(text, options) {
  const out = document.createDocumentFragment();
  let quote = [];
  let plain = [];
  const flush = () => {
    if (plain.length) out.append(inline(plain.join("\n"), options));
    if (quote.length) out.append(el("blockquote", {}, inline(quote.join("\n"), options)));
    quote = []; plain = [];
  };
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (Boolean(quoted) === Boolean(plain.length)) flush();
    (quoted ? quote : plain).push(quoted ? quoted[1] : line);
  }
  flush();
  return out;
}

/** Nodes for mrkdwn text. `verbatim` leaves bare addresses alone. */
export function mrkdwn(text, options = {}) {
  const out = document.createDocumentFragment();
  String(text ?? "").split("```").forEach((part, i, all) => {
    if (i % 2 === 0) out.append(lines(part, options));
    else if (i === all.length - 1) out.append(lines(`\`\`\`${part}`, options));
    else out.append(el("pre", { text: unescapeText(part.replace(/^\n|\n$/g, "")) }));
  });
  return out;
}

/** Text with `:name:` shown as emoji and nothing else read. */
export function withEmoji(text) {
  const out = document.createDocumentFragment();
  String(text ?? "").split(/(:[a-z0-9_+'-]+:)/).forEach((part, i) => out.append(i % 2 ? emojiNode(part.slice(1, -1)) : part));
  return out;
}

/** Nodes for a Slack text object (`plain_text` or `mrkdwn`). */
export function textObject(object) {
  if (!object) return document.createDocumentFragment();
  if (object.type === "mrkdwn") return mrkdwn(object.text, { verbatim: object.verbatim });
  if (object.emoji === false) return document.createTextNode(object.text ?? "");
  return withEmoji(object.text);
}

/** mrkdwn as one plain line, for toasts and lists. */
export function plainLine(text) {
  const holder = el("div", {}, mrkdwn(text));
  holder.querySelectorAll("blockquote, pre").forEach((part) => { part.before(" "); part.after(" "); });
  return holder.textContent.replace(/\s+/g, " ").trim();
}
