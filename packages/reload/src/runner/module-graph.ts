// Which module imports which: pure data, so that what a change affects can be told without running anything.

/** What the graph needs to know of a module. */
export interface GraphNode {
  /** The files it imports, statically or (as far as it happened) dynamically. */
  readonly imports: ReadonlySet<string>
}

/**
 * The modules of the last good version. A {@link GraphOverlay} lies over it while the next version is tried; only its
 * `commit` changes the graph.
 */
export class ModuleGraph<Node extends GraphNode> {
  readonly #nodes = new Map<string, Node>()

  get(file: string): Node | undefined {
    return this.#nodes.get(file)
  }

  /** Every file of the graph, in the order in which it was added. */
  files(): string[] {
    return [...this.#nodes.keys()]
  }

  /** The given files and everything that imports them, directly or not. Files outside the graph stay in the result. */
  affectedBy(changed: Iterable<string>): Set<string> {
    const importers = this.#importers()
    const affected = new Set<string>()
    const open = [...changed]
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (affected.has(file)) continue
      affected.add(file)
      open.push(...(importers.get(file) ?? []))
    }
    return affected
  }

  /** Opens an overlay in which the given files and their importers count as absent. */
  overlay(changed: Iterable<string> = []): GraphOverlay<Node> {
    return new GraphOverlay(this, this.affectedBy(changed))
  }

  /** @internal */
  replace(nodes: ReadonlyMap<string, Node>, roots: readonly string[]): void {
    for (const [file, node] of nodes) this.#nodes.set(file, node)
    const reachable = this.#reachableFrom(roots)
    for (const file of this.#nodes.keys()) if (!reachable.has(file)) this.#nodes.delete(file)
  }

  #importers(): Map<string, string[]> {
    const importers = new Map<string, string[]>()
    for (const [file, { imports }] of this.#nodes) {
      for (const target of imports) {
        const known = importers.get(target)
        if (known) known.push(file)
        else importers.set(target, [file])
      }
    }
    return importers
  }

  #reachableFrom(roots: readonly string[]): Set<string> {
    const reachable = new Set<string>()
    const open = [...roots]
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reachable.has(file)) continue
      reachable.add(file)
      open.push(...(this.#nodes.get(file)?.imports ?? []))
    }
    return reachable
  }
}

/** The next version while it is tried: fresh nodes for what changed, the graph's own for the rest. */
export class GraphOverlay<Node extends GraphNode> {
  /** What counts as absent in the graph below. */
  readonly affected: ReadonlySet<string>
  readonly #graph: ModuleGraph<Node>
  readonly #fresh = new Map<string, Node>()
  #committed = false

  constructor(graph: ModuleGraph<Node>, affected: ReadonlySet<string>) {
    this.#graph = graph
    this.affected = affected
  }

  get(file: string): Node | undefined {
    return (
      this.#fresh.get(file) ??
      (this.#committed || !this.affected.has(file) ? this.#graph.get(file) : undefined)
    )
  }

  /** The node of the last good version, also if it is affected. */
  previous(file: string): Node | undefined {
    return this.#graph.get(file)
  }

  /** Adds a fresh node. After the commit (an `import()` that came later) it goes straight into the graph. */
  add(file: string, node: Node): void {
    if (this.#committed) this.#graph.replace(new Map([[file, node]]), [...this.#graph.files(), file])
    else this.#fresh.set(file, node)
  }

  /** The files that were loaded afresh. */
  files(): string[] {
    return [...this.#fresh.keys()]
  }

  /** Makes this the good version; what the roots no longer reach is forgotten. */
  commit(roots: readonly string[]): void {
    if (this.#committed) return
    this.#graph.replace(this.#fresh, roots)
    this.#fresh.clear()
    this.#committed = true
  }
}
