// Remembers every WebAssembly memory that this thread makes or gets. A linear memory never shrinks, so that its
// size is its peak.
const memories = new Set();

const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(...descriptor) {
    super(...descriptor);
    memories.add(this);
  }
};
const remember = (made) => {
  const exports = (made.instance ?? made).exports ?? {};
  Object.values(exports).filter((value) => value instanceof Memory).forEach((memory) => memories.add(memory));
  return made;
};
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name].bind(WebAssembly);
  WebAssembly[name] = async (...given) => remember(await original(...given));
}

/** Bytes of all of them. */
export const memoryBytes = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
