// Block Kit blocks as nodes.
import { el, pictureUrl, icon } from "./dom.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { elementNode } from "./elements.js";
import { file } from "./files.js";
import { store } from "./state.js";

const INTERACTIVE = new Set(["image", "mrkdwn", "plain_text"]);

function section(block, context) {
  const fields = (block.fields || []).map((f) => el("div", { class: "block-field" }, textObject(f)));
  return [el("div", { class: "block-section-words" }, block.text && el("div", { class: "mrkdwn" }, textObject(block.text)),
    fields.length > 0 && el("div", { class: "block-fields" }, fields)),
  block.accessory && el("div", { class: "block-accessory" }, elementNode(block.accessory, block, context))];
}

function contextLine(block, context) {
  return (block.elements || []).map((e) => el("span", { class: e.type === "image" ? "context-image" : "context-words" }, elementNode(e, block, context)));
}

function image(block) {
  const url = pictureUrl(block.image_url || block.slack_file?.url);
  return [block.title && el("div", { class: "block-title" }, textObject(block.title)),
    url && el("img", { class: "block-picture", src: url, alt: block.alt_text || "", loading: "lazy", referrerpolicy: "no-referrer" })];
}

function input(block, context) {
  const error = context.errors?.[block.block_id];
  return [el("div", { class: "input-label" }, textObject(block.label), block.optional && el("span", { class: "optional", text: " (optional)" })),
    elementNode(block.element, block, context),
    error && el("p", { class: "field-error", role: "alert", data: { error: block.block_id }, text: error }),
    block.hint && el("p", { class: "field-hint" }, textObject(block.hint))];
}

function table(block) {
  const settings = block.column_settings || [];
  const cell = (tag) => (content, i) => el(tag, { style: { "text-align": settings[i]?.align || "left" } },
    content.type === "rich_text" ? richText(content) : String(content.text ?? ""));
  const [head, ...rows] = block.rows || [];
  return el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Table" }, el("table", {},
    head && el("thead", {}, el("tr", {}, head.map(cell("th")))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell("td")))))));
}

function alert(block) {
  return el("div", { class: `alert ${block.level || "default"}`, role: "note" }, icon("bell", 16), el("span", {}, textObject(block.text)));
}

/** Standard Markdown, the part of it that chats use. */
function markdown(block) {
  const text = String(block.text ?? "").replace(/^#{1,6} +(.+)$/gm, "*$1*").replace(/\*\*(.+?)\*\*/g, "*$1*")
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>").replace(/^[-*] +/gm, "• ");
  return mrkdwn(text);
}

const KINDS = {
  rich_text: richText, section, image, input, table, alert, markdown,
  header: (b) => el("h3", {}, textObject(b.text)),
  divider: () => el("hr"),
  context: contextLine,
  actions: (b, context) => (b.elements || []).map((e) => elementNode(e, b, context)),
  context_actions: (b, context) => (b.elements || []).map((e) => elementNode(e, b, context)),
  file: (b) => { const found = b.file || store.files?.get(b.file_id); return found ? file(found) : null; },
};

function blockNode(block, context) {
  const kind = KINDS[block.type];
  if (!kind) return el("div", { class: "block unknown", text: "This content can't be displayed." });
  const inside = [kind(block, context)].flat().filter(Boolean);
  return el("div", { class: `block block-${block.type}`, data: { blockId: block.block_id, block: block.type } }, inside);
}

/** Every block of a message, attachment or view; unknown kinds say that they can't be shown. */
export function blockNodes(blocks, context) {
  return (blocks || []).filter((b) => b && b.type).map((block) => blockNode(block, context));
}

/** Whether a person can press or type anything in these blocks. */
export const interactive = (blocks) =>
  (blocks || []).some((b) => [b.accessory, b.element, ...(b.elements || [])].some((e) => e?.action_id && !INTERACTIVE.has(e.type)));
