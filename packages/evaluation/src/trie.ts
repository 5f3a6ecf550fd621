/**
 * @file All n-grams of a text up to an order, as a trie in typed arrays with suffix links. One hash look-up a
 * character builds it, because a gram that is known has all its suffixes known; continuation counts are the number
 * of nodes whose suffix link points here.
 */

/** Node 0 is the empty gram. A suffix always has a smaller number than the grams that end in it. */
export class GramTrie {
  readonly order: number
  readonly alphabetSize: number
  /** Nodes in use. */
  size = 1
  /** The gram without its last symbol. */
  parent: Int32Array = new Int32Array(1024)
  /** The gram without its first symbol. */
  suffix: Int32Array = new Int32Array(1024)
  /** Occurrences of a gram of full order; of a shorter one the number of distinct symbols seen before it. */
  count: Int32Array = new Int32Array(1024)
  /** Length of the gram. */
  depth: Uint8Array = new Uint8Array(1024)
  /** Grams that begin a text: no symbol stands before them. */
  readonly #beginnings: number[] = []
  #keys: Float64Array | Uint32Array = new Uint32Array(4096)
  #nodes: Int32Array = new Int32Array(4096)
  #shift = 32 - 12

  constructor(order: number, alphabetSize: number) {
    this.order = order
    this.alphabetSize = alphabetSize
  }

  /** Counts a text, from the empty context. */
  add(symbols: Uint8Array): void {
    let state = 0
    for (let i = 0; i < symbols.length; i++) {
      const found = this.find(state, symbols[i])
      const node = found > 0 ? found : this.#insert(state, symbols[i])
      if (this.depth[node] === this.order) {
        this.count[node]++
        state = this.suffix[node]
      } else {
        this.#beginnings.push(node)
        state = node
      }
    }
  }

  /** How often each gram occurs, whatever its length. */
  occurrences(): Int32Array {
    const occurrences = new Int32Array(this.size)
    for (const node of this.#beginnings) occurrences[node]++
    // A suffix has a smaller number than the grams that end in it, so theirs are whole before they are added.
    for (let node = this.size - 1; node > 0; node--) {
      if (this.depth[node] === this.order) occurrences[node] = this.count[node]
      occurrences[this.suffix[node]] += occurrences[node]
    }
    return occurrences
  }

  /** The gram `context` + `symbol`, or 0 when the text has none. */
  find(context: number, symbol: number): number {
    const key = context * this.alphabetSize + symbol + 1
    const keys = this.#keys
    const mask = keys.length - 1
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift
    while (keys[slot] !== 0) {
      if (keys[slot] === key) return this.#nodes[slot]
      slot = (slot + 1) & mask
    }
    return 0
  }

  /** The longest gram that ends with `symbol` after `context`, by way of shorter contexts; 0 for an unknown symbol. */
  advance(context: number, symbol: number): number {
    let at = context
    for (;;) {
      const node = this.find(at, symbol)
      if (node > 0 || at === 0) return node
      at = this.suffix[at]
    }
  }

  #insert(context: number, symbol: number): number {
    let suffix = 0
    if (context !== 0) {
      suffix = this.find(this.suffix[context], symbol)
      if (suffix === 0) suffix = this.#insert(this.suffix[context], symbol)
      this.count[suffix]++
    }
    if (this.size === this.parent.length) this.#grow()
    const node = this.size++
    this.parent[node] = context
    this.suffix[node] = suffix
    this.depth[node] = this.depth[context] + 1
    if (2 * this.size > this.#keys.length) this.#rehash()
    this.#put(context * this.alphabetSize + symbol + 1, node)
    return node
  }

  #put(key: number, node: number): void {
    const mask = this.#keys.length - 1
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift
    while (this.#keys[slot] !== 0) slot = (slot + 1) & mask
    this.#keys[slot] = key
    this.#nodes[slot] = node
  }

  #grow(): void {
    const length = 2 * this.parent.length
    const wider = (old: Int32Array): Int32Array => {
      const out = new Int32Array(length)
      out.set(old)
      return out
    }
    this.parent = wider(this.parent)
    this.suffix = wider(this.suffix)
    this.count = wider(this.count)
    const depth = new Uint8Array(length)
    depth.set(this.depth)
    this.depth = depth
  }

  #rehash(): void {
    const keys = this.#keys
    const nodes = this.#nodes
    const length = 2 * keys.length
    // Above 2³² a key needs the 53 bits of a double.
    this.#keys = length * this.alphabetSize < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length)
    this.#nodes = new Int32Array(length)
    this.#shift--
    for (let slot = 0; slot < keys.length; slot++) if (keys[slot] !== 0) this.#put(keys[slot], nodes[slot])
  }
}
