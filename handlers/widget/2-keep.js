// What this browser remembers between pages. Where storage is forbidden, only this page does.

class Keep {
  constructor(prefix) {
    this.prefix = prefix;
    this.memory = new Map();
  }

  get(name) {
    try {
      const text = localStorage.getItem(this.prefix + name);
      if (text !== null) return JSON.parse(text);
    } catch { /* forbidden or garbled: as if nothing were kept */ }
    return this.memory.has(name) ? this.memory.get(name) : null;
  }

  set(name, value) {
    this.memory.set(name, value);
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch { /* forbidden or full: kept for this page */ }
  }

  drop(name) {
    this.memory.delete(name);
    try {
      localStorage.removeItem(this.prefix + name);
    } catch { /* nothing was there */ }
  }

  // Names that start so, oldest first: client ids sort by time.
  names(start) {
    const found = new Set(this.memory.keys());
    try {
      for (let i = 0; i < localStorage.length; i += 1) {
        const name = localStorage.key(i);
        if (name.startsWith(this.prefix)) found.add(name.slice(this.prefix.length));
      }
    } catch { /* forbidden */ }
    return [...found].filter((name) => name.startsWith(start)).sort();
  }

  forget() {
    for (const name of this.names("")) this.drop(name);
  }
}
