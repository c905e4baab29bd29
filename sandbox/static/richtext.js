// rich_text blocks as nodes. Their text elements are literal: nothing in them is read as markup.
import { el } from "./dom.js";
import { dateNode } from "./dates.js";
import { channelNode, emojiNode, groupNode, linkNode, personNode } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]];

function dress(node, style = {}) {
  return STYLES.reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), node);
}

const ELEMENTS = {
  text: (e) => document.createTextNode(e.text ?? ""),
  link: (e) => linkNode(e.url ?? "", e.text),
  emoji: (e) => emojiNode(e.name, e.unicode),
  user: (e) => personNode(e.user_id),
  usergroup: (e) => groupNode(e.usergroup_id),
  channel: (e) => channelNode(e.channel_id),
  broadcast: (e) => groupNode("", `@${e.range}`),
  team: (e) => document.createTextNode(e.team_id ?? ""),
  date: (e) => dateNode(e.timestamp, e.format ?? "", e.fallback),
  color: (e) => el("span", { class: "colour-chip" }, el("i", { style: { background: /^#[0-9a-f]{6}$/i.test(e.value) ? e.value : "none" } }), e.value ?? ""),
};

const inlineNodes = (elements = []) => elements.map((e) => dress(ELEMENTS[e.type]?.(e) ?? document.createTextNode(""), e.style));

function list(part) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  return el(tag, { class: "rich-list", start: part.offset ? part.offset + 1 : null, style: { "--indent": String(part.indent || 0) } },
    (part.elements || []).map((item) => el("li", {}, inlineNodes(item.elements))));
}

const PARTS = {
  rich_text_section: (p) => el("div", { class: "rich-section" }, inlineNodes(p.elements)),
  rich_text_quote: (p) => el("blockquote", {}, inlineNodes(p.elements)),
  rich_text_preformatted: (p) => el("pre", {}, inlineNodes(p.elements)),
  rich_text_list: list,
};

/** The nodes of one rich_text block, in order. */
export const richText = (block) => (block.elements || []).map((part) => PARTS[part.type]?.(part)).filter(Boolean);
