// Files of a message: pictures, sound and film in place, anything else as a card. Legacy attachments below them.
import { el, fileSize, icon, picture, pictureUrl } from "./dom.js";
import { mrkdwn, withEmoji } from "./mrkdwn.js";
import { dateNode } from "./dates.js";
import { blockNodes } from "./blocks.js";
import { store } from "./state.js";
import { showPicture } from "./viewer.js";

const COLOURS = { good: "#2eb67d", warning: "#e0a72e", danger: "#d8345f" };
const FOLD_CHARACTERS = 700;
const FOLD_LINES = 5;
const KIND_COLOURS = { pdf: "#d8345f", zip: "#8a6d3b", doc: "#2f6fde", docx: "#2f6fde", xls: "#1f8a4c", xlsx: "#1f8a4c", csv: "#1f8a4c" };

/** The address of a file's bytes for this person's browser. */
export function fileUrl(f) {
  return `/sandbox/file/${encodeURIComponent(f.id)}/${encodeURIComponent(f.name || "file")}?as=${encodeURIComponent(store.me)}`;
}

const gone = (f) => f.mode === "tombstone" || f.mode === "hidden_by_limit";

function card(f) {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(f.name || "")?.[1]?.toLowerCase() || "";
  const mark = el("span", { class: "file-mark", style: { background: KIND_COLOURS[ending] || "#5b6b86" } }, icon("file", 20));
  const words = el("span", { class: "file-words" }, el("strong", { text: f.title || f.name || "File" }),
    el("small", { text: [ending.toUpperCase() || f.pretty_type || "File", fileSize(f.size)].filter(Boolean).join(" · ") }));
  return el("a", { class: "file-card", href: fileUrl(f), download: f.name || "file", data: { fileId: f.id } }, mark, words, icon("download", 18));
}

function shownPicture(f) {
  const caption = el("figcaption", { text: f.title || f.name || "Picture" });
  const known = f.original_w && f.original_h;
  const img = el("img", { src: fileUrl(f), alt: f.alt_txt || f.title || f.name || "Picture", loading: "lazy",
    width: known ? f.original_w : null, height: known ? f.original_h : null });
  const open = el("button", { type: "button", class: "picture-open", "aria-label": `Show ${f.name || "the picture"} larger`, on: { click: () => showPicture(f) } }, img);
  const figure = el("figure", { class: "picture", data: { fileId: f.id } }, caption, open);
  img.addEventListener("error", () => figure.replaceWith(card(f)));
  return figure;
}

function player(tag) {
  return (f) => el("figure", { class: `player ${tag}`, data: { fileId: f.id } },
    el("figcaption", {}, el("span", { text: f.title || f.name || "Clip" }), el("a", { href: fileUrl(f), download: f.name || "clip", "aria-label": `Download ${f.name || "the clip"}` }, icon("download", 14))),
    el(tag, { src: fileUrl(f), controls: true, preload: "metadata" }));
}

/** One file as people see it. */
export function file(f) {
  if (gone(f)) return el("div", { class: "file-gone" }, icon("trash", 16), el("span", { text: "This file was deleted." }));
  const mimetype = f.mimetype || "";
  if (mimetype.startsWith("image/")) return shownPicture(f);
  if (mimetype.startsWith("video/") && f.subtype !== "slack_audio") return player("video")(f);
  if (mimetype.startsWith("audio/") || f.subtype === "slack_audio") return player("audio")(f);
  return card(f);
}

export const fileNodes = (files) => (files?.length ? [el("div", { class: "files" }, files.map(file))] : []);

function colour(value) {
  const wanted = COLOURS[value] || (/^[0-9a-f]{6}$/i.test(value || "") ? `#${value}` : value);
  return /^#[0-9a-f]{3,8}$/i.test(wanted || "") ? wanted : "#d0d4dc";
}

function titled(text, url) {
  const address = pictureUrl(url);
  return address ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, withEmoji(text)) : withEmoji(text);
}

function fold(node, text) {
  if (text.length < FOLD_CHARACTERS && text.split("\n").length <= FOLD_LINES) return node;
  node.classList.add("folded");
  const more = el("button", { type: "button", class: "link-button", text: "Show more" });
  more.addEventListener("click", () => { more.textContent = node.classList.toggle("folded") ? "Show more" : "Show less"; });
  return [node, more];
}

function legacy(a) {
  const marked = new Set(a.mrkdwn_in || ["text", "pretext"]);
  const say = (name, text) => (marked.has(name) ? mrkdwn(text) : mrkdwn(String(text)));
  const fields = (a.fields || []).map((f) => el("div", { class: `attachment-field ${f.short ? "short" : ""}` },
    el("strong", {}, withEmoji(f.title ?? "")), el("span", {}, say("fields", f.value ?? ""))));
  const footer = a.footer && el("div", { class: "attachment-footer" }, picture(a.footer_icon, "", { class: "tiny" }), withEmoji(a.footer),
    a.ts && [el("span", { class: "bar", text: "|" }), dateNode(a.ts, "{date_short_pretty}, {time}", "")]);
  return [
    a.author_name && el("div", { class: "attachment-author" }, picture(a.author_icon, "", { class: "tiny" }), titled(a.author_name, a.author_link)),
    a.title && el("div", { class: "attachment-title" }, titled(a.title, a.title_link)),
    a.text && fold(el("div", { class: "mrkdwn" }, say("text", a.text)), a.text),
    fields.length > 0 && el("div", { class: "attachment-fields" }, fields),
    a.image_url && picture(a.image_url, a.fallback, { class: "attachment-picture" }), footer];
}

function attachment(a, context) {
  const inside = a.blocks?.length ? blockNodes(a.blocks, context) : legacy(a).flat().filter(Boolean);
  return [a.pretext && el("div", { class: "mrkdwn" }, mrkdwn(a.pretext)),
    el("div", { class: "attachment", style: { "--bar": colour(a.color) } },
      el("div", { class: "attachment-body" }, inside), a.thumb_url && !a.blocks?.length && picture(a.thumb_url, "", { class: "attachment-thumb" }))];
}

/** The coloured-bar attachments of a message. */
export const attachmentNodes = (attachments, context) => (attachments || []).flatMap((a) => attachment(a, context)).filter(Boolean);
