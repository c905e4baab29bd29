// Elements. Text from outside only ever becomes text nodes.

const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return node;
};

const ICONS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.2c-.5.5-1.4.1-1.4-.6V15A2.5 2.5 0 0 1 4 12.5z",
  down: "m6 9.5 6 6 6-6",
  send: "M4.5 12 3 4.6c-.2-.9.7-1.6 1.5-1.2l16 7.7c.8.4.8 1.5 0 1.9l-16 7.7c-.8.4-1.7-.4-1.5-1.2zm0 0h7",
  clip: "m20 11.5-7.8 7.8a5 5 0 0 1-7-7L13 4.4a3.4 3.4 0 0 1 4.8 4.8L10 17a1.7 1.7 0 0 1-2.5-2.4l7.2-7.2",
  cross: "M6.5 6.5l11 11m0-11-11 11",
  file: "M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.500zm0 0v5h5",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  smile: "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM8.5 14s1.2 1.8 3.5 1.8 3.5-1.8 3.5-1.800M9.2 9.800h.01M14.8 9.800h.01",
  alert: "M12 8v4.500m0 3h.01M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z",
};

const icon = (name) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["class", `icon i-${name}`]]) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
};

const LINK = /https?:\/\/[^\s<>"'“”]+/giu;

// Text with its web addresses made clickable; closing punctuation stays outside.
const linked = (text) => {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    let address = found[0].replace(/[.,;:!?'’»]+$/u, "");
    while (address.endsWith(")") && !address.slice(0, -1).includes("(")) address = address.slice(0, -1);
    if (!isWeb(address)) continue;
    parts.push(text.slice(at, found.index));
    parts.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, address));
    at = found.index + address.length;
  }
  return [...parts, text.slice(at)];
};

const isWeb = (address) => {
  try {
    return ["http:", "https:"].includes(new URL(address, location.href).protocol);
  } catch {
    return false;
  }
};

const avatar = (name, address, base) => {
  const face = el("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  if (!address || !isWeb(new URL(address, base).href)) return face;
  const picture = el("img", { alt: "", referrerpolicy: "no-referrer", onload: () => face.replaceChildren(picture) });
  picture.src = new URL(address, base).href;
  return face;
};

const drawnFile = (file, base) => {
  const address = file.url ? new URL(file.url, base).href : file.preview;
  if (file.kind === "picture" && /^image\/(png|jpeg|gif|webp)$/.test(file.mime || "") && address) {
    const picture = el("img", { class: "picture", alt: WORDS.picture(file.name), src: address, referrerpolicy: "no-referrer" });
    return el("a", { class: "shown", href: address, target: "_blank", rel: "noopener noreferrer" }, picture);
  }
  return el("a", { class: "file", href: file.url ? address : null, target: "_blank", rel: "noopener noreferrer", download: file.name },
    el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-words" }, el("span", { class: "file-name" }, file.name), el("span", { class: "file-size" }, fileSize(file.size || 0))));
};

// White or black, whichever is easier to read on the account's colour.
const inkOn = (colour) => {
  const light = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#ffffff" : "#111111";
};
